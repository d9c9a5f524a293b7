//! Predictions of tokens, summed to bases.

use crate::Error;

/// The bases in the order of every marginal.
pub const BASES: [char; 4] = ['A', 'C', 'G', 'T'];

/// The bases that each token of a vocabulary stands for, so that tokenizers compare base by base.
///
/// A prediction at a masked token says, for offset j of the token, P(base = b at j) = Σ of p(v) over the tokens v with v_j = b,
/// divided by the same sum over all tokens that reach offset j with A, C, G or T.
///
/// Tokens that straddle: a predicted token may be shorter or longer than the true one. Shorter tokens say nothing of the
/// offsets they do not reach, and are left out there by the division; [`BaseMarginal::reach`] tells how much mass is left.
/// The part of a longer token beyond the end of the true one covers bases that the model sees, so that only the offsets
/// of the true token are asked for. N and special tokens say nothing of any base.
///
/// The marginals of one token are not independent: their negative log-likelihoods add up to that of the token only where
/// the model treats the bases as independent.
///
/// ```
/// use dissensus_divergence::{BaseMap, Distribution};
///
/// let map = BaseMap::new([Some("AC"), Some("AG"), Some("T"), None])?; // the last is a special token
/// let p = Distribution::new(&[0.5, 0.25, 0.25, 0.0])?;
/// let bases = map.marginals(p.probabilities(), 2)?;
/// assert_eq!(bases[0].probabilities, [0.75, 0.0, 0.0, 0.25]); // A, or T
/// assert_eq!(bases[1].probabilities, [0.0, 2.0 / 3.0, 1.0 / 3.0, 0.0]); // C or G, if there is a second base
/// assert_eq!(bases[1].reach, 0.75);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseMap {
    /// By token the index of each base, or [`UNKNOWN`].
    tokens: Vec<Vec<u8>>,
}

/// An N.
const UNKNOWN: u8 = 4;

/// The distribution of one base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaseMarginal {
    /// Of A, C, G and T; all ¼ where no token reaches the offset.
    pub probabilities: [f64; 4],
    /// The mass of the tokens that reach the offset.
    pub reach: f64,
}

/// Base by base what an ensemble predicts: the input of an [`Ensemble`](crate::Ensemble) with a vocabulary of four.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BaseBatch {
    /// For each member the probabilities of A, C, G and T, base after base.
    pub probabilities: Vec<Vec<f32>>,
    /// The true bases, as indices of [`BASES`].
    pub targets: Vec<u32>,
}

impl BaseMap {
    /// From the bases of every token in the order of their ids; `None` (or an empty string) for special tokens.
    ///
    /// # Errors
    /// A token with a character other than A, C, G, T and N.
    pub fn new<S: AsRef<str>>(tokens: impl IntoIterator<Item = Option<S>>) -> Result<Self, Error> {
        let of_token = |(token, bases): (usize, Option<S>)| match bases {
            Some(bases) => bases
                .as_ref()
                .chars()
                .enumerate()
                .map(|(offset, base)| index(token, offset, base))
                .collect(),
            None => Ok(Vec::new()),
        };
        Ok(Self {
            tokens: tokens
                .into_iter()
                .enumerate()
                .map(of_token)
                .collect::<Result<_, Error>>()?,
        })
    }

    /// How many tokens the vocabulary has.
    pub fn vocabulary(&self) -> usize {
        self.tokens.len()
    }

    /// How many bases a token covers; 0 for special tokens and for ids beyond the vocabulary.
    pub fn length(&self, token: u32) -> usize {
        self.tokens.get(token as usize).map_or(0, Vec::len)
    }

    /// The distributions of the bases at offsets 0 to `length` of one prediction.
    ///
    /// # Errors
    /// A number of probabilities other than the vocabulary.
    pub fn marginals<T: crate::Real>(
        &self,
        probabilities: &[T],
        length: usize,
    ) -> Result<Vec<BaseMarginal>, Error> {
        crate::error::same_length(
            "probabilities of tokens",
            self.vocabulary(),
            probabilities.len(),
        )?;
        let mut sums = vec![[0.0; 5]; length];
        for (bases, &p) in self.tokens.iter().zip(probabilities) {
            for (sum, &base) in sums.iter_mut().zip(bases) {
                sum[base as usize] += p.into();
            }
        }
        Ok(sums.into_iter().map(BaseMarginal::new).collect())
    }

