//! The Fisher information of a language model on sequences, by whichever route its device and
//! operations allow.

mod signs;

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use dissensus_layers::{Hook, is_fused};
use dissensus_lm::{
    CausalLanguageModel, Masked, MaskedLanguageModel, NextToken, Objective, Pass, TrainableModel,
};

use crate::{
    Accumulate, Diagonal, Error, Fast, Forward, General, GroupSums, LabelChoice, PassResult, Roles,
    Sample, Terms, Tokens, log_likelihoods,
};

/// How the diagonal Fisher information of a language model is taken, dropout off.
///
/// Where the model shows every parameter to its hooks
/// ([`dissensus_lm::Encoder::shows_every_parameter`]) the fast route takes it, at about the price
/// of a backward pass a batch, on the processor: a model on a card is copied, since only there the
/// operations are fused ([`is_fused`]). Elsewhere the general route takes it, one backward pass an
/// example, on the model's own device. A tied table is taken apart into its two sides.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Config, MaskedLm, Masking};
/// use dissensus_fisher::{RoleGrouping, FisherParams};
/// let config = Config::preset("no_transformer")?.with_vocabulary(20, 1);
/// let model = MaskedLm::new(&config, 7, &Device::flex())?;
/// let masked = Masking::analysis(20, 4, &[0, 1, 2, 3, 4]).mask_all(&[[7, 8, 9], [8, 9, 9]], 1)?;
/// let sums = FisherParams::default().group_sums(&model, &masked)?;
/// assert_eq!(sums.counts.examples, 2);
/// let shares = sums.shares(RoleGrouping::Three)?;
/// assert!((shares.iter().map(|s| s.share).sum::<f64>() - 1.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FisherParams {
    /// What one example is.
    pub sample: Sample,
    /// Whose labels.
    pub labels: LabelChoice,
    /// How tokens become examples under [`Sample::Token`]; the general route takes them exactly.
    pub tokens: Tokens,
    /// Sequences of one pass; it changes nothing beyond rounding, unless they are pooled.
    pub batch: usize,
    /// Draws of [`LabelChoice::Hutchinson`], of which the mean is taken: draw `r` has the signs of
    /// `seed + r`. Labels of other kinds have one.
    pub draws: usize,
    /// Whether [`LabelChoice::Hutchinson`] squares the gradient of all sequences of a pass together
    /// instead of each by itself. Both are unbiased. Pooled, a pass without the fast route is one
    /// backward pass instead of one a sequence; the variance is greater, and the answer depends on
    /// `batch`.
    pub pooled: bool,
    /// Whether the fast route is taken where it can be.
    pub fast: bool,
}

impl Default for FisherParams {
    /// The empirical Fisher information, one sequence an example.
    fn default() -> Self {
        Self {
            sample: Sample::Sequence,
            labels: LabelChoice::Observed,
            tokens: Tokens::Exact,
            batch: 8,
            draws: 1,
            pooled: false,
            fast: true,
        }
    }
}

/// What a model says at the targets of examples: one row of logits a target.
type Logits<'a, M> =
    &'a dyn Fn(&M, &[Masked], &Pass) -> Result<Option<Tensor<2>>, dissensus_lm::Error>;

impl FisherParams {
    /// With another kind of example.
    #[must_use]
    pub fn with_sample(mut self, sample: Sample) -> Self {
        self.sample = sample;
        self
    }

    /// With other labels.
    #[must_use]
    pub fn with_labels(mut self, labels: LabelChoice) -> Self {
        self.labels = labels;
        self
    }

