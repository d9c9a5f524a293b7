//! Products through tiles: registers of 16 lines of 16 words, in which one instruction multiplies
//! 16 × 16 × 32 numbers.

use std::cell::RefCell;
use std::ops::Range;

use super::pair::Pair;
use super::pairs::Destination;
use crate::product::{Matrix, Update};

/// Lines of a tile, and words of a line.
pub(super) const SIDE: usize = 16;
/// Numbers of a line of pairs.
pub(super) const DEEP: usize = 2 * SIDE;

/// Pairs of 16 rows, or of 16 columns, 32 numbers deep; zeros behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Tile(pub(super) [[Pair; SIDE]; SIDE]);

impl Tile {
    pub(super) const ZERO: Self = Self([[0; SIDE]; SIDE]);
}

/// Sums at the edge of a destination, where a whole tile has no room.
#[repr(C, align(64))]
struct Edge([[f32; SIDE]; SIDE]);

/// What a line of a packed tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// The pairs of one row: the left factor.
    Rows,
    /// One pair of each of 16 rows: the right factor, whose columns packing sees as rows.
    Pairs,
}

/// A CPU's tiles, of which there are eight, and how it packs factors for them.
pub(super) trait Tiles {
    /// Packs `depth` columns of all rows of `view`: step `s` of the rows' group `g` in tile
    /// `g·steps + s`.
    fn pack(&self, view: Matrix<'_>, depth: Range<usize>, lines: Lines, to: &mut [Tile]);

    /// Tile `T` = 0.
    fn zero<const T: usize>(&mut self);

    /// Tile `T` = pairs.
    fn load<const T: usize>(&mut self, from: &Tile);

    /// Tile `T` = the sums whose lines start every `row_stride` elements of `from`.
    ///
    /// # Safety
    /// They are initialised and nobody writes them.
    unsafe fn load_sums<const T: usize>(&mut self, from: *const f32, row_stride: usize);

    /// The sums of tile `T` to lines that start every `row_stride` elements of `to`.
    ///
    /// # Safety
    /// They are valid for writes.
    unsafe fn store_sums<const T: usize>(&self, to: *mut f32, row_stride: usize);

    /// Tile `S` += tile `L` · tile `R`: the products of even places are summed in order, so are
    /// those of odd places, and the sum of both is added.
    fn multiply<const S: usize, const L: usize, const R: usize>(&mut self);

    /// Asks for the cache line of `at`, which may be anywhere, soon to be written.
    fn expect(&self, at: *const f32);
}

/// How much is packed at once. No bit depends on it, as a depth is whole tiles and sums go on where
/// they stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Rows of the left factor, a multiple of [`SIDE`].
    pub(super) rows: usize,
    /// Columns of the right factor, a multiple of [`SIDE`].
    pub(super) columns: usize,
    /// Depth of both, a multiple of [`DEEP`].
    pub(super) depth: usize,
}

/// Right 1 MiB and left 256 KiB: both stay in a second-level cache, and 32 columns of the right
/// factor in a first-level one.
pub(super) const SIZES: Sizes = Sizes {
    rows: 256,
    columns: 1024,
    depth: 512,
};

/// Rows of the destination that are asked for at each step of a product, so that they have come
/// from memory when the sums are written: those of 16 steps, or a depth of 512.
const ASKED: usize = 2;

thread_local! {
    /// The thread's room for packed factors, as large as [`SIZES`] at most: taking it from the
    /// allocator anew, and faulting it in, would take longer than a small product.
    static ROOM: RefCell<[Vec<Tile>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// Tiles of a packed factor: step `s` of group `g` in tile `g·steps + s`, of which a product reads
/// some steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed<'a> {
    tiles: &'a [Tile],
    steps: usize,
    read: (usize, usize),
}

impl<'a> Packed<'a> {
    /// The part of a factor packed in all its depth from `line` (a row or a column) on, at `depth`.
    fn of_whole(tiles: &'a [Tile], steps: usize, line: usize, depth: &Range<usize>) -> Self {
        Self {
            tiles: &tiles[line / SIDE * steps..],
            steps,
            read: (depth.start / DEEP, depth.len().div_ceil(DEEP)),
        }
    }

    /// The tiles of a group.
    fn panel(self, group: usize) -> &'a [Tile] {
        &self.tiles[group * self.steps + self.read.0..][..self.read.1]
    }
}

