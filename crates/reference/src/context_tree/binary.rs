//! One tree for every binary decision of a symbol's code, all in one hash table.

use super::weight::weigh;
use super::{ContextTreeParams, Past};

/// Slots that are looked at before a node is held to be absent.
const PROBES: usize = 8;

/// The ratio, the two counts, and a part of the hash (0 in a free slot). All zeros is a fresh node:
/// such memory costs nothing until it is touched.
type Slot = [u64; 3];

/// The bits of 1.0: a ratio is stored relative to them.
const ONE: u64 = 0x3FF0_0000_0000_0000;

/// Nodes by context and decision.
#[derive(Debug, Clone)]
pub(super) struct BinaryTrees {
    params: ContextTreeParams,
    bits: u32,
    slots: Vec<Slot>,
    used: usize,
    /// Where the nodes of the present decision are, root first.
    path: Vec<u32>,
    contexts: Vec<u64>,
    /// Hashes of the nodes of every decision of a batch, `depth + 1` a decision.
    hashes: Vec<u64>,
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
            hashes: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.used
    }

    /// Probability of the symbol: the product over its decisions.
    pub fn push(&mut self, past: &Past, symbol: u8) -> f64 {
        let mut p = 1.0;
        self.push_batch(&[*past], &[symbol], &mut |of_symbol| p = of_symbol);
        p
    }

    /// The probabilities of a few symbols, each the product over its decisions.
    ///
    /// Which nodes a decision asks depends on the symbols, not on what the nodes have counted. So
    /// the places of all of them are computed first and looked at once, without waiting for any:
    /// the memory answers many at a time. Otherwise each of the hundred nodes of a symbol is a wait
    /// of its own.
    pub fn push_batch(&mut self, pasts: &[Past], symbols: &[u8], see: &mut dyn FnMut(f64)) {
        self.hashes.clear();
        for (past, &symbol) in pasts.iter().zip(symbols) {
            self.hash(past, symbol);
        }
        self.touch();
        let mut first = 0;
        for &symbol in symbols {
            let mut p = 1.0;
            for bit in self.decisions(symbol).flatten() {
                self.locate(first);
                p *= self.decide(bit);
                first += self.params.depth + 1;
            }
            see(p);
        }
    }

    /// The bit of each place of the code, from the highest; nothing where only one branch leads to
    /// a letter.
    fn decisions(&self, symbol: u8) -> impl Iterator<Item = Option<usize>> + use<> {
        let (bits, size) = (self.bits, self.params.size);
        (0..bits).rev().map(move |place| {
            let prefix = 1 << (bits - place - 1) | usize::from(symbol) >> (place + 1);
            let first_of_upper = ((2 * prefix + 1) << place) - (1 << bits);
            (first_of_upper < size).then_some(usize::from(symbol >> place & 1))
        })
    }

    /// Appends the hashes of the nodes of every decision of a symbol.
    fn hash(&mut self, past: &Past, symbol: u8) {
        let mut hash = 0x9E37_79B9_7F4A_7C15;
        for depth in 0..=self.params.depth {
            self.contexts[depth] = hash;
            hash = mix(hash ^ (u64::from(past.at(depth)) + 1));
        }
        let mut prefix = 1u64;
        for (place, bit) in self.decisions(symbol).enumerate() {
            if bit.is_some() {
                let decision = prefix.wrapping_mul(0xD6E8_FEB8_6659_FD93);
                let nodes = self
                    .contexts
                    .iter()
                    .map(|&context| stir(context ^ decision));
                self.hashes.extend(nodes);
            }
            prefix = 2 * prefix + u64::from(symbol >> (self.bits as usize - place - 1) & 1);
        }
    }

    /// Reads the first slot of every node and does nothing with it, so that it is near when it is
    /// needed.
    fn touch(&self) {
        let mask = self.slots.len() - 1;
        let checks = self
            .hashes
            .iter()
            .map(|&h| self.slots[h as usize & mask][2]);
        std::hint::black_box(checks.fold(0, |a, b| a ^ b));
    }

    /// Finds or makes the nodes of a decision, as deep as there is room.
    fn locate(&mut self, first: usize) {
        self.path.clear();
        for depth in 0..=self.params.depth {
            match self.slot(self.hashes[first + depth]) {
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
                // A table that is nearly full finds nothing in few probes: keep one slot in eight
                // free.
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
            let own = if bit == 0 { zeros } else { ones };
            let estimate = (f64::from(own) + 0.5) / (f64::from(zeros) + f64::from(ones) + 1.0);
            // A full count stays: one more would be a count of the other.
            *counts += u64::from(own < u32::MAX) << (32 * bit);
            let mut ratio = f64::from_bits(*stored ^ ONE);
            below = Some(weigh(&mut ratio, estimate, below));
            *stored = ratio.to_bits() ^ ONE;
        }
        below.unwrap_or(0.5)
    }
}

/// A bijective mixer of two hashes that are good already: one multiplication, its high bits folded
/// down.
fn stir(h: u64) -> u64 {
    let h = h.wrapping_mul(0x9FB2_1C65_1E98_DF25);
    h ^ (h >> 32)
}

/// A bijective mixer (the finaliser of MurmurHash3).
fn mix(mut h: u64) -> u64 {
    h = (h ^ (h >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    h = (h ^ (h >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    h ^ (h >> 33)
}
