//! Pairs without instructions for them.

use std::ops::Range;

use super::Destination;
use super::left::Left;
use super::pair::{Pair, halves, pair};
use super::right::Panel;
use crate::kernel::product::Matrix;

/// Packs `depth` columns of all rows of `view`: pair `p` of row `i` goes to `place(i, p)`.
pub(super) fn pack(
    view: Matrix<'_>,
    depth: Range<usize>,
    place: impl Fn(usize, usize) -> usize,
    to: &mut [Pair],
) {
    for i in 0..view.rows {
        let at = |k: usize| view.data[i * view.row_stride + k * view.column_stride];
        for (p, k) in depth.clone().step_by(2).enumerate() {
            let second = if k + 1 < depth.end { at(k + 1) } else { 0.0 };
            to[place(i, p)] = pair(at(k), second);
        }
    }
}

/// # Safety
/// As [`super::Cpu::run`].
pub(super) unsafe fn run(left: &Left, row: usize, panel: &Panel<'_>, to: Destination) {
    for i in 0..to.rows {
        let mut sums = [0f32; 64];
        let sums = &mut sums[..panel.width];
        let left = left.data[left.start(row + i)..].iter().step_by(left.step);
        for (&left, right) in left.zip(panel.data.chunks_exact(panel.width)) {
            let (low, high) = halves(left);
            for (sum, &right) in sums.iter_mut().zip(right) {
                let (right_low, right_high) = halves(right);
                *sum += high * right_high;
                *sum += low * right_low;
            }
        }
        for (j, sum) in sums.iter().enumerate().take(to.columns) {
            // SAFETY: inside the block, as promised by the caller.
            unsafe {
                let at = to.start.add(i * to.row_stride + j);
                at.write(if to.add { *at + sum } else { *sum });
            }
        }
    }
}
