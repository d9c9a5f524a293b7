//! Estimating an order-k source from data.

use super::{Markov, contexts};
use crate::{Alphabet, Error};

/// Counts that `f64` tells apart.
const MOST: u64 = 1 << 53;

/// Counts of `k + 1` successive symbols, from which a [`Markov`] source is estimated.
///
/// A stream of sequences is counted one at a time; counts of shards add up by
/// [`MarkovCounts::merge`].
///
/// ```
/// use dissensus_source::{Alphabet, MarkovCounts, Source};
/// let mut counts = MarkovCounts::new(Alphabet::dna(), 1)?;
/// counts.push("ACACACACA");
/// let source = counts.estimate(0.0)?;
/// assert_eq!(source.table()[0 * 4 + 1], 1.0); // C always follows A
/// assert!(source.entropy_rate().high < 1e-12);
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MarkovCounts {
    alphabet: Alphabet,
    order: usize,
    counts: Vec<u64>,
}

impl MarkovCounts {
    /// No counts yet.
    ///
    /// # Errors
    /// More than `2^24` entries.
    pub fn new(alphabet: Alphabet, order: usize) -> Result<Self, Error> {
        let counts = vec![0; contexts(alphabet.size(), order)? * alphabet.size()];
        Ok(Self {
            alphabet,
            order,
            counts,
        })
    }

    /// Counts a text. A letter outside the alphabet (such as N) interrupts the context and is not
    /// counted.
    pub fn push(&mut self, text: &str) {
        let (size, mut known, mut context) = (self.alphabet.size(), 0, 0);
        for byte in text.bytes() {
            let Some(symbol) = self.alphabet.symbol(byte) else {
                known = 0;
                continue;
            };
            context = (context * size + symbol as usize) % self.counts.len();
            known += 1;
            if known > self.order {
                self.counts[context] += 1;
            }
        }
    }

    /// Adds the counts of another shard.
    ///
    /// # Errors
    /// A different alphabet or order, more than 2^53 symbols in all; then nothing is added.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.alphabet != other.alphabet {
            return Err(Error::AlphabetMismatch {
                expected: self.alphabet.letters().to_owned(),
                found: other.alphabet.letters().to_owned(),
            });
        }
        if self.order != other.order {
            return Err(Error::Parameter {
                name: "order of the merged counts",
                value: other.order as f64,
                expected: "the same order",
            });
        }
        let total = |counts: &[u64]| counts.iter().sum::<u64>();
        // Neither sum is above 2^53, so that both together do not wrap.
        let needed = total(&self.counts) + total(&other.counts);
        if needed > MOST {
            return Err(Error::Parameter {
                name: "number of merged counts",
                value: needed as f64,
                expected: "at most 2^53",
            });
        }
        self.counts
            .iter_mut()
            .zip(&other.counts)
            .for_each(|(a, b)| *a += b);
        Ok(())
    }

    /// The source with `P(x | c) = (n(c x) + pseudocount) / (n(c) + |A| pseudocount)`.
    ///
    /// A context that was never seen gets the uniform distribution.
    ///
    /// # Errors
    /// A negative pseudocount; a chain whose stationary distribution is not found.
    pub fn estimate(&self, pseudocount: f64) -> Result<Markov, Error> {
        let size = self.alphabet.size();
        if !(pseudocount >= 0.0 && (size as f64 * pseudocount).is_finite()) {
            return Err(Error::Parameter {
                name: "pseudocount",
                value: pseudocount,
                expected: "a non-negative number that is finite times the letters",
            });
        }
        let mut table = Vec::with_capacity(self.counts.len());
        for row in self.counts.chunks(size) {
            let total = row.iter().sum::<u64>() as f64 + size as f64 * pseudocount;
            let estimate = |&n: &u64| {
                if total > 0.0 {
                    (n as f64 + pseudocount) / total
                } else {
                    1.0 / size as f64
                }
            };
            table.extend(row.iter().map(estimate));
        }
        Markov::new(self.alphabet.clone(), self.order, &table)
    }
}
