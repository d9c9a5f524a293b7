//! The right factor as panels of columns.

use std::ops::Range;

use super::pair::Pair;
use super::pairs::Pairs;
use crate::product::Matrix;

/// Columns of a panel: as many as fit, and half of it for a remainder that fits that (or a head of
/// that width).
const WIDE: usize = 64;
const NARROW: usize = 32;

/// Some columns of the right factor: pair `p` of column `j` at `p·width + j`, zeros behind the last
/// column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel<'a> {
    pub(super) data: &'a [Pair],
    /// The first of its columns.
    pub(super) from: usize,
    pub(super) columns: usize,
    pub(super) width: usize,
}

impl Panel<'_> {
    pub(super) fn pairs(&self) -> usize {
        self.data.len() / self.width
    }

    /// Rows of the block that stays in registers: 24 sums of 16 numbers.
    pub(super) fn block_rows(&self) -> usize {
        if self.width == WIDE { 6 } else { 12 }
    }
}

/// Columns and width of each panel.
fn layout(columns: usize) -> impl Iterator<Item = (Range<usize>, usize)> {
    (0..columns).step_by(WIDE).map(move |from| {
        let to = (from + WIDE).min(columns);
        let width = if to - from > NARROW { WIDE } else { NARROW };
        (from..to, width)
    })
}

/// The panels that [`pack`] made.
pub(super) fn panels(
    columns: usize,
    depth: usize,
    data: &[Pair],
) -> impl Iterator<Item = Panel<'_>> {
    let pairs = depth.div_ceil(2);
    layout(columns).map(move |(range, width)| Panel {
        data: &data[range.start * pairs..][..width * pairs],
        from: range.start,
        columns: range.len(),
        width,
    })
}

/// Packs `depth` rows of all columns of `view`.
pub(super) fn pack(cpu: impl Pairs, view: Matrix<'_>, depth: Range<usize>, to: &mut Vec<Pair>) {
    let pairs = depth.len().div_ceil(2);
    let room = layout(view.columns)
        .map(|(_, width)| width * pairs)
        .sum::<usize>();
    if to.len() < room {
        to.resize(room, 0);
    }
    for (range, width) in layout(view.columns) {
        let to = &mut to[range.start * pairs..][..width * pairs];
        // Packing sees columns as rows.
        let view = view.columns(range.clone()).transposed();
        cpu.pack_right(view, depth.clone(), width, to);
    }
}
