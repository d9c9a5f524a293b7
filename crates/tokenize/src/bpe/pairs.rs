//! Hash maps keyed by a pair of token ids.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A pair of token ids: the left one in the high half, so that keys order as pairs do.
pub(super) type Pair = u64;

/// The key of a pair.
#[inline]
pub(super) fn pair(left: u32, right: u32) -> Pair {
    u64::from(left) << 32 | u64::from(right)
}

/// The two ids of a key.
#[inline]
pub(super) fn parts(pair: Pair) -> (u32, u32) {
    ((pair >> 32) as u32, pair as u32)
}

pub(super) type PairMap<V> = HashMap<Pair, V, BuildHasherDefault<PairHasher>>;

/// One multiplication and a fold: ids come from files or from counting, and a map of them is looked
/// up for every symbol.
#[derive(Clone, Copy, Default)]
pub(super) struct PairHasher(u64);

impl Hasher for PairHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        let product = u128::from(value ^ self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_0c5d);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}
