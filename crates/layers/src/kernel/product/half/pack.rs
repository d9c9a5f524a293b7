//! Panels of bf16 pairs.

use std::ops::Range;

use super::super::Matrix;
use crate::kernel::simd::vectorize;

/// Two neighbours along the depth, the first in the low half.
pub(super) type Pair = u32;

/// The bits of `x` rounded to bf16 (to nearest, ties to even), in the high half.
#[inline(always)]
pub(super) fn round(x: f32) -> u32 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) & 0xffff_0000;
    if x.is_nan() { 0x7fc0_0000 } else { rounded }
}

#[inline(always)]
fn pair(first: f32, second: f32) -> Pair {
    round(first) >> 16 | round(second)
}

/// Packs `depth` columns of all rows of `view`: panels of `W` rows, in each the pairs of the first two columns, then of the
/// next two, …; zeros behind the last row and column.
pub(super) fn pack<const W: usize>(view: Matrix<'_>, depth: Range<usize>, to: &mut Vec<Pair>) {
    let pairs = depth.len().div_ceil(2);
    to.clear();
    to.resize(view.rows.div_ceil(W) * pairs * W, 0);
    for (panel, to) in to.chunks_exact_mut(pairs * W).enumerate() {
        let from = panel * W;
        let rows = W.min(view.rows - from);
        vectorize(
            #[inline(always)]
            || match (view.row_stride, rows == W) {
                (1, true) => whole_rows::<W>(view, from, depth.clone(), to),
                _ => any_rows::<W>(view, from..from + rows, depth.clone(), to),
            },
        );
    }
}

/// `W` rows that lie side by side in memory.
#[inline(always)]
fn whole_rows<const W: usize>(view: Matrix<'_>, from: usize, depth: Range<usize>, to: &mut [Pair]) {
    let column = |k: usize| -> [f32; W] {
        let start = from + k * view.column_stride;
        let mut column = [0.0; W];
        column.copy_from_slice(&view.data[start..start + W]);
        column
    };
    for (k, to) in depth.clone().step_by(2).zip(to.chunks_exact_mut(W)) {
        let first = column(k);
        let second = if k + 1 < depth.end {
            column(k + 1)
        } else {
            [0.0; W]
        };
        for i in 0..W {
            to[i] = pair(first[i], second[i]);
        }
    }
}

/// Any rows, one after the other.
#[inline(always)]
fn any_rows<const W: usize>(
    view: Matrix<'_>,
    rows: Range<usize>,
    depth: Range<usize>,
    to: &mut [Pair],
) {
    let stride = view.column_stride;
    for (i, row) in rows.enumerate() {
        let row = &view.data[row * view.row_stride..];
        let to = to[i..].iter_mut().step_by(W);
        if stride == 1 {
            let (twos, last) = row[depth.clone()].as_chunks::<2>();
            let twos = twos.iter().map(|two| pair(two[0], two[1]));
            let last = last.first().map(|&last| pair(last, 0.0));
            to.zip(twos.chain(last)).for_each(|(to, pair)| *to = pair);
        } else {
            for (k, to) in depth.clone().step_by(2).zip(to) {
                let second = if k + 1 < depth.end {
                    row[(k + 1) * stride]
                } else {
                    0.0
                };
                *to = pair(row[k * stride], second);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_to_nearest_even_and_keeps_what_is_not_finite() {
        let rounded = |x: f32| f32::from_bits(round(x));
        assert_eq!(rounded(1.0), 1.0);
        assert_eq!(rounded(1.0 + 2f32.powi(-8)), 1.0); // halfway, to the even side
        assert_eq!(rounded(1.0 + 3.0 * 2f32.powi(-8)), 1.0 + 2f32.powi(-6));
        assert_eq!(
            rounded(1.0 + 2f32.powi(-8) + 2f32.powi(-20)),
            1.0 + 2f32.powi(-7)
        );
        assert_eq!(rounded(f32::NEG_INFINITY), f32::NEG_INFINITY);
        assert!(rounded(f32::from_bits(0x7f80_0001)).is_nan());
        assert!(rounded(f32::MAX).is_infinite());
    }

    #[test]
    fn a_view_and_its_copy_in_the_other_order_pack_alike() {
        let (rows, columns) = (19, 7);
        let across: Vec<f32> = (0..rows * columns).map(|i| i as f32 * 0.37 - 9.0).collect();
        let down: Vec<f32> = (0..rows * columns)
            .map(|i| across[i % rows * columns + i / rows])
            .collect();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for depth in [0..columns, 0..4, 2..7] {
            pack::<6>(
                Matrix::row_major(&across, rows, columns),
                depth.clone(),
                &mut first,
            );
            pack::<6>(
                Matrix::row_major(&down, columns, rows).transposed(),
                depth,
                &mut second,
            );
            assert_eq!(first, second);
        }
    }
}
