//! Copies that are being followed.

use super::{CopyModelParams, FORGET};

const SEED_ROWS: usize = 1 << 22;
/// A copy this many bits behind the best context model is given up.
const PATIENCE: f64 = 12.0;

/// One copy: where it reads, which way, and how it did.
#[derive(Debug, Clone, Copy)]
struct Expert {
    place: usize,
    inverted: bool,
    score: f64,
    hits: f64,
    tries: f64,
    proposed: u8,
}

impl Expert {
    /// Probability that the proposed symbol comes.
    fn confidence(&self) -> f64 {
        (self.hits + 1.0) / (self.tries + 1.25)
    }
}

/// The copies followed, and where each seed occurred last.
#[derive(Debug, Clone)]
pub(super) struct Experts {
    size: usize,
    seed: usize,
    most: usize,
    complement: Option<Vec<u8>>,
    /// One more than the position after the seed's last occurrence; 0 for none.
    last: Vec<u32>,
    experts: Vec<Expert>,
}

impl Experts {
    pub fn new(params: &CopyModelParams) -> Self {
        Self {
            size: params.size,
            seed: params.seed,
            most: params.experts,
            complement: params.complement.clone(),
            last: vec![0; SEED_ROWS],
            experts: Vec::new(),
        }
    }

    fn row(&self, seed: impl Iterator<Item = u8>) -> usize {
        let code = seed.fold(1u64, |code, x| {
            code.wrapping_mul(257).wrapping_add(u64::from(x) + 1)
        });
        (code.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 42) as usize
    }

    /// Lets go of copies that fail, proposes new ones for the last seed, notes its place, and reads
    /// what each proposes.
    pub fn propose(&mut self, symbols: &[u8], known: usize, best: f64) {
        self.experts
            .retain(|e| e.score > best - PATIENCE && e.place < symbols.len());
        if known >= self.seed {
            let recent = &symbols[symbols.len() - self.seed..];
            let direct = self.last[self.row(recent.iter().copied())] as usize;
            if direct > 0 {
                self.adopt(direct - 1, false, best, symbols);
            }
            if let Some(complement) = &self.complement {
                let inverse = self.row(recent.iter().rev().map(|&x| complement[x as usize]));
                let end = self.last[inverse] as usize;
                // The seed's inverse occupies the `seed` positions before `end - 1`; one further
                // back comes next.
                if end > self.seed + 1 {
                    self.adopt(end - 1 - self.seed - 1, true, best, symbols);
                }
            }
            // Only now: the seed must not find itself.
            let row = self.row(recent.iter().copied());
            // What lies beyond 32 bits is not copied from.
            self.last[row] = u32::try_from(symbols.len() + 1).unwrap_or(0);
        }
        let complement = self.complement.as_deref();
        for expert in &mut self.experts {
            let read = symbols[expert.place];
            expert.proposed = match complement.filter(|_| expert.inverted) {
                Some(complement) => complement[read as usize],
                None => read,
            };
        }
    }

    fn adopt(&mut self, place: usize, inverted: bool, best: f64, symbols: &[u8]) {
        let followed = self
            .experts
            .iter()
            .any(|e| e.place == place && e.inverted == inverted);
        if followed || self.experts.len() >= self.most || place >= symbols.len() {
            return;
        }
        self.experts.push(Expert {
            place,
            inverted,
            score: best - 2.0,
            hits: 0.0,
            tries: 0.0,
            proposed: 0,
        });
    }

    pub fn best(&self) -> f64 {
        self.experts
            .iter()
            .map(|e| e.score)
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// Adds the weighted distributions and returns the sum of weights.
    pub fn mix_into(&self, mixed: &mut [f64], best: f64) -> f64 {
        let mut total = 0.0;
        for expert in &self.experts {
            let weight = (expert.score - best).exp2();
            let p = expert.confidence();
            let rest = weight * (1.0 - p) / (self.size - 1) as f64;
            mixed.iter_mut().for_each(|m| *m += rest);
            mixed[expert.proposed as usize] += weight * p - rest;
            total += weight;
        }
        total
    }

    pub fn learn(&mut self, symbol: u8) {
        let others = (self.size - 1) as f64;
        self.experts.retain_mut(|e| {
            let hit = e.proposed == symbol;
            let p = if hit {
                e.confidence()
            } else {
                (1.0 - e.confidence()) / others
            };
            e.score = FORGET * e.score + p.log2();
            e.hits = FORGET * e.hits + f64::from(u8::from(hit));
            e.tries = FORGET * e.tries + 1.0;
            if !e.inverted {
                e.place += 1;
                return true;
            }
            let ends = e.place == 0;
            e.place = e.place.wrapping_sub(1);
            !ends
        });
    }

    pub fn forget_copies(&mut self) {
        self.experts.clear();
    }
}
