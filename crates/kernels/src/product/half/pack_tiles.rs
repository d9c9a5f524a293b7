//! Packing for tiles with the instructions of AVX-512, which every CPU with tiles has.

use std::arch::x86_64::*;
use std::ops::Range;

use super::avx512::{Avx512, pairs_of, round_at, transpose};
use super::portable;
use super::tiles::{DEEP, Lines, SIDE, Tile};
use crate::product::Matrix;

/// How far ahead columns are asked for, whose next numbers are the tile's after the next.
const AHEAD: usize = 2 * SIDE;

/// As [`super::tiles::Tiles::pack`].
pub(super) fn pack(
    _proof: Avx512,
    view: Matrix<'_>,
    depth: Range<usize>,
    lines: Lines,
    to: &mut [Tile],
) {
    let (groups, steps) = (view.rows.div_ceil(SIDE), depth.len().div_ceil(DEEP));
    let mut tile = |group: usize, step: usize, found: Lines| {
        let rows = group * SIDE..((group + 1) * SIDE).min(view.rows);
        let from = depth.start + step * DEEP;
        let depth = from..(from + DEEP).min(depth.end);
        let tile = &mut to[group * steps + step];
        // SAFETY: the CPU has the instructions.
        unsafe {
            match found {
                Lines::Rows => rows_of(view, rows, depth, tile),
                Lines::Pairs => columns_of(view, rows, depth, tile),
            }
            if lines != found {
                turn(tile);
            }
        }
    };
    // Either way memory is read in line.
    if view.column_stride == 1 {
        for group in 0..groups {
            (0..steps).for_each(|step| tile(group, step, Lines::Rows));
        }
    } else if view.row_stride == 1 {
        for step in 0..steps {
            (0..groups).for_each(|group| tile(group, step, Lines::Pairs));
        }
    } else {
        portable::pack_tiles(view, depth, lines, to);
    }
}

/// The pairs of each row in a line, of rows that lie along the depth.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn rows_of(view: Matrix<'_>, rows: Range<usize>, depth: Range<usize>, to: &mut Tile) {
    for (i, line) in to.0.iter_mut().enumerate() {
        let row = if i < rows.len() {
            &view.data[(rows.start + i) * view.row_stride..][depth.clone()]
        } else {
            &[]
        };
        // SAFETY: a line is as long as the register.
        unsafe { _mm512_store_si512(line.as_mut_ptr().cast(), round_at(row, 0)) };
    }
}

/// A pair of each row in a line, of rows that lie side by side.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn columns_of(view: Matrix<'_>, rows: Range<usize>, depth: Range<usize>, to: &mut Tile) {
    for (p, line) in to.0.iter_mut().enumerate() {
        let mut two = [&[][..]; 2];
        for (place, column) in two.iter_mut().enumerate() {
            let k = depth.start + 2 * p + place;
            if k < depth.end {
                *column = &view.data[k * view.column_stride..][rows.clone()];
                _mm_prefetch::<_MM_HINT_T0>(column.as_ptr().wrapping_add(AHEAD).cast());
            }
        }
        // SAFETY: a line is as long as the register.
        unsafe { _mm512_store_si512(line.as_mut_ptr().cast(), pairs_of(two[0], two[1])) };
    }
}

/// The transpose, in place.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn turn(tile: &mut Tile) {
    let mut lines = [_mm512_setzero_si512(); SIDE];
    for (register, line) in lines.iter_mut().zip(&tile.0) {
        // SAFETY: a line is as long as the register.
        *register = unsafe { _mm512_load_si512(line.as_ptr().cast()) };
    }
    for (register, line) in transpose(lines).iter().zip(&mut tile.0) {
        // SAFETY: a line is as long as the register.
        unsafe { _mm512_store_si512(line.as_mut_ptr().cast(), *register) };
    }
}
