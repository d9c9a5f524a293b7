//! Predictions of tokens, summed to the letters of any alphabet.

use crate::{Distribution, Error};

/// The letters that each token of a vocabulary stands for, so that tokenizers compare letter by
/// letter.
///
/// A prediction at a masked token says, for offset j of the token, P(letter = a at j) = Σ of p(v)
/// over the tokens v with v_j = a, divided by the same sum over all tokens that have a letter of
/// the alphabet at j. The alphabet is any: A, C, G, T with or without N, or the characters of text.
///
/// Tokens that straddle: a predicted token may be shorter or longer than the true one. Shorter
/// tokens say nothing of the offsets they do not reach, and are left out there by the division. The
/// part of a longer token beyond the end of the true one covers letters that the model sees, so
/// that only the offsets of the true token are asked for. Special tokens, and letters outside the
/// alphabet, say nothing of any letter.
///
/// The marginals of one token are not independent: their negative log-likelihoods add up to that of
/// the token only where the model treats the letters as independent.
///
/// ```
/// use dissensus_divergence::LetterMap;
///
/// let map = LetterMap::new("ehot", ["the", "to", "he", ""])?; // the last is a special token
/// let flat = [0.0; 4];
/// let found = map.expand(&[&flat], &[0])?; // the true token is "the"
/// assert_eq!(found.targets, [3, 1, 0]);
/// assert_eq!(found.places, [(0, 0), (0, 1), (0, 2)]);
/// // The first letter is t in two of three tokens; the third is e in the only token that has one.
/// assert!((found.probabilities[0][3] - 2.0 / 3.0).abs() < 1e-6);
/// assert_eq!(found.probabilities[0][8..], [1.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterMap {
    letters: Vec<char>,
    /// By token the index of each letter; `None` outside the alphabet.
    tokens: Vec<Vec<Option<u32>>>,
    /// Letters of the longest token.
    longest: usize,
}

/// Letter by letter what an ensemble predicts: the input of an
/// [`EnsembleDivergence`](crate::EnsembleDivergence) whose vocabulary is the alphabet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LetterBatch {
    /// For each member the probabilities of all letters, place after place; 0 where one is below
    /// the smallest `f32`.
    pub probabilities: Vec<Vec<f32>>,
    /// The true letters, as indices into the alphabet.
    pub targets: Vec<u32>,
    /// Where each stands: which target token, and how many letters into it.
    pub places: Vec<(usize, usize)>,
}

impl LetterMap {
    /// From an alphabet and the letters of every token in the order of their ids; empty for special
    /// tokens.
    ///
    /// # Errors
    /// An empty alphabet, or one with a letter twice.
    pub fn new<S: AsRef<str>>(
        letters: &str,
        tokens: impl IntoIterator<Item = S>,
    ) -> Result<Self, Error> {
        let letters: Vec<char> = letters.chars().collect();
        let mut different = letters.clone();
        different.sort_unstable();
        different.dedup();
        if letters.is_empty() || different.len() < letters.len() {
            return Err(Error::Parameter {
                name: "number of different letters",
                expected: "an alphabet of one or more, each once",
                value: different.len() as f64,
            });
        }
        let index = |c: char| letters.iter().position(|&a| a == c).map(|i| i as u32);
        let of_token = |token: S| token.as_ref().chars().map(index).collect();
        let tokens: Vec<Vec<Option<u32>>> = tokens.into_iter().map(of_token).collect();
        let longest = tokens.iter().map(Vec::len).max().unwrap_or(0);
        Ok(Self {
            letters,
            tokens,
            longest,
        })
    }

    /// The alphabet.
    #[must_use]
    pub fn letters(&self) -> &[char] {
        &self.letters
    }

