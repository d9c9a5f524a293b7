//! The Fisher information of one model on masked sequences.

use std::ops::Range;
use std::sync::Arc;

use dissensus_bert::{Encoder, Masked, MaskedLanguageModel, MaskedLm, Pass};
use dissensus_fisher::{
    Diagonal, Fast, Forward, General, GroupSums, Labels, Passed, Sample, Terms, Tie, Tokens,
    log_likelihoods,
};
use dissensus_layers::{Tap, is_fused};

use crate::Error;

/// How the diagonal Fisher information of a masked-language model is taken, dropout off.
///
/// Where the model's operations are fused ([`is_fused`]) the fast route takes it, at about the price of a backward pass a
/// batch; elsewhere the general one, one backward pass an example. A tied table is taken apart into its two sides.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Config, MaskedLm, Masking};
/// use dissensus_fisher::Figure;
/// use dissensus_measure::Information;
/// let config = Config::preset("no_transformer")?.with_vocabulary(20, 1);
/// let model = MaskedLm::new(&config, 7, &Device::flex().autodiff())?;
/// let masked = Masking::analysis(20, 4, &[0, 1, 2, 3, 4]).mask_all(&[[7, 8, 9], [8, 9, 9]], 1)?;
/// let sums = Information::default().group_sums(&model, &masked)?;
/// assert_eq!(sums.counts.examples, 2);
/// let shares = sums.shares(Figure::Three)?;
/// assert!((shares.iter().map(|s| s.share).sum::<f64>() - 1.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Information {
    /// What one example is.
    pub sample: Sample,
    /// Whose labels.
    pub labels: Labels,
    /// How tokens become examples under [`Sample::Token`]; the general route takes them exactly.
    pub tokens: Tokens,
    /// Sequences of one pass; it changes nothing beyond rounding.
    pub batch: usize,
}

impl Default for Information {
    /// The empirical Fisher information, one sequence an example.
    fn default() -> Self {
        Self {
            sample: Sample::Sequence,
            labels: Labels::Observed,
            tokens: Tokens::Exact,
            batch: 8,
        }
    }
}

impl Information {
    /// Sums by what the parameters do.
    ///
    /// # Errors
    /// [`Error::Fisher`] if a likelihood or gradient is not finite (it names the sequence), if a sequence does not fit the
    /// model, or if the model is not on a device with autodiff.
    pub fn group_sums(&self, model: &MaskedLm, masked: &[Masked]) -> Result<GroupSums, Error> {
        let mut sums = GroupSums::new(self.sample, self.labels);
        if is_fused(&model.device()) {
            self.fast(model, masked, Some(&mut sums), None)?;
        } else {
            self.general(model, masked, &mut sums)?;
        }
        Ok(sums)
    }

    /// One number a parameter.
    ///
    /// # Errors
    /// As [`Information::group_sums`].
    pub fn diagonal(&self, model: &MaskedLm, masked: &[Masked]) -> Result<Diagonal, Error> {
        let mut diagonal = Diagonal::new(self.sample, self.labels);
        if is_fused(&model.device()) {
            self.fast(model, masked, None, Some(&mut diagonal))?;
        } else {
            self.general(model, masked, &mut diagonal)?;
        }
        Ok(diagonal)
    }

    fn fast(
        &self,
        model: &MaskedLm,
        masked: &[Masked],
        sums: Option<&mut GroupSums>,
        diagonal: Option<&mut Diagonal>,
    ) -> Result<(), Error> {
        let mut route = Fast::new(self.sample, self.labels)
            .tokens(self.tokens)
            .batch(self.batch);
        if model.config().tie_word_embeddings {
            route = route.tied(Tie::default());
        }
        let forward = |range: Range<u64>, tap: Arc<dyn Tap>| -> Passed {
            let masked = &masked[range.start as usize..range.end as usize];
            Ok(forward(model, masked, &Pass::default().with_tap(tap))?)
        };
        Ok(route.run(0..masked.len() as u64, forward, sums, diagonal)?)
    }

    fn general<A: dissensus_fisher::Accumulate>(
        &self,
        model: &MaskedLm,
        masked: &[Masked],
        into: &mut A,
    ) -> Result<(), Error> {
        let tied = model.config().tie_word_embeddings;
        let model = model.clone().untied();
        let mut route = General::new(&model, self.sample);
        if tied {
            route = route.tied(Tie::default());
        }
        let terms = |model: &MaskedLm, index: u64| -> Terms {
            let one = std::slice::from_ref(&masked[index as usize]);
            match forward(model, one, &Pass::default())? {
                None => Ok(None),
                Some(Forward {
                    logits, targets, ..
                }) => Ok(Some(log_likelihoods(logits, &targets, self.labels, index)?)),
            }
        };
        Ok(route.run(0..masked.len() as u64, terms, into)?)
    }
}

/// The logits at the masked tokens of some sequences; none where nothing is masked.
fn forward(
    model: &MaskedLm,
    masked: &[Masked],
    pass: &Pass,
) -> Result<Option<Forward>, dissensus_lm::Error> {
    let logits = model.logits_at_masked(masked, pass)?;
    Ok(logits.map(|logits| Forward {
        logits,
        targets: masked.iter().flat_map(|m| m.targets.clone()).collect(),
        tokens: masked.iter().map(|m| m.positions.len()).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use dissensus_bert::{Config, Masking};

    #[test]
    fn both_routes_take_the_same_information() -> Result<(), Box<dyn std::error::Error>> {
        let mut config = Config::preset("no_transformer")?.with_vocabulary(30, 1);
        for tied in [true, false] {
            config.tie_word_embeddings = tied;
            let model = MaskedLm::new(&config, 7, &Device::flex().autodiff())?;
            let ids: Vec<Vec<u32>> = (5..9).map(|at| (at..at + 9).collect()).collect();
            let masked = Masking::analysis(30, 4, &[0, 1, 2, 3, 4]).mask_all(&ids, 1)?;
            for sample in [Sample::Sequence, Sample::Token] {
                let how = Information {
                    sample,
                    batch: 3,
                    ..Information::default()
                };
                let fast = how.group_sums(&model, &masked)?;
                let mut general = GroupSums::new(sample, Labels::Observed);
                how.general(&model, &masked, &mut general)?;
                assert_eq!(fast.counts, general.counts);
                assert_eq!(fast.places, general.places);
                assert!((fast.trace() / general.trace() - 1.0).abs() < 1e-4);
                let trace = how.diagonal(&model, &masked)?.trace();
                assert!((trace / general.trace() - 1.0).abs() < 1e-4);
            }
        }
        Ok(())
    }
}