/// One factor packed beforehand in all its depth, or neither.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before<'a> {
    Neither,
    Left(&'a [Tile]),
    Right(&'a [Tile]),
}

/// The product on the calling thread: blocks of the right factor, bands of the left one, two by two
/// tiles of sums.
///
/// # Safety
/// As [`crate::product::multiply`].
pub(super) unsafe fn block(
    cpu: &mut impl Tiles,
    sizes: Sizes,
    c: *mut f32,
    row_stride: usize,
    [a, b]: [Matrix<'_>; 2],
    before: Before<'_>,
    update: Update,
) {
    let steps = a.columns.div_ceil(DEEP);
    ROOM.with_borrow_mut(|[left, right]| {
        for along in blocks(b.columns, sizes.columns) {
            let b = b.columns(along.clone()).transposed();
            for depth in blocks(a.columns, sizes.depth) {
                let right = match before {
                    Before::Right(tiles) => Packed::of_whole(tiles, steps, along.start, &depth),
                    _ => packed(cpu, b, depth.clone(), Lines::Pairs, right),
                };
                for down in blocks(a.rows, sizes.rows) {
                    let left = match before {
                        Before::Left(tiles) => Packed::of_whole(tiles, steps, down.start, &depth),
                        _ => packed(cpu, a.rows(down.clone()), depth.clone(), Lines::Rows, left),
                    };
                    // SAFETY: inside the destination, which the caller gave us, initialised if
                    // added to.
                    unsafe {
                        let to = Destination {
                            start: c.add(down.start * row_stride + along.start),
                            row_stride,
                            rows: down.len(),
                            columns: along.len(),
                            add: update == Update::Add || depth.start > 0,
                        };
                        multiply(cpu, left, right, to);
                    }
                }
            }
        }
    });
}

/// `0..end` in blocks of `size`.
fn blocks(end: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    let block = move |from: usize| from..(from + size).min(end);
    (0..end).step_by(size).map(block)
}

/// Packs into as much of `room` as it takes.
fn packed<'a>(
    cpu: &impl Tiles,
    view: Matrix<'_>,
    depth: Range<usize>,
    lines: Lines,
    room: &'a mut Vec<Tile>,
) -> Packed<'a> {
    let steps = depth.len().div_ceil(DEEP);
    let count = view.rows.div_ceil(SIDE) * steps;
    if room.len() < count {
        room.resize(count, Tile::ZERO);
    }
    cpu.pack(view, depth, lines, &mut room[..count]);
    Packed {
        tiles: &room[..count],
        steps,
        read: (0, steps),
    }
}

/// The product of two packed factors, of as many steps.
///
/// # Safety
/// The destination is valid for writes and, if added to, initialised.
unsafe fn multiply(cpu: &mut impl Tiles, left: Packed<'_>, right: Packed<'_>, to: Destination) {
    // Of two neighbouring groups; a missing second one repeats the first and is not used.
    fn two(factor: Packed<'_>, group: usize, has_second: bool) -> [&[Tile]; 2] {
        [
            factor.panel(group),
            factor.panel(group + usize::from(has_second)),
        ]
    }
    for along in blocks(to.columns, 2 * SIDE) {
        let wide = along.len() > SIDE;
        let right = two(right, along.start / SIDE, wide);
        for down in blocks(to.rows, 2 * SIDE) {
            let high = down.len() > SIDE;
            let left = two(left, down.start / SIDE, high);
            // SAFETY: a part of the destination.
            unsafe {
                let to = part(to, down, along.clone());
                match (high, wide) {
                    (true, true) => sums::<2, 2>(cpu, left, right, to),
                    (true, false) => sums::<2, 1>(cpu, left, right, to),
                    (false, true) => sums::<1, 2>(cpu, left, right, to),
                    (false, false) => sums::<1, 1>(cpu, left, right, to),
                }
            }
        }
    }
}

/// A part of a destination.
///
/// # Safety
/// The rows and columns are inside it.
unsafe fn part(to: Destination, down: Range<usize>, along: Range<usize>) -> Destination {
    // SAFETY: as promised by the caller.
    let start = unsafe { to.start.add(down.start * to.row_stride + along.start) };
    Destination {
        start,
        rows: down.len(),
        columns: along.len(),
        ..to
    }
}

/// `R` × `C` tiles of sums, tiles 0 to 3, of `R` tiles of the left factor, 4 and 5, and `C` of the
/// right one, 6 and 7.
///
/// # Safety
/// As [`begin_all`].
unsafe fn sums<const R: usize, const C: usize>(
    cpu: &mut impl Tiles,
    left: [&[Tile]; 2],
    right: [&[Tile]; 2],
    to: Destination,
) {
    // SAFETY: as promised by the caller.
    unsafe { begin_all::<R, C>(cpu, to) };
    let (lefts, rights) = (left[0].iter().zip(left[1]), right[0].iter().zip(right[1]));
    for (step, (left, right)) in lefts.zip(rights).enumerate() {
        expect_rows::<C>(cpu, to, step * ASKED..(step + 1) * ASKED);
        cpu.load::<4>(left.0);
        cpu.load::<6>(right.0);
        cpu.multiply::<0, 4, 6>();
        if C > 1 {
            cpu.load::<7>(right.1);
            cpu.multiply::<1, 4, 7>();
        }
        if R > 1 {
            cpu.load::<5>(left.1);
            cpu.multiply::<2, 5, 6>();
        }
        if R > 1 && C > 1 {
            cpu.multiply::<3, 5, 7>();
        }
    }
    // SAFETY: as promised by the caller.
    unsafe { end_all::<R, C>(cpu, to) };
}

