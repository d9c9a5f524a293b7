//! Exact erasure entropy of a unifilar source.

use std::collections::HashMap;

use super::Machine;
use crate::entropy::weighted_entropy_bits;
use crate::{Bounds, Error};

/// Symbols after the erased one that are followed before the rest is bounded.
const HORIZON: usize = 64;
/// Sets of candidates that may be met.
const SETS: usize = 4_000_000;

/// Candidates by the state they lead to, masses in units of 2^-40 of their sum.
type Key = Vec<(u32, u64)>;

impl Machine {
    /// Exact erasure entropy `H(X_t | all others)` in bits of a unifilar source in the long run.
    ///
    /// Given the past, one state is left. Each symbol that it may emit leads to a state; symbols
    /// that lead to the same one stay undecided for ever, others until their states meet or the
    /// future rules one out. The recursion follows every set of candidates over all futures,
    /// remembering sets already met. What is still undecided 64 symbols later is bounded, so
    /// `high - low` states the error.
    ///
    /// ```
    /// use dissensus_source::{Alphabet, Markov};
    /// let source = Markov::random(Alphabet::dna(), 2, 1.7, 5)?;
    /// let bounds = source.as_machine().erasure_entropy_bits()?;
    /// assert!((bounds.value().unwrap() - source.erasure_entropy_bits()?).abs() < 1e-9);
    /// # Ok::<(), dissensus_source::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotUnifilar`]; [`Error::TooLarge`] if more than four million sets of candidates are
    /// met.
    pub fn erasure_entropy_bits(&self) -> Result<Bounds, Error> {
        if !self.unifilar {
            return Err(Error::NotUnifilar);
        }
        let mut futures = Futures {
            machine: self,
            known: HashMap::new(),
        };
        let mut total = Bounds::exact(0.0);
        for (s, &weight) in self
            .stationary
            .iter()
            .enumerate()
            .filter(|(_, w)| **w > 0.0)
        {
            let candidates = self
                .edges(s)
                .iter()
                .map(|e| (e.next, e.probability))
                .collect();
            let undecided = futures.merged(candidates, 0)?;
            total.low += weight * undecided.low;
            total.high += weight * undecided.high;
        }
        Ok(total)
    }
}

struct Futures<'a> {
    machine: &'a Machine,
    known: HashMap<Key, Bounds>,
}

impl Futures<'_> {
    /// Expected final entropy, times the mass, of candidates of which some may share a state.
    fn merged(&mut self, mut candidates: Vec<(u32, f64)>, depth: usize) -> Result<Bounds, Error> {
        candidates.sort_unstable_by_key(|c| c.0);
        let (mut groups, mut forever): (Vec<(u32, f64)>, f64) = (Vec::new(), 0.0);
        for group in candidates.chunk_by(|a, b| a.0 == b.0) {
            let weights: Vec<f64> = group.iter().map(|c| c.1).collect();
            let mass: f64 = weights.iter().sum();
            // The future cannot tell these apart, and the mean of their posterior mass is their
            // mass now.
            forever += mass * weighted_entropy_bits(&weights);
            groups.push((group[0].0, mass));
        }
        let apart = self.apart(groups, depth)?;
        Ok(Bounds {
            low: forever + apart.low,
            high: forever + apart.high,
        })
    }

    /// The same for candidates in different states.
    fn apart(&mut self, mut groups: Vec<(u32, f64)>, depth: usize) -> Result<Bounds, Error> {
        if groups.len() < 2 {
            return Ok(Bounds::exact(0.0));
        }
        let mass: f64 = groups.iter().map(|g| g.1).sum();
        groups.iter_mut().for_each(|g| g.1 /= mass);
        let key: Key = groups
            .iter()
            .map(|g| (g.0, (g.1 * (1u64 << 40) as f64).round() as u64))
            .collect();
        let unit = match self.known.get(&key) {
            Some(&known) => known,
            None => {
                let bounds = self.follow(&groups, depth)?;
                self.known.insert(key, bounds);
                bounds
            }
        };
        Ok(Bounds {
            low: mass * unit.low,
            high: mass * unit.high,
        })
    }

    fn follow(&mut self, groups: &[(u32, f64)], depth: usize) -> Result<Bounds, Error> {
        if depth == HORIZON {
            let weights: Vec<f64> = groups.iter().map(|g| g.1).collect();
            return Ok(Bounds {
                low: 0.0,
                high: weighted_entropy_bits(&weights),
            });
        }
        if self.known.len() > SETS {
            return Err(Error::TooLarge {
                what: "the erasure entropy of this source",
                needed: self.known.len() as f64,
                limit: SETS as f64,
            });
        }
        let mut after: Vec<(u8, u32, f64)> = Vec::new();
        for &(state, mass) in groups {
            after.extend(
                self.machine
                    .edges(state as usize)
                    .iter()
                    .map(|e| (e.symbol, e.next, mass * e.probability)),
            );
        }
        after.sort_by_key(|a| a.0);
        let mut sum = Bounds::exact(0.0);
        for same in after.chunk_by(|a, b| a.0 == b.0) {
            if same.len() > 1 {
                let below = self.merged(same.iter().map(|a| (a.1, a.2)).collect(), depth + 1)?;
                sum.low += below.low;
                sum.high += below.high;
            }
        }
        Ok(sum)
    }
}
