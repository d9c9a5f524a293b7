//! Probability of a document and the entropy rate.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::forward::{Scratch, Weights};
use super::{Evidence, Machine};
use crate::entropy::{SampleMean, plogp, weighted_entropy_bits};
use crate::source::{Source, Symbols, generator};
use crate::{Alphabet, Bounds, Error, Posterior};

/// Edge visits that the enumeration of block entropies may take.
const WORK: f64 = 2e7;

/// Two estimates that enclose an entropy rate in expectation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RateEnclosure {
    /// Estimates `H(X_1..X_n | S_0) / n`, which is at most the entropy rate.
    pub low: SampleMean,
    /// Estimates `H(X_1..X_n) / n`, which is at least the entropy rate.
    pub high: SampleMean,
}

impl std::fmt::Display for RateEnclosure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.low, self.high)
    }
}

impl Machine {
    /// `log2 P(symbols)` from given weights of the states.
    fn log2_likelihood(&self, mut weights: Weights, symbols: &[u8], scratch: &mut Scratch) -> f64 {
        let mut bits = 0.0;
        for &symbol in symbols {
            weights = self.advance(&weights, Some(symbol), scratch);
            let total = weights.total();
            if total <= 0.0 {
                return f64::NEG_INFINITY;
            }
            bits += total.log2();
            weights.scale(1.0 / total);
        }
        bits
    }

    /// Encloses the entropy rate of a source that is not unifilar, from sampled documents.
    ///
    /// `H(X_1..X_n | S_0) / n ≤ h ≤ H(X_1..X_n) / n` (Cover & Thomas 2006, theorem 4.5.1, averaged
    /// over n), and the two differ by at most `log2(states) / n`. Each side is an unbiased
    /// estimate: the mean of exact `-log2 P / n` over independent documents.
    ///
    /// # Errors
    /// No document, or documents of no symbols.
    pub fn enclose_rate(
        &self,
        documents: usize,
        length: usize,
        seed: u64,
    ) -> Result<RateEnclosure, Error> {
        for (what, found) in [("documents", documents), ("symbols of a document", length)] {
            if found == 0 {
                return Err(Error::TooFew {
                    what,
                    expected: 1,
                    found,
                });
            }
        }
        let mut scratch = Scratch::new(self.states());
        let mut symbols = vec![0; length];
        let (mut low, mut high) = (Vec::new(), Vec::new());
        for index in 0..documents {
            let mut stream = super::stream::Stream::new(self, generator(seed, index as u64));
            let known = Weights {
                states: vec![stream.state()],
                values: vec![1.0],
            };
            stream.fill(&mut symbols);
            let per_symbol = -1.0 / length as f64;
            low.push(per_symbol * self.log2_likelihood(known, &symbols, &mut scratch));
            high.push(per_symbol * self.log2_likelihood(self.start(), &symbols, &mut scratch));
        }
        Ok(RateEnclosure {
            low: SampleMean::of(&low)?,
            high: SampleMean::of(&high)?,
        })
    }

    /// `H(X | S)`: the exact entropy rate of a unifilar source, below that of any other.
    fn entropy_given_state(&self) -> f64 {
        let of_state = |s: usize| {
            let mut emitted = vec![0.0; self.alphabet().size()];
            self.edges(s)
                .iter()
                .for_each(|e| emitted[e.symbol as usize] += e.probability);
            self.stationary[s] * weighted_entropy_bits(&emitted)
        };
        (0..self.states()).map(of_state).sum()
    }

    /// `H(X_n | X_1..X_{n-1})` for the largest `n` within the limit of work: above the entropy rate
    /// of any source.
    fn block_bound(&self) -> f64 {
        let size = self.alphabet().size() as f64;
        let mut depth = 1;
        let mut work = self.edges.len() as f64 * size;
        while work * size <= WORK && depth < 12 {
            work *= size;
            depth += 1;
        }
        let mut scratch = Scratch::new(self.states());
        self.block_entropy(self.start(), depth, &mut scratch)
            - self.block_entropy(self.start(), depth - 1, &mut scratch)
    }

    /// Block entropy in bits by enumeration.
    fn block_entropy(&self, weights: Weights, depth: usize, scratch: &mut Scratch) -> f64 {
        let total = weights.total();
        if depth == 0 || total <= 0.0 {
            return plogp(total);
        }
        let symbols = 0..self.alphabet().size() as u8;
        symbols
            .map(|x| {
                let next = self.advance(&weights, Some(x), scratch);
                self.block_entropy(next, depth - 1, scratch)
            })
            .sum()
    }
}

impl Source for Machine {
    fn alphabet(&self) -> &Alphabet {
        Machine::alphabet(self)
    }

    fn stream(&self, seed: u64, index: u64) -> Box<dyn Symbols + '_> {
        Box::new(super::stream::Stream::new(self, generator(seed, index)))
    }

    fn entropy_rate(&self) -> Bounds {
        let low = self.entropy_given_state();
        if self.unifilar {
            return Bounds::exact(low);
        }
        let high = self.block_bound().max(low);
        Bounds { low, high }
    }

    fn log2_probability(&self, symbols: &[u8]) -> Result<f64, Error> {
        self.alphabet().check(symbols.iter().map(|&s| Some(s)))?;
        Ok(self.log2_likelihood(self.start(), symbols, &mut Scratch::new(self.states())))
    }

    fn posterior(&self, visible: &[Option<u8>]) -> Result<Posterior, Error> {
        self.smooth(Evidence::Some(visible), false)
    }

    fn leave_one_out(&self, symbols: &[u8]) -> Result<Posterior, Error> {
        self.smooth(Evidence::All(symbols), true)
    }

    fn span_losses_bits(&self, symbols: &[u8], spans: &[Range<usize>]) -> Result<Vec<f64>, Error> {
        self.span_losses(symbols, spans)
    }

    fn machine(&self) -> Option<&Machine> {
        Some(self)
    }
}
