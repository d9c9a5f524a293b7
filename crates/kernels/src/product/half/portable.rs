//! Packing without instructions for it: for views that are in line in neither direction, and what
//! tests hold the others against.

use std::ops::Range;

use super::left::{GROUP, start_of};
use super::pair::{Pair, pair};
use super::tiles::{DEEP, Lines, SIDE, Tile};
use crate::product::Matrix;

/// As [`super::pairs::Pairs::pack_left`].
pub(super) fn pack_left(view: Matrix<'_>, depth: Range<usize>, down: bool, to: &mut [Pair]) {
    let (pairs, step) = (depth.len().div_ceil(2), if down { GROUP } else { 1 });
    let place = |row, pair| start_of(row, pairs, step) + pair * step;
    pack(view, depth, place, to);
}

/// As [`super::pairs::Pairs::pack_right`].
pub(super) fn pack_right(view: Matrix<'_>, depth: Range<usize>, width: usize, to: &mut [Pair]) {
    if view.rows < width {
        to.fill(0);
    }
    pack(view, depth, |row, pair| pair * width + row, to);
}

/// Packs `depth` columns of all rows of `view`: pair `p` of row `i` goes to `place(i, p)`.
fn pack(
    view: Matrix<'_>,
    depth: Range<usize>,
    place: impl Fn(usize, usize) -> usize,
    to: &mut [Pair],
) {
    for_pairs(view, depth, |row, p, pair| to[place(row, p)] = pair);
}

/// As [`super::tiles::Tiles::pack`].
pub(super) fn pack_tiles(view: Matrix<'_>, depth: Range<usize>, lines: Lines, to: &mut [Tile]) {
    let steps = depth.len().div_ceil(DEEP);
    to.fill(Tile::ZERO);
    for_pairs(view, depth, |row, p, pair| {
        let tile = &mut to[row / SIDE * steps + p / SIDE].0;
        match lines {
            Lines::Rows => tile[row % SIDE][p % SIDE] = pair,
            Lines::Pairs => tile[p % SIDE][row % SIDE] = pair,
        }
    });
}

/// Calls `each(i, p, pair)` for pair `p` of row `i`; a missing partner in the last is 0.
fn for_pairs(view: Matrix<'_>, depth: Range<usize>, mut each: impl FnMut(usize, usize, Pair)) {
    for i in 0..view.rows {
        let at = |k: usize| view.data[i * view.row_stride + k * view.column_stride];
        for (p, k) in depth.clone().step_by(2).enumerate() {
            let second = if k + 1 < depth.end { at(k + 1) } else { 0.0 };
            each(i, p, pair(at(k), second));
        }
    }
}
