//! Reverse-complement-symmetric versions.

use super::Markov;
use crate::{Error, Machine, Source};

impl Markov {
    /// The source of the same order whose words have the mean of the old probabilities of a word
    /// and of its reverse complement, so that both strands look alike.
    ///
    /// `p'(w) = (p(w) + p(rc(w))) / 2` for words of `k + 1` letters is again the law of a
    /// stationary chain. The entropy rate is at least the old one (concavity of the conditional
    /// entropy).
    ///
    /// # Errors
    /// [`Error::NoComplement`] for an alphabet without complements.
    pub fn reverse_complement_symmetric(&self) -> Result<Self, Error> {
        let alphabet = self.alphabet();
        let size = alphabet.size();
        let complement: Option<Vec<usize>> = (0..size)
            .map(|x| alphabet.complement(x as u8).map(usize::from))
            .collect();
        let complement = complement.ok_or_else(|| Error::NoComplement {
            letters: alphabet.letters().to_owned(),
        })?;
        let word = |w: usize| self.machine.stationary()[w / size] * self.table[w];
        let reverse = |mut w: usize| {
            (0..=self.order).fold(0, |code, _| {
                let last = w % size;
                w /= size;
                code * size + complement[last]
            })
        };
        let mean: Vec<f64> = (0..self.table.len())
            .map(|w| 0.5 * (word(w) + word(reverse(w))))
            .collect();
        let mut table = Vec::with_capacity(mean.len());
        for row in mean.chunks(size) {
            let total: f64 = row.iter().sum();
            table.extend(row.iter().map(|p| {
                if total > 0.0 {
                    p / total
                } else {
                    1.0 / size as f64
                }
            }));
        }
        Self::new(alphabet.clone(), self.order, &table)
    }

    /// Its finite-state form, one state a context.
    #[must_use]
    pub fn as_machine(&self) -> &Machine {
        &self.machine
    }
}