    /// With another way from tokens to examples.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = tokens;
        self
    }

    /// With so many sequences a pass.
    #[must_use]
    pub fn with_batch(mut self, sequences: usize) -> Self {
        self.batch = sequences;
        self
    }

    /// With so many draws of random signs over all labels.
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// With the sequences of a pass squared together, under random signs over all labels.
    #[must_use]
    pub fn with_pooled(mut self, pooled: bool) -> Self {
        self.pooled = pooled;
        self
    }

    /// By the general route alone.
    #[must_use]
    pub fn by_the_general_route(mut self) -> Self {
        self.fast = false;
        self
    }

    /// Sums by what the parameters do.
    ///
    /// # Errors
    /// As [`FisherParams::run`].
    pub fn group_sums<M>(&self, model: &M, masked: &[Masked]) -> Result<GroupSums, Error>
    where
        M: TrainableModel + MaskedLanguageModel,
    {
        let mut sums = GroupSums::new(self.sample, self.labels);
        self.run(model, masked, &mut sums)?;
        Ok(sums)
    }

    /// One number a parameter.
    ///
    /// # Errors
    /// As [`FisherParams::run`].
    pub fn diagonal<M>(&self, model: &M, masked: &[Masked]) -> Result<Diagonal, Error>
    where
        M: TrainableModel + MaskedLanguageModel,
    {
        let mut diagonal = Diagonal::new(self.sample, self.labels);
        self.run(model, masked, &mut diagonal)?;
        Ok(diagonal)
    }

    /// Adds the information of a masked-language model about its masked tokens to an accumulator of
    /// the same sample and labels.
    ///
    /// # Errors
    /// [`Error::Closure`] if a sequence does not fit the model, [`Error::NotFinite`] and
    /// [`Error::GradientNotFinite`], which name the sequence, and what the accumulator refuses.
    pub fn run<M, A>(&self, model: &M, masked: &[Masked], into: &mut A) -> Result<(), Error>
    where
        M: TrainableModel + MaskedLanguageModel,
        A: Accumulate,
    {
        let logits =
            |model: &M, masked: &[Masked], pass: &Pass| model.logits_at_masked(masked, pass);
        self.of_examples(model, masked, &logits, into)
    }

    /// Adds the information of a causal language model about every token but the first of each
    /// sequence.
    ///
    /// # Errors
    /// As [`FisherParams::run`].
    pub fn run_causal<M, A>(
        &self,
        model: &M,
        sequences: &[Vec<u32>],
        into: &mut A,
    ) -> Result<(), Error>
    where
        M: TrainableModel + CausalLanguageModel,
        A: Accumulate,
    {
        let examples: Vec<Masked> = sequences.iter().map(|ids| NextToken::of(ids)).collect();
        let logits =
            |model: &M, examples: &[Masked], pass: &Pass| NextToken.logits(model, examples, pass);
        self.of_examples(model, &examples, &logits, into)
    }

    fn of_examples<M: TrainableModel, A: Accumulate>(
        &self,
        model: &M,
        examples: &[Masked],
        logits: Logits<'_, M>,
        into: &mut A,
    ) -> Result<(), Error> {
        if !self.fast || !model.shows_every_parameter() {
            return self.general(&model.clone().train(), examples, logits, into);
        }
        let model = model.clone();
        let model = if is_fused(&model.device()) {
            model
        } else {
            model.fork(&Device::flex())
        };
        self.fast(&model.train(), examples, logits, into)
    }

    fn fast<M: TrainableModel, A: Accumulate>(
        &self,
        model: &M,
        examples: &[Masked],
        logits: Logits<'_, M>,
        into: &mut A,
    ) -> Result<(), Error> {
        let role = |name: &str| model.parameter_role(name);
        let mut route = Fast::new(self.sample, self.labels)
            .tokens(self.tokens)
            .batch(self.batch)
            .draws(self.draws)
            .with_roles(Roles::new(&role));
        if self.pooled {
            route = route.pooled();
        }
        if let Some(table) = model.tied_table() {
            route = route.tied(table);
        }
        let forward = |range: Range<u64>, hook: Arc<dyn Hook>| -> PassResult {
            let examples = &examples[range.start as usize..range.end as usize];
            let logits = logits(model, examples, &Pass::default().with_hook(hook))?;
            Ok(logits.map(|logits| Forward {
                logits,
                targets: examples.iter().flat_map(|m| m.targets.clone()).collect(),
                tokens: examples.iter().map(|m| m.positions.len()).collect(),
            }))
        };
        route.run(0..examples.len() as u64, forward, into)
    }

    fn general<M: TrainableModel, A: Accumulate>(
        &self,
        model: &M,
        examples: &[Masked],
        logits: Logits<'_, M>,
        into: &mut A,
    ) -> Result<(), Error> {
        let table = model.tied_table();
        let model = model.clone().untied();
        let role = |name: &str| model.parameter_role(name);
        let mut route = General::new(&model, self.sample).with_roles(Roles::new(&role));
        if let Some(table) = table {
            route = route.tied(table);
        }
        if let LabelChoice::Hutchinson { seed } = self.labels {
            return self.by_signs(seed, (&route, &model), examples, logits, into);
        }
        let terms = |model: &M, index: u64| -> Terms {
            let one = &examples[index as usize];
            let logits = logits(model, std::slice::from_ref(one), &Pass::default())?;
            let of = |logits| log_likelihoods(logits, &one.targets, self.labels, index);
            Ok(logits.map(of).transpose()?)
        };
        route.run(0..examples.len() as u64, terms, into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_bert::{Config, MaskedLm, Masking};

    #[test]
    #[cfg(feature = "ndarray")]
    #[expect(
        deprecated,
        reason = "deprecated upstream, still a supported feature here"
    )]
    fn a_model_on_another_device_is_asked_on_the_processor()
    -> Result<(), Box<dyn std::error::Error>> {
        let config = Config::preset("micro")?.with_vocabulary(30, 1);
        let ids: Vec<Vec<u32>> = (5..9).map(|at| (at..at + 9).collect()).collect();
        let masked = Masking::analysis(30, 4, &[0, 1, 2, 3, 4]).mask_all(&ids, 1)?;
        let sums = |device: &Device| -> Result<GroupSums, Box<dyn std::error::Error>> {
            let model = MaskedLm::new(&config, 7, device)?;
            Ok(FisherParams::default().group_sums(&model, &masked)?)
        };
        assert_eq!(sums(&Device::ndarray())?, sums(&Device::flex())?);
        Ok(())
    }

    #[test]
    fn both_routes_take_the_same_information() -> Result<(), Box<dyn std::error::Error>> {
        let mut config = Config::preset("no_transformer")?.with_vocabulary(30, 1);
        for tied in [true, false] {
            config.tie_word_embeddings = tied;
            let model = MaskedLm::new(&config, 7, &Device::flex())?;
            let ids: Vec<Vec<u32>> = (5..9).map(|at| (at..at + 9).collect()).collect();
            let masked = Masking::analysis(30, 4, &[0, 1, 2, 3, 4]).mask_all(&ids, 1)?;
            for sample in [Sample::Sequence, Sample::Token] {
                let how = FisherParams::default().with_sample(sample).with_batch(3);
                let fast = how.group_sums(&model, &masked)?;
                let general = how.by_the_general_route().group_sums(&model, &masked)?;
                assert_eq!(fast.counts, general.counts);
                assert_eq!(fast.roles, general.roles);
                assert!((fast.trace() / general.trace() - 1.0).abs() < 1e-4);
                let trace = how.diagonal(&model, &masked)?.trace();
                assert!((trace / general.trace() - 1.0).abs() < 1e-4);
            }
        }
        Ok(())
    }
}
