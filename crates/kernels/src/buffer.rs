//! Fresh arrays, filled block by block on all threads.
#![allow(unsafe_code, reason = "arrays are filled before they are initialised")]

use rayon::prelude::*;

/// An array of `len` elements whose blocks of `block` are made by `fill(block index, zeroed block)`
/// on all threads.
///
/// Each block is zeroed by the thread that fills it, just before: it is then in that thread's
/// cache.
pub(crate) fn build(len: usize, block: usize, fill: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    let mut data = Vec::<f32>::with_capacity(len);
    let blank = &mut data.spare_capacity_mut()[..len];
    let make = |(index, blank): (usize, &mut [std::mem::MaybeUninit<f32>])| {
        blank.fill(std::mem::MaybeUninit::new(0.0));
        // SAFETY: the line above initialised every element.
        fill(index, unsafe { blank.assume_init_mut() });
    };
    if len <= block {
        if len > 0 {
            make((0, blank));
        }
    } else {
        blank.par_chunks_mut(block).enumerate().for_each(make);
    }
    // SAFETY: the chunks cover all `len` elements and each was initialised.
    unsafe { data.set_len(len) };
    data
}

/// Two arrays of equal length at once, as [`build`].
pub(crate) fn build2(
    len: usize,
    block: usize,
    fill: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
) -> (Vec<f32>, Vec<f32>) {
    let mut second = Vec::<f32>::with_capacity(len);
    let start = second.as_mut_ptr() as usize;
    let first = build(len, block, |index, first| {
        let from = index * block;
        // SAFETY: `second` has room for `len` elements; block `index` covers
        // `from .. from + first.len()` of them, no other block does, and the elements are written
        // before they are borrowed.
        let second = unsafe {
            let pointer = (start as *mut f32).add(from);
            pointer.write_bytes(0, first.len());
            std::slice::from_raw_parts_mut(pointer, first.len())
        };
        fill(index, first, second);
    });
    // SAFETY: the blocks of `build` cover all `len` elements.
    unsafe { second.set_len(len) };
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_filled_once() {
        for len in [0, 1, 7, 8, 9, 100] {
            let (a, b) = build2(len, 8, |index, a, b| {
                for (i, (a, b)) in a.iter_mut().zip(b).enumerate() {
                    *a += (index * 8 + i) as f32;
                    *b -= *a;
                }
            });
            assert!(a.iter().enumerate().all(|(i, &a)| a == i as f32));
            assert!(b.iter().enumerate().all(|(i, &b)| b == -(i as f32)));
        }
    }
}