    /// How many tokens the vocabulary has.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.tokens.len()
    }

    /// The index of each letter of a token, `None` outside the alphabet; nothing for special tokens
    /// and beyond the vocabulary.
    pub fn token(&self, id: u32) -> &[Option<u32>] {
        self.tokens.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// The distributions of the letters at offsets 0 to `length` of one prediction, row-major; flat
    /// where no token reaches.
    ///
    /// # Errors
    /// A distribution over another number of tokens, a length above that of the longest token.
    ///
    /// ```
    /// use dissensus_divergence::{Distribution, LetterMap};
    ///
    /// let map = LetterMap::new("ACGT", ["AC", "AG", "T", ""])?; // the last is a special token
    /// let p = Distribution::new(&[0.5, 0.25, 0.25, 0.0])?;
    /// let bases = map.marginals(&p, 2)?;
    /// assert_eq!(bases[..4], [0.75, 0.0, 0.0, 0.25]); // A, or T
    /// // C or G, if there is a second base
    /// assert_eq!(bases[4..], [0.0, 2.0 / 3.0, 1.0 / 3.0, 0.0]);
    /// # Ok::<(), dissensus_divergence::Error>(())
    /// ```
    pub fn marginals<T: crate::Real>(
        &self,
        p: &Distribution<'_, T>,
        length: usize,
    ) -> Result<Vec<f64>, Error> {
        crate::error::same_length("probabilities of tokens", self.vocabulary(), p.len())?;
        if length > self.longest {
            return Err(Error::Parameter {
                name: "number of letters",
                expected: "at most those of the longest token",
                value: length as f64,
            });
        }
        let size = self.letters.len();
        let mut sums = vec![0.0; length * size];
        for (token, p) in self.tokens.iter().zip(p.iter()) {
            for (row, letter) in sums.chunks_mut(size).zip(token) {
                if let Some(letter) = letter {
                    row[*letter as usize] += p;
                }
            }
        }
        for row in sums.chunks_mut(size) {
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| {
                *p = if total > 0.0 {
                    *p / total
                } else {
                    1.0 / size as f64
                }
            });
        }
        Ok(sums)
    }

    /// What an ensemble predicts for every letter of every target: logits as for
    /// [`EnsembleDivergence::push`](crate::EnsembleDivergence::push).
    ///
    /// Letters outside the alphabet, and targets without letters, are left out.
    ///
    /// # Errors
    /// Numbers of logits or targets that do not fit; a row that is no distribution.
    pub fn expand(&self, logits: &[&[f32]], targets: &[u32]) -> Result<LetterBatch, Error> {
        let (v, size) = (self.vocabulary(), self.letters.len());
        let mut batch = self.truth(targets)?;
        for (member, rows) in logits.iter().enumerate() {
            crate::error::same_length("logits of a member", v * targets.len(), rows.len())?;
            let mut out = Vec::with_capacity(batch.targets.len() * size);
            for (position, &target) in targets.iter().enumerate() {
                let truth = &self.tokens[target as usize];
                let p = Distribution::from_logits(&rows[position * v..(position + 1) * v])
                    .map_err(|error| error.in_row(member, position))?;
                let marginals = self.marginals(&p, truth.len())?;
                let known = marginals
                    .chunks(size)
                    .zip(truth)
                    .filter(|(_, x)| x.is_some());
                out.extend(known.flat_map(|(row, _)| row).map(|&p| p as f32));
            }
            batch.probabilities.push(out);
        }
        Ok(batch)
    }

    /// A batch without predictions yet.
    fn truth(&self, targets: &[u32]) -> Result<LetterBatch, Error> {
        let mut batch = LetterBatch::default();
        let vocabulary = self.vocabulary();
        for (position, &token) in targets.iter().enumerate() {
            let letters = self.tokens.get(token as usize).ok_or(Error::Target {
                position,
                token,
                vocabulary,
            })?;
            for (offset, letter) in letters.iter().enumerate() {
                if let Some(letter) = letter {
                    batch.targets.push(*letter);
                    batch.places.push((position, offset));
                }
            }
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EnsembleDivergence, Settings};

    #[test]
    fn letters_outside_the_alphabet_and_special_tokens_are_left_out() {
        let map = LetterMap::new("ACGT", ["ANT", "N", "", "CCC"]).unwrap();
        let row = [0.0, 1.0, 2.0, 0.5];
        let batch = map.expand(&[&row.repeat(3)], &[0, 1, 2]).unwrap();
        assert_eq!(batch.targets, [0, 3]);
        assert_eq!(batch.places, [(0, 0), (0, 2)]);
        // A of the first token against C of the last, 1 to √e, whatever the others weigh.
        let share = 1.0 / (1.0 + 0.5_f32.exp());
        assert!((batch.probabilities[0][0] - share).abs() < 1e-6);
        assert_eq!(batch.probabilities[0].len(), 8);
    }

    #[test]
    fn a_vocabulary_of_single_letters_is_its_own_marginal() {
        let map = LetterMap::new("ACGT", ["A", "C", "G", "T"]).unwrap();
        let logits = [0.3, -1.0, 2.0, 0.1, 1.0, 1.0, 0.0, -3.0];
        let batch = map.expand(&[&logits], &[2, 0]).unwrap();
        let mut by_token = EnsembleDivergence::new(Settings::new(1, 4)).unwrap();
        let mut by_letter = by_token.clone();
        by_token.push(&[&logits], &[2, 0]).unwrap();
        by_letter
            .push_probabilities(&[&batch.probabilities[0]], &batch.targets)
            .unwrap();
        let (a, b) = (by_token.finish().unwrap(), by_letter.finish().unwrap());
        assert!((a.members[0].nll_bits - b.members[0].nll_bits).abs() < 1e-6);
        assert!((a.members[0].entropy_bits - b.members[0].entropy_bits).abs() < 1e-6);
    }

    #[test]
    fn offsets_that_no_token_reaches_are_flat_and_those_beyond_every_token_refused() {
        let map = LetterMap::new("AC", ["A", "CAN"]).unwrap();
        let p = Distribution::new(&[1.0, 0.0]).unwrap();
        let found = map.marginals(&p, 3).unwrap();
        assert_eq!(found, [1.0, 0.0, 0.5, 0.5, 0.5, 0.5]);
        for length in [4, usize::MAX] {
            let refused = map.marginals(&p, length);
            assert!(matches!(refused, Err(Error::Parameter { .. })), "{length}");
        }
    }

    #[test]
    fn with_n_as_a_letter_every_base_counts() {
        let letters = LetterMap::new("ACGTN", ["AN", "N"]).unwrap();
        let found = letters.expand(&[&[0.0, 0.0]], &[0]).unwrap();
        assert_eq!(found.targets, [0, 4]);
        assert_eq!(found.probabilities[0][..5], [0.5, 0.0, 0.0, 0.0, 0.5]);
        assert_eq!(found.probabilities[0][5..], [0.0, 0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn alphabet_and_tokens_are_told_as_they_were_given() {
        let map = LetterMap::new("TAC", ["CAT", "", "N"]).unwrap();
        assert_eq!((map.letters(), map.vocabulary()), (&['T', 'A', 'C'][..], 3));
        assert_eq!(map.token(0), [Some(2), Some(1), Some(0)]);
        assert_eq!((map.token(1), map.token(2)), (&[][..], &[None][..]));
        assert!(map.token(3).is_empty() && map.token(u32::MAX).is_empty());
    }

    #[test]
    fn a_letter_given_twice_is_refused() {
        assert!(LetterMap::new("ABA", ["A"]).is_err());
        assert!(LetterMap::new("", ["A"]).is_err());
    }
}
