//! A factor that every part of a product reads whole, packed once for all of them.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::tiles::{Before, DEEP, Lines, SIDE, Tile};
use super::{Way, pack_tiles};
use crate::product::parts::Parts;
use crate::product::{Matrix, Precision};

/// Tiles, of 1 KiB each, up to which a factor is packed as a whole: behind it the parts pack it
/// block by block, each for itself.
const MOST: usize = 1 << 13;

/// Room for packed factors that no product has at the moment: what is taken from the allocator anew
/// is faulted in anew.
static ROOM: Mutex<Vec<Vec<Tile>>> = Mutex::new(Vec::new());

/// The factor that all parts share, packed, where that is worth it.
#[derive(Debug)]
pub(in crate::product) struct Whole {
    tiles: Vec<Tile>,
    count: usize,
    is_left: bool,
}

impl Whole {
    /// Of a product in bands: bands of rows share the right factor, bands of columns the left one.
    /// None if there is one band, factors are in single precision, the CPU has no tiles, or the
    /// factor is too large.
    pub(in crate::product) fn pack(a: Matrix<'_>, b: Matrix<'_>, parts: &Parts) -> Option<Self> {
        let is_left = parts.are_columns();
        let (view, lines) = if is_left {
            (a, Lines::Rows)
        } else {
            (b.transposed(), Lines::Pairs)
        };
        let half = [a, b].iter().all(|view| view.precision == Precision::Bf16);
        let steps = view.columns.div_ceil(DEEP);
        let count = view.rows.div_ceil(SIDE).checked_mul(steps)?;
        if !half || parts.count() < 2 || count == 0 || count > MOST {
            return None;
        }
        let Way::Tiles(cpu) = Way::of_this_cpu() else {
            return None;
        };
        let mut tiles = room(count);
        let groups = view.rows.div_ceil(SIDE).div_ceil(parts.count());
        let pack = |(i, tiles): (usize, &mut [Tile])| {
            let rows = i * groups * SIDE..((i + 1) * groups * SIDE).min(view.rows);
            pack_tiles::pack(cpu.packs(), view.rows(rows), 0..view.columns, lines, tiles);
        };
        let pieces = tiles[..count].par_chunks_mut(groups * steps);
        pieces.enumerate().with_max_len(1).for_each(pack);
        Some(Self {
            tiles,
            count,
            is_left,
        })
    }

    /// What [`super::tiles::block`] is told of it.
    pub(super) fn before(this: Option<&Self>) -> Before<'_> {
        match this {
            None => Before::Neither,
            Some(whole) if whole.is_left => Before::Left(&whole.tiles[..whole.count]),
            Some(whole) => Before::Right(&whole.tiles[..whole.count]),
        }
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        let mut rooms = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.push(std::mem::take(&mut self.tiles));
    }
}

/// At least `count` tiles, of any content.
fn room(count: usize) -> Vec<Tile> {
    let mut rooms = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
    let mut room = rooms.pop().unwrap_or_default();
    drop(rooms);
    if room.len() < count {
        room.resize(count, Tile::ZERO);
    }
    room
}
