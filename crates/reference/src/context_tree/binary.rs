//! One tree for every binary decision of a symbol's code, all in one hash table.

use super::weight::weigh;
use super::{ContextTreeParams, Past};

/// Slots that are looked at before a node is held to be absent.
const PROBES: usize = 8;

/// The ratio, the two counts, and a part of the hash (0 in a free slot). All zeros is a fresh node: such memory costs
/// nothing until it is touched.
type Slot = [u64; 3];

/// The bits of 1.0: a ratio is stored relative to them.
const ONE: u64 = 0x3FF0_0000_0000_0000;

/// Nodes by context and decision.
#[derive(Clone, Debug)]
pub(super) struct BinaryTrees {
    params: ContextTreeParams,
    bits: u32,
    slots: Vec<Slot>,
    used: usize,
    /// Where the nodes of the present decision are, root first.
    path: Vec<u32>,
    contexts: Vec<u64>,
}

impl BinaryTrees {
    pub fn new(params: ContextTreeParams) -> Self {
        Self {
            params,
            bits: (params.size as u32).next_power_of_two().trailing_zeros(),
            slots: vec![[0; 3]; params.nodes.next_power_of_two()],
            used: 0,
            path: Vec::with_capacity(params.depth + 1),
            contexts: vec![0; params.depth + 1],
        }
    }

    pub fn len(&self) -> usize {
        self.used
    }

    /// Probability of the symbol: the product over its decisions.
    pub fn push(&mut self, past: &Past, symbol: u8) -> f64 {
        let mut hash = 0x9E37_79B9_7F4A_7C15;
        for depth in 0..=self.params.depth {
            self.contexts[depth] = hash;
            hash = mix(hash ^ (u64::from(past.at(depth)) + 1));
        }
        let mut prefix = 1u64;
        let mut p = 1.0;
        for place in (0..self.bits).rev() {
            let bit = usize::from(symbol >> place & 1);
            if self.is_free(prefix, place) {
                self.locate(prefix);
                p *= self.decide(bit);
            }
            prefix = 2 * prefix + bit as u64;
        }
        p
    }

    /// Whether both branches lead to a letter.
    fn is_free(&self, prefix: u64, place: u32) -> bool {
        let first_of_upper = ((2 * prefix + 1) << place) - (1 << self.bits);
        (first_of_upper as usize) < self.params.size
    }

    /// Finds or makes the nodes of a decision, as deep as there is room.
    fn locate(&mut self, prefix: u64) {
        self.path.clear();
        for depth in 0..=self.params.depth {
            let hash = mix(self.contexts[depth] ^ prefix.wrapping_mul(0xD6E8_FEB8_6659_FD93));
            match self.slot(hash) {
                Some(slot) => self.path.push(slot),
                None => break,
            }
        }
    }

    fn slot(&mut self, hash: u64) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let check = hash >> 16 | 1;
        for probe in 0..PROBES {
            let index = (hash as usize + probe) & mask;
            if self.slots[index][2] == check {
                return Some(index as u32);
            }
            if self.slots[index][2] == 0 {
                // A table that is nearly full finds nothing in few probes: keep one slot in eight free.
                if self.used >= mask - mask / 8 {
                    return None;
                }
                self.used += 1;
                self.slots[index][2] = check;
                return Some(index as u32);
            }
        }
        None
    }

    fn decide(&mut self, bit: usize) -> f64 {
        let mut below = None;
        for &index in self.path.iter().rev() {
            let [stored, counts, _] = &mut self.slots[index as usize];
            let (zeros, ones) = (*counts as u32, (*counts >> 32) as u32);
            let own = f64::from(if bit == 0 { zeros } else { ones });
            let estimate = (own + 0.5) / (f64::from(zeros) + f64::from(ones) + 1.0);
            *counts += 1 << (32 * bit);
            let mut ratio = f64::from_bits(*stored ^ ONE);
            below = Some(weigh(&mut ratio, estimate, below));
            *stored = ratio.to_bits() ^ ONE;
        }
        below.unwrap_or(0.5)
    }
}

/// A bijective mixer (the finaliser of MurmurHash3).
fn mix(mut h: u64) -> u64 {
    h = (h ^ (h >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    h = (h ^ (h >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    h ^ (h >> 33)
}
