//! The left factor as pairs, in whichever order needs no transposition.

use std::ops::Range;

use super::pair::Pair;
use super::pairs::Pairs;
use crate::product::Matrix;

/// Rows whose pairs stand side by side where rows lie side by side already.
pub(super) const GROUP: usize = 16;

/// Some rows of the left factor. Where they lie along the depth, the pairs of each row are in line;
/// where they lie side by side, groups of rows are, in each the first pairs of all its rows, then
/// the second, ….
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) data: Vec<Pair>,
    pub(super) rows: usize,
    pub(super) pairs: usize,
    /// Elements from one pair of a row to its next: 1, or [`GROUP`].
    pub(super) step: usize,
}

impl Left {
    /// Takes `depth` columns of all rows of `view`; a missing partner in the last pair is 0.
    pub(super) fn pack(&mut self, cpu: impl Pairs, view: Matrix<'_>, depth: Range<usize>) {
        (self.rows, self.pairs) = (view.rows, depth.len().div_ceil(2));
        let down = view.row_stride == 1 && view.rows > 1;
        self.step = if down { GROUP } else { 1 };
        let room = self.rows.next_multiple_of(self.step) * self.pairs;
        if self.data.len() < room {
            self.data.resize(room, 0);
        }
        cpu.pack_left(view, depth, down, &mut self.data[..room]);
    }

    /// Where the pairs of a row start.
    pub(super) fn start(&self, row: usize) -> usize {
        start_of(row, self.pairs, self.step)
    }
}

/// Where the pairs of a row start, `step` elements from one to the next.
pub(super) fn start_of(row: usize, pairs: usize, step: usize) -> usize {
    row / step * step * pairs + row % step
}