/// Asks for some rows of a destination of `C` tiles side by side, as far as it has them.
#[inline(always)]
fn expect_rows<const C: usize>(cpu: &impl Tiles, to: Destination, rows: Range<usize>) {
    for row in rows.start..rows.end.min(to.rows) {
        for column in 0..C {
            let at = row * to.row_stride + column * SIDE;
            cpu.expect(to.start.wrapping_add(at));
        }
    }
}

/// Tile of sums `row`, `column` of a destination of two by two.
///
/// # Safety
/// As [`multiply`]; it has rows and columns there.
unsafe fn tile(to: Destination, row: usize, column: usize) -> Destination {
    let down = row * SIDE..((row + 1) * SIDE).min(to.rows);
    let along = column * SIDE..((column + 1) * SIDE).min(to.columns);
    // SAFETY: as promised by the caller.
    unsafe { part(to, down, along) }
}

/// [`begin`] for all tiles of sums.
///
/// # Safety
/// As [`multiply`], of a destination of `R` × `C` tiles.
unsafe fn begin_all<const R: usize, const C: usize>(cpu: &mut impl Tiles, to: Destination) {
    // SAFETY: as promised by the caller.
    unsafe {
        begin::<0>(cpu, tile(to, 0, 0));
        if C > 1 {
            begin::<1>(cpu, tile(to, 0, 1));
        }
        if R > 1 {
            begin::<2>(cpu, tile(to, 1, 0));
        }
        if R > 1 && C > 1 {
            begin::<3>(cpu, tile(to, 1, 1));
        }
    }
}

/// [`end`] for all tiles of sums.
///
/// # Safety
/// As [`begin_all`].
unsafe fn end_all<const R: usize, const C: usize>(cpu: &impl Tiles, to: Destination) {
    // SAFETY: as promised by the caller.
    unsafe {
        end::<0>(cpu, tile(to, 0, 0));
        if C > 1 {
            end::<1>(cpu, tile(to, 0, 1));
        }
        if R > 1 {
            end::<2>(cpu, tile(to, 1, 0));
        }
        if R > 1 && C > 1 {
            end::<3>(cpu, tile(to, 1, 1));
        }
    }
}

/// Tile `T` = what its sums are added to. At an edge too they are added inside the tile: an element
/// has the same bits wherever the tiles begin.
///
/// # Safety
/// As [`multiply`].
unsafe fn begin<const T: usize>(cpu: &mut impl Tiles, to: Destination) {
    if !to.add {
        return cpu.zero::<T>();
    }
    // SAFETY: as promised by the caller; lines are copied as long as they are.
    unsafe {
        if is_whole(to) {
            return cpu.load_sums::<T>(to.start, to.row_stride);
        }
        let mut edge = Edge([[0.0; SIDE]; SIDE]);
        for (i, line) in edge.0.iter_mut().enumerate().take(to.rows) {
            let from = to.start.add(i * to.row_stride);
            line.as_mut_ptr()
                .copy_from_nonoverlapping(from, to.columns.min(SIDE));
        }
        cpu.load_sums::<T>(edge.0.as_ptr().cast(), SIDE);
    }
}

/// Writes the sums of tile `T`.
///
/// # Safety
/// As [`multiply`].
unsafe fn end<const T: usize>(cpu: &impl Tiles, to: Destination) {
    // SAFETY: as promised by the caller; lines are copied as long as they are.
    unsafe {
        if is_whole(to) {
            return cpu.store_sums::<T>(to.start, to.row_stride);
        }
        let mut edge = Edge([[0.0; SIDE]; SIDE]);
        cpu.store_sums::<T>(edge.0.as_mut_ptr().cast(), SIDE);
        for (i, line) in edge.0.iter().enumerate().take(to.rows) {
            let to_line = to.start.add(i * to.row_stride);
            to_line.copy_from_nonoverlapping(line.as_ptr(), to.columns.min(SIDE));
        }
    }
}

fn is_whole(to: Destination) -> bool {
    to.rows == SIDE && to.columns == SIDE
}

#[cfg(test)]
mod tests;
