//! Which positions the model has to guess.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{Batch, Error, Sizes};

/// A sequence with some of its tokens masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masked {
    /// What the model reads.
    pub ids: Vec<u32>,
    /// The positions it must guess, ascending.
    pub positions: Vec<usize>,
    /// What stood there.
    pub targets: Vec<u32>,
}

impl Masked {
    /// Some sequences side by side, and where in the batch their masked positions are, in their
    /// order.
    ///
    /// # Errors
    /// Those of [`Batch::new`].
    pub fn batch(masked: &[Self], sizes: &Sizes) -> Result<(Batch, Vec<usize>), Error> {
        let sequences: Vec<&[u32]> = masked.iter().map(|m| m.ids.as_slice()).collect();
        let batch = Batch::new(&sequences, sizes)?;
        let rows = masked.iter().enumerate();
        let positions = rows
            .flat_map(|(row, m)| m.positions.iter().map(move |&p| (row, p)))
            .map(|(row, position)| batch.flat(row, position))
            .collect();
        Ok((batch, positions))
    }
}

/// How tokens are masked: each maskable position independently with probability `rate`; a masked
/// token becomes the mask token with probability `to_mask`, a random token with probability
/// `to_random`, and else stays.
///
/// A sequence with maskable positions has at least one masked, so that short sequences count too.
///
/// ```
/// use dissensus_lm::Masking;
/// let masking = Masking::analysis(100, 4, &[0, 1, 2, 3, 4]);
/// let masked = masking.mask(&[2, 50, 51, 52, 3], 7, 0, 0)?;
/// assert!(masked.positions.iter().all(|&p| (1..4).contains(&p) && masked.ids[p] == 4));
/// assert_eq!(masked, masking.mask(&[2, 50, 51, 52, 3], 7, 0, 0)?);
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Masking {
    /// Size of the vocabulary, from which random tokens are drawn (specials included, as the
    /// published collator does).
    pub vocabulary: usize,
    /// The mask token.
    pub mask: u32,
    /// Tokens that are never masked.
    pub keep: Vec<u32>,
    /// Probability of masking a position.
    pub rate: f64,
    /// Of the masked, the fraction that becomes the mask token.
    pub to_mask: f64,
    /// Of the masked, the fraction that becomes a random token.
    pub to_random: f64,
}

impl Masking {
    /// 15 % of the positions; of these 80 % become the mask token, 10 % a random token, 10 % stay.
    #[must_use]
    pub fn training(vocabulary: usize, mask: u32, specials: &[u32]) -> Self {
        let keep = specials.to_vec();
        Self {
            vocabulary,
            mask,
            keep,
            rate: 0.15,
            to_mask: 0.8,
            to_random: 0.1,
        }
    }

    /// 10 % of the positions, all replaced by the mask token.
    #[must_use]
    pub fn analysis(vocabulary: usize, mask: u32, specials: &[u32]) -> Self {
        let keep = specials.to_vec();
        Self {
            vocabulary,
            mask,
            keep,
            rate: 0.1,
            to_mask: 1.0,
            to_random: 0.0,
        }
    }

    /// Masks the tokens given here too, as the analysis of "Entropy, Disagreement, and the Limits
    /// of Foundation Models in Genomics" does with `<CLS>` and `<UNK>`.
    #[must_use]
    pub fn also_masking(mut self, tokens: &[u32]) -> Self {
        self.keep.retain(|token| !tokens.contains(token));
        self
    }

    /// Checks the rates and the mask token.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn validate(&self) -> Result<(), Error> {
        let wrong = |field, value: String, expected: &str| {
            Err(Error::Config {
                path: None,
                field,
                value,
                expected: expected.to_string(),
            })
        };
        if self.mask as usize >= self.vocabulary {
            return wrong(
                "masking.mask",
                self.mask.to_string(),
                "below the vocabulary size",
            );
        }
        let rates = [
            ("masking.rate", self.rate),
            ("masking.to_mask", self.to_mask),
            ("masking.to_random", self.to_random),
            ("masking.to_mask + to_random", self.to_mask + self.to_random),
        ];
        match rates
            .into_iter()
            .find(|(_, rate)| !(0.0..=1.0 + 1e-12).contains(rate))
        {
            Some((field, rate)) => wrong(field, rate.to_string(), "a probability in [0, 1]"),
            None => Ok(()),
        }
    }

    /// Masks one sequence, the same way for equal `(seed, epoch, index)` whatever was masked
    /// before.
    ///
    /// # Errors
    /// [`Error::Config`], see [`Masking::validate`].
    pub fn mask(&self, ids: &[u32], seed: u64, epoch: u64, index: u64) -> Result<Masked, Error> {
        self.validate()?;
        Ok(self.mask_with(ids, &mut stream(seed, epoch, index)))
    }

    /// Masks a set of sequences, sequence `i` from stream `i` of the seed.
    ///
    /// # Errors
    /// [`Error::Config`], see [`Masking::validate`].
    pub fn mask_all<S: AsRef<[u32]>>(
        &self,
        sequences: &[S],
        seed: u64,
    ) -> Result<Vec<Masked>, Error> {
        let numbered = sequences.iter().zip(0..);
        numbered
            .map(|(ids, index)| self.mask(ids.as_ref(), seed, 0, index))
            .collect()
    }

    pub(crate) fn mask_with(&self, ids: &[u32], rng: &mut ChaCha8Rng) -> Masked {
        let maskable: Vec<usize> = (0..ids.len())
            .filter(|&p| !self.keep.contains(&ids[p]))
            .collect();
        let mut positions: Vec<usize> = maskable
            .iter()
            .copied()
            .filter(|_| rng.random_bool(self.rate))
            .collect();
        if positions.is_empty() && self.rate > 0.0 && !maskable.is_empty() {
            positions.push(maskable[rng.random_range(0..maskable.len())]);
        }
        let targets = positions.iter().map(|&p| ids[p]).collect();
        let mut ids = ids.to_vec();
        for &p in &positions {
            ids[p] = self.replacement(ids[p], rng);
        }
        Masked {
            ids,
            positions,
            targets,
        }
    }

    fn replacement(&self, id: u32, rng: &mut ChaCha8Rng) -> u32 {
        let draw: f64 = rng.random();
        if draw < self.to_mask {
            self.mask
        } else if draw < self.to_mask + self.to_random {
            rng.random_range(0..self.vocabulary as u32)
        } else {
            id
        }
    }
}