    /// What an ensemble predicts for every base of every target: logits as for [`Ensemble::push`](crate::Ensemble::push).
    ///
    /// Bases that are N, and targets without bases, are left out. Push the result with
    /// [`Ensemble::push_probabilities`](crate::Ensemble::push_probabilities) to an ensemble of vocabulary 4: its means are then per base.
    ///
    /// # Errors
    /// Numbers of logits or targets that do not fit; a row that is no distribution.
    ///
    /// ```
    /// use dissensus_divergence::{BaseMap, Ensemble, Settings};
    ///
    /// let map = BaseMap::new(["AC", "AG", "T"].map(Some))?;
    /// let flat = [0.0; 3];
    /// let bases = map.expand(&[&flat, &flat], &[0])?;
    /// assert_eq!(bases.targets, [0, 1]); // the true token is AC
    ///
    /// let mut ensemble = Ensemble::new(Settings::new(2, 4))?;
    /// let rows: Vec<&[f32]> = bases.probabilities.iter().map(Vec::as_slice).collect();
    /// ensemble.push_probabilities(&rows, &bases.targets)?;
    /// let bits_per_base = ensemble.finish().members[0].nll_bits;
    /// assert!((bits_per_base - (1.5_f64.log2() + 1.0) / 2.0).abs() < 1e-6); // A of 2/3, then C of 1/2
    /// # Ok::<(), dissensus_divergence::Error>(())
    /// ```
    pub fn expand(&self, logits: &[&[f32]], targets: &[u32]) -> Result<BaseBatch, Error> {
        let v = self.vocabulary();
        let mut batch = BaseBatch {
            probabilities: vec![Vec::new(); logits.len()],
            targets: self.true_bases(targets)?,
        };
        for (member, (rows, out)) in logits.iter().zip(&mut batch.probabilities).enumerate() {
            crate::error::same_length("logits of a member", v * targets.len(), rows.len())?;
            for (position, &target) in targets.iter().enumerate() {
                let row = &rows[position * v..(position + 1) * v];
                self.expand_row(row, target, out)
                    .map_err(|error| error.in_row(member, position))?;
            }
        }
        Ok(batch)
    }

    fn expand_row(&self, logits: &[f32], target: u32, out: &mut Vec<f32>) -> Result<(), Error> {
        let p = crate::Distribution::from_logits(logits)?;
        let truth = &self.tokens[target as usize];
        let marginals = self.marginals(p.probabilities(), truth.len())?;
        let known = marginals
            .iter()
            .zip(truth)
            .filter(|(_, base)| **base != UNKNOWN);
        out.extend(known.flat_map(|(marginal, _)| marginal.probabilities.map(|p| p as f32)));
        Ok(())
    }

    fn true_bases(&self, targets: &[u32]) -> Result<Vec<u32>, Error> {
        let mut bases = Vec::new();
        for (position, &token) in targets.iter().enumerate() {
            let vocabulary = self.vocabulary();
            let of_token = self.tokens.get(token as usize).ok_or(Error::Target {
                position,
                token,
                vocabulary,
            })?;
            bases.extend(
                of_token
                    .iter()
                    .filter(|base| **base != UNKNOWN)
                    .map(|&base| u32::from(base)),
            );
        }
        Ok(bases)
    }
}

impl BaseMarginal {
    /// From the mass of each base and of N.
    fn new(sums: [f64; 5]) -> Self {
        let reach: f64 = sums[..4].iter().sum();
        let share = |base: usize| {
            if reach > 0.0 {
                sums[base] / reach
            } else {
                0.25
            }
        };
        Self {
            probabilities: [share(0), share(1), share(2), share(3)],
            reach,
        }
    }
}

fn index(token: usize, offset: usize, base: char) -> Result<u8, Error> {
    match base {
        'A' => Ok(0),
        'C' => Ok(1),
        'G' => Ok(2),
        'T' => Ok(3),
        'N' => Ok(UNKNOWN),
        found => Err(Error::Base {
            token,
            offset,
            found,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ensemble, Settings};

    #[test]
    fn unknown_bases_are_left_out() {
        let map = BaseMap::new([Some("ANT"), Some("N"), None, Some("CCC")]).unwrap();
        let row = [0.0, 1.0, 2.0, 0.5];
        let batch = map.expand(&[&row.repeat(3)], &[0, 1, 2]).unwrap();
        assert_eq!(batch.targets, [0, 3]);
        assert_eq!(batch.probabilities[0].len(), 8);
    }

    #[test]
    fn a_vocabulary_of_single_bases_is_its_own_marginal() {
        let map = BaseMap::new(["A", "C", "G", "T"].map(Some)).unwrap();
        let logits = [0.3, -1.0, 2.0, 0.1, 1.0, 1.0, 0.0, -3.0];
        let batch = map.expand(&[&logits], &[2, 0]).unwrap();
        let mut by_token = Ensemble::new(Settings::new(1, 4)).unwrap();
        let mut by_base = by_token.clone();
        by_token.push(&[&logits], &[2, 0]).unwrap();
        by_base
            .push_probabilities(&[&batch.probabilities[0]], &batch.targets)
            .unwrap();
        let (a, b) = (by_token.finish(), by_base.finish());
        assert!((a.members[0].nll_bits - b.members[0].nll_bits).abs() < 1e-6);
        assert!((a.members[0].entropy_bits - b.members[0].entropy_bits).abs() < 1e-6);
    }

    #[test]
    fn other_characters_are_refused() {
        let error = BaseMap::new([Some("AC"), Some("AR")]).unwrap_err();
        assert_eq!(
            error,
            Error::Base {
                token: 1,
                offset: 1,
                found: 'R'
            }
        );
    }
}
