//! `x·W + b`, and what follows it, band by band.
#![allow(
    unsafe_code,
    reason = "outputs are written band by band, before they are initialised"
)]

use std::ops::Range;

use rayon::prelude::*;

use crate::math::gelu;
use crate::product::{Matrix, Shared, Threads, Update, elements, multiply_then};
use crate::simd::vectorize;

/// A weight `[inputs, outputs]` and its bias.
pub type Map<'a> = (Matrix<'a>, &'a [f32]);

/// `x·Wᵢ + bᵢ` for equally large maps, one behind the other.
///
/// ```
/// use dissensus_kernels::affine::affine;
/// use dissensus_kernels::product::Matrix;
/// let x = Matrix::row_major(&[1.0, 2.0], 1, 2);
/// let sum = Matrix::row_major(&[1.0, 1.0], 2, 1);
/// assert_eq!(affine(x, [(sum, &[0.5])]), [3.5]);
/// ```
///
/// # Panics
/// If the sizes do not fit.
#[must_use]
pub fn affine<const N: usize>(x: Matrix<'_>, maps: [Map<'_>; N]) -> Vec<f32> {
    into_planes(x, maps, |y, b| y + b)
}

/// `GELU(x·W + b)`.
///
/// # Panics
/// If the sizes do not fit.
#[must_use]
pub fn affine_gelu(x: Matrix<'_>, map: Map<'_>) -> Vec<f32> {
    into_planes(x, [map], |y, b| gelu(y + b))
}

/// `z = x·W + b` and `GELU(z)`.
///
/// # Panics
/// If the sizes do not fit.
#[must_use]
pub fn affine_gelu_saving(x: Matrix<'_>, map: Map<'_>) -> (Vec<f32>, Vec<f32>) {
    let len = elements(x.row_count(), map.0.column_count());
    let mut activated = Vec::<f32>::with_capacity(len);
    let out = Shared(activated.as_mut_ptr());
    let z = into_planes_then(
        x,
        [map],
        #[inline(always)]
        |z, bias, at| {
            // SAFETY: `activated` is as large as the product; this part of it is nobody else's and
            // is written, not read.
            let y = unsafe {
                std::slice::from_raw_parts_mut(
                    out.at(at).cast::<std::mem::MaybeUninit<f32>>(),
                    z.len(),
                )
            };
            for ((z, y), b) in z.iter_mut().zip(y).zip(bias) {
                *z += b;
                y.write(gelu(*z));
            }
        },
    );
    // SAFETY: the parts cover the product, and each row of each was written.
    unsafe { activated.set_len(len) };
    (z, activated)
}

/// `f(x·Wᵢ, bᵢ)`, element by element.
fn into_planes<const N: usize>(
    x: Matrix<'_>,
    maps: [Map<'_>; N],
    f: impl Fn(f32, f32) -> f32 + Sync,
) -> Vec<f32> {
    into_planes_then(
        x,
        maps,
        #[inline(always)]
        |y, bias, _| {
            for (y, &b) in y.iter_mut().zip(bias) {
                *y = f(*y, b);
            }
        },
    )
}

/// The products `x·Wᵢ`, and `then(part of a row, bias of the part, where it starts)` for every
/// row of every part.
fn into_planes_then<const N: usize>(
    x: Matrix<'_>,
    maps: [Map<'_>; N],
    then: impl Fn(&mut [f32], &[f32], usize) + Sync,
) -> Vec<f32> {
    let Some(columns) = maps.first().map(|(weight, _)| weight.column_count()) else {
        return Vec::new();
    };
    let rows = x.row_count();
    let same = |(w, b): &Map<'_>| w.column_count() == columns && b.len() == columns;
    assert!(maps.iter().all(same), "affine: the maps differ in size");
    let plane = elements(rows, columns);
    let len = elements(N, plane);
    let mut y = Vec::<f32>::with_capacity(len);
    let out = Shared(y.as_mut_ptr());
    let run = |(i, (w, bias)): (usize, Map<'_>)| {
        let finish = |down: Range<usize>, along: Range<usize>| {
            vectorize(
                #[inline(always)]
                || {
                    for row in down.clone() {
                        let at = i * plane + row * columns + along.start;
                        // SAFETY: inside plane `i`; written by the product just before; this part's
                        // alone.
                        let y = unsafe { std::slice::from_raw_parts_mut(out.at(at), along.len()) };
                        then(y, &bias[along.clone()], at);
                    }
                },
            );
        };
        // SAFETY: `y` has room for the plane; nobody else writes it; `Overwrite` does not read.
        unsafe {
            let c = out.at(i * plane);
            multiply_then(c, columns, x, w, Update::Overwrite, Threads::All, finish);
        }
    };
    maps.into_par_iter()
        .enumerate()
        .with_max_len(1)
        .for_each(run);
    // SAFETY: the parts cover every plane.
    unsafe { y.set_len(len) };
    y
}