/// The random stream of one sequence in one epoch.
pub(crate) fn stream(seed: u64, epoch: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ epoch.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    rng.set_stream(index);
    rng
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECIALS: [u32; 5] = [0, 1, 2, 3, 4];

    fn sequence() -> Vec<u32> {
        let body = (0..100_000).map(|i| 5 + i % 995);
        [2].into_iter().chain(body).chain([3]).collect()
    }

    #[test]
    fn training_hides_fifteen_percent_in_the_published_proportions() {
        let ids = sequence();
        let masked = Masking::training(1000, 4, &SPECIALS)
            .mask(&ids, 1, 0, 0)
            .unwrap();
        let count = masked.positions.len() as f64;
        let fraction = |f: &dyn Fn(u32, u32) -> bool| {
            let pairs = masked.positions.iter().zip(&masked.targets);
            pairs.filter(|&(&p, &t)| f(masked.ids[p], t)).count() as f64 / count
        };
        assert!((count / 1e5 - 0.15).abs() < 0.005, "{count}");
        assert!((fraction(&|now, _| now == 4) - 0.8).abs() < 0.01);
        assert!((fraction(&|now, was| now == was) - 0.1).abs() < 0.01);
    }

    #[test]
    fn positions_not_listed_are_untouched_and_specials_never_listed() {
        let ids = sequence();
        let masked = Masking::training(1000, 4, &SPECIALS)
            .mask(&ids, 1, 0, 0)
            .unwrap();
        for (p, &id) in ids.iter().enumerate() {
            match masked.positions.binary_search(&p) {
                Ok(at) => assert!(masked.targets[at] == id && id > 4),
                Err(_) => assert_eq!(masked.ids[p], id),
            }
        }
    }

    #[test]
    fn epochs_and_sequences_have_their_own_masks() {
        let masking = Masking::training(1000, 4, &SPECIALS);
        let ids: Vec<u32> = (5..305).collect();
        let first = masking.mask(&ids, 1, 0, 0).unwrap();
        assert_eq!(first, masking.mask(&ids, 1, 0, 0).unwrap());
        for (seed, epoch, index) in [(2, 0, 0), (1, 1, 0), (1, 0, 1)] {
            assert_ne!(first, masking.mask(&ids, seed, epoch, index).unwrap());
        }
    }

    #[test]
    fn a_short_sequence_has_one_token_masked() {
        let masking = Masking::analysis(1000, 4, &SPECIALS);
        for index in 0..50 {
            assert_eq!(
                masking.mask(&[2, 9, 3], 1, 0, index).unwrap().positions,
                [1]
            );
        }
        assert!(masking.mask(&[2, 3], 1, 0, 0).unwrap().positions.is_empty());
    }

    #[test]
    fn as_published_the_analysis_hides_cls_and_unk_too() {
        let masking = Masking::analysis(1000, 4, &SPECIALS).also_masking(&[2, 0]);
        let masked = masking.mask(&vec![2; 2000], 1, 0, 0).unwrap();
        assert!((masked.positions.len() as f64 / 2000.0 - 0.1).abs() < 0.03);
        assert!(
            masking
                .mask(&[1, 3, 4], 1, 0, 0)
                .unwrap()
                .positions
                .is_empty()
        );
    }

    #[test]
    fn a_mask_token_outside_the_vocabulary_is_refused() {
        let error = Masking::analysis(4, 4, &[])
            .mask(&[1], 0, 0, 0)
            .unwrap_err();
        assert!(error.to_string().contains("masking.mask"), "{error}");
    }
}
