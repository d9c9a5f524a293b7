//! Sources made of sources.

use super::{Edge, Machine};
use crate::Error;

impl Machine {
    /// A mixture: each document comes whole from component `i` with probability `weights[i]`.
    ///
    /// Its entropy rate is the weighted mean of the components' (the choice costs nothing per
    /// symbol in the long run).
    ///
    /// ```
    /// use dissensus_source::{Alphabet, Iid, Machine, Source};
    /// let coin = Iid::uniform(Alphabet::new("01")?)?;
    /// let zeros = Iid::new(Alphabet::new("01")?, &[1.0, 0.0])?;
    /// let mixture =
    ///     Machine::mixture(&[0.5, 0.5], &[coin.machine().unwrap(), zeros.machine().unwrap()])?;
    /// assert_eq!(mixture.entropy_rate().value(), Some(0.5));
    /// // Ten zeros: half of 2^-10 plus half of 1.
    /// let p = mixture.log2_probability(&[0; 10])?.exp2();
    /// assert!((p - 0.5 * (1.0 + 1.0 / 1024.0)).abs() < 1e-12);
    /// # Ok::<(), dissensus_source::Error>(())
    /// ```
    ///
    /// # Errors
    /// Weights that are no distribution, one for each component; different alphabets; no component.
    pub fn mixture(weights: &[f64], components: &[&Machine]) -> Result<Self, Error> {
        let Some(first) = components
            .first()
            .filter(|_| weights.len() == components.len())
        else {
            return Err(Error::Size {
                what: "weights of a mixture",
                expected: components.len().max(1),
                found: weights.len(),
            });
        };
        crate::entropy::check_row("weights of a mixture", 0, weights)?;
        let (mut states, mut guess) = (Vec::new(), Vec::new());
        for (component, weight) in components.iter().zip(weights) {
            if component.alphabet != first.alphabet {
                return Err(Error::AlphabetMismatch {
                    expected: first.alphabet.letters().to_owned(),
                    found: component.alphabet.letters().to_owned(),
                });
            }
            let shift = states.len() as u32;
            let shifted = |e: &Edge| Edge {
                next: e.next + shift,
                ..*e
            };
            states.extend(
                (0..component.states()).map(|s| component.edges(s).iter().map(shifted).collect()),
            );
            guess.extend(component.stationary.iter().map(|p| weight * p));
        }
        Self::from_guess(first.alphabet.clone(), states, guess)
    }

    /// The source of the reverse complements of the documents of this one.
    ///
    /// Time reversal `P(s, x̄ | s') = π(s) P(x, s' | s) / π(s')`. It has the same entropy rate, but
    /// a unifilar source need not stay so.
    ///
    /// # Errors
    /// [`Error::NoComplement`] for an alphabet without complements.
    pub fn reverse_complement(&self) -> Result<Self, Error> {
        let mut states = vec![Vec::new(); self.states()];
        for s in 0..self.states() {
            for e in self.edges(s) {
                let symbol =
                    self.alphabet
                        .complement(e.symbol)
                        .ok_or_else(|| Error::NoComplement {
                            letters: self.alphabet.letters().to_owned(),
                        })?;
                let weight = self.stationary[s] * e.probability;
                states[e.next as usize].push(Edge {
                    symbol,
                    next: s as u32,
                    probability: weight,
                });
            }
        }
        for (s, edges) in states.iter_mut().enumerate() {
            let total: f64 = edges.iter().map(|e| e.probability).sum();
            edges.iter_mut().for_each(|e| e.probability /= total);
            if total <= 0.0 {
                // A state that is never entered: any edge will do.
                *edges = vec![Edge {
                    symbol: 0,
                    next: s as u32,
                    probability: 1.0,
                }];
            }
        }
        Self::from_guess(self.alphabet.clone(), states, self.stationary.clone())
    }

    /// The reverse-complement-symmetric version: each document is read from one strand or the
    /// other, with probability one half. A document and its reverse complement are equally
    /// probable.
    ///
    /// # Errors
    /// [`Error::NoComplement`] for an alphabet without complements.
    pub fn both_strands(&self) -> Result<Self, Error> {
        Self::mixture(&[0.5, 0.5], &[self, &self.reverse_complement()?])
    }
}
