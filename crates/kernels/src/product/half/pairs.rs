//! Products of factors packed as pairs along the depth, for CPUs that multiply such pairs.

use std::ops::Range;

use super::left::Left;
use super::pair::Pair;
use super::right::{self, Panel, panels};
use crate::product::{Matrix, Update};

/// Depth of a panel: sums are formed over so many products, then added, whatever the shape. A panel
/// of 64 columns then has 32 KiB and stays in a first-level cache.
const DEPTH: usize = 256;
/// Rows packed at once; a multiple of the rows of every block that stays in registers.
const BAND: usize = 480;

/// A CPU's instructions for pairs: how it packs factors and multiplies a block.
pub(super) trait Pairs: Copy {
    /// Packs `depth` columns of all rows of `view`, laid out as [`Left`] says; `to` has room for
    /// whole groups.
    fn pack_left(self, view: Matrix<'_>, depth: Range<usize>, down: bool, to: &mut [Pair]);

    /// Packs `depth` columns of all rows of `view`: pair `p` of row `i` at `p·width + i`, zeros
    /// from the last row on.
    fn pack_right(self, view: Matrix<'_>, depth: Range<usize>, width: usize, to: &mut [Pair]);

    /// Writes, or adds, the product of rows `row ..` of `left` and a panel, which are equally deep.
    ///
    /// # Safety
    /// The destination is valid for writes and, if added to, initialised; `left` has its rows, and
    /// there is at least one.
    unsafe fn multiply(self, left: &Left, row: usize, panel: &Panel<'_>, to: Destination);
}

/// Where a block of a product goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Destination {
    pub(super) start: *mut f32,
    pub(super) row_stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Whether to add to what is there.
    pub(super) add: bool,
}

/// The product on the calling thread: panels of the right factor, bands of the left one, blocks of
/// both.
///
/// # Safety
/// As [`crate::product::multiply`].
pub(super) unsafe fn block(
    cpu: impl Pairs,
    c: *mut f32,
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    update: Update,
) {
    let (mut left, mut right) = (Left::default(), Vec::new());
    for from in (0..a.columns).step_by(DEPTH) {
        let depth = from..(from + DEPTH).min(a.columns);
        let add = update == Update::Add || from > 0;
        right::pack(cpu, b, depth.clone(), &mut right);
        for first in (0..a.rows).step_by(BAND) {
            let rows = first..(first + BAND).min(a.rows);
            left.pack(cpu, a.rows(rows.clone()), depth.clone());
            for panel in panels(b.columns, depth.len(), &right) {
                for row in rows.clone().step_by(panel.block_rows()) {
                    // SAFETY: the block is inside the destination, which the caller gave us,
                    // initialised if added to.
                    unsafe {
                        let to = Destination {
                            start: c.add(row * row_stride + panel.from),
                            row_stride,
                            rows: panel.block_rows().min(rows.end - row),
                            columns: panel.columns,
                            add,
                        };
                        run(cpu, &left, row - first, &panel, to);
                    }
                }
            }
        }
    }
}

/// [`Pairs::multiply`], its sizes checked.
///
/// # Safety
/// The destination is valid for writes and, if added to, initialised.
pub(super) unsafe fn run(
    cpu: impl Pairs,
    left: &Left,
    row: usize,
    panel: &Panel<'_>,
    to: Destination,
) {
    assert!(
        left.pairs == panel.pairs() && row + to.rows <= left.rows && to.rows > 0,
        "product: unequal panels"
    );
    debug_assert!(to.rows <= panel.block_rows() && to.columns <= panel.width);
    // SAFETY: as promised by the caller; checked above.
    unsafe { cpu.multiply(left, row, panel, to) }
}
