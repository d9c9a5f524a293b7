//! Drawing symbols from a finite-state source.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Machine;
use crate::source::Symbols;

const WORDS: usize = 256;

/// An endless stream; the random words are drawn in blocks.
pub(super) struct Stream<'a> {
    machine: &'a Machine,
    rng: ChaCha8Rng,
    bytes: [u8; 8 * WORDS],
    used: usize,
    state: u32,
}

impl<'a> Stream<'a> {
    pub fn new(machine: &'a Machine, mut rng: ChaCha8Rng) -> Self {
        let state = machine.first.draw(0, rng.next_u64()).next;
        Self {
            machine,
            rng,
            bytes: [0; 8 * WORDS],
            used: WORDS,
            state,
        }
    }

    /// The state before the next symbol.
    pub fn state(&self) -> u32 {
        self.state
    }

    fn refill(&mut self) {
        self.rng.fill_bytes(&mut self.bytes);
        self.used = 0;
    }
}

impl Symbols for Stream<'_> {
    fn fill(&mut self, out: &mut [u8]) {
        let mut rest = out;
        while !rest.is_empty() {
            if self.used == WORDS {
                self.refill();
            }
            let n = rest.len().min(WORDS - self.used);
            let (now, later) = rest.split_at_mut(n);
            let words = self.bytes[8 * self.used..8 * (self.used + n)]
                .as_chunks::<8>()
                .0;
            let mut state = self.state;
            for (symbol, word) in now.iter_mut().zip(words) {
                let outcome = self.machine.tables.draw(state, u64::from_le_bytes(*word));
                *symbol = outcome.symbol;
                state = outcome.next;
            }
            self.state = state;
            self.used += n;
            rest = later;
        }
    }
}
