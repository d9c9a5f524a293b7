//! The fast route.

mod forward;
mod kernel;
mod linear;
mod plan;
mod record;
mod recorder;
mod step;
mod table;
mod tied;

pub use forward::{Forward, PassResult};

use crate::accumulate::{Accumulate, Parts};
use crate::categorical::draw;
use crate::gradients::read;
use crate::{Counts, Diagonal, Error, LabelChoice, Roles, Sample};
use burn::tensor::{Int, Tensor, TensorData};
use dissensus_layers::{Hook, cross_entropy};
use dissensus_lm::TiedTable;
use plan::Plan;
use recorder::Recorder;
use std::ops::Range;
use std::sync::Arc;
use step::Step;

/// How tokens become examples under [`Sample::Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// One backward pass a token (of every sequence of a batch at once).
    Exact,
    /// One backward pass a sequence, with random signs `±1` on its tokens: unbiased,
    /// `E_s[(Σ_n s_n g_n)²] = Σ_n g_n²`. Draws with different seeds give its standard error, see
    /// [`crate::average`].
    Signs {
        /// Seed; sequence `s` draws from stream `s` of it.
        seed: u64,
    },
}

/// The fast route: a batched backward pass of a model built from `dissensus-layers`, whose hooks
/// show each layer's inputs and output gradients; from these the squares of every example are
/// taken.
///
/// Equal to [`crate::General`] within rounding, at about the price of one backward pass a batch.
/// For a linear layer with inputs `a_t` and output gradients `g_t` the group sum takes the cheaper
/// of `‖Σ_t a_t ⊗ g_t‖²` and the ghost norm `Σ_tt' (a_t·a_t')(g_t·g_t')`.
///
/// Needs a device on which the layers are fused ([`dissensus_layers::is_fused`]), with autodiff.
#[derive(Debug, Clone)]
pub struct Fast<'a> {
    sample: Sample,
    labels: LabelChoice,
    tokens: Tokens,
    batch: usize,
    tie: Option<TiedTable>,
    roles: Roles<'a>,
}

impl<'a> Fast<'a> {
    /// Eight sequences a pass, tokens exactly, tables untied.
    #[must_use]
    pub fn new(sample: Sample, labels: LabelChoice) -> Self {
        Fast {
            sample,
            labels,
            tokens: Tokens::Exact,
            batch: 8,
            tie: None,
            roles: Roles::default(),
        }
    }

    /// Sequences in one pass; results do not depend on it beyond rounding. [`Sample::Batch`] has
    /// its own.
    #[must_use]
    pub fn batch(mut self, sequences: usize) -> Self {
        self.batch = sequences;
        self
    }

    /// How tokens become examples.
    #[must_use]
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = tokens;
        self
    }

    /// The decoder that reports under `tie.output` multiplies by the table that reports under
    /// `tie.input`.
    #[must_use]
    pub fn tied(mut self, tie: TiedTable) -> Self {
        self.tie = Some(tie);
        self
    }

    /// With somebody who says what parameters are for, instead of the paths of their names.
    #[must_use]
    pub fn with_roles(mut self, roles: Roles<'a>) -> Self {
        self.roles = roles;
        self
    }

    /// Adds the sequences with these numbers to group sums, to a diagonal, or to both. After an
    /// error what was accumulated is not to be used.
    ///
    /// The closure runs the model over the sequences of a range, dropout off, with the hook on
    /// every layer. With [`Tokens::Exact`] it is called once for each of a sequence's tokens.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when a log-likelihood is NaN or infinite, [`Error::Closure`] when the
    /// closure fails, [`Error::NothingSeen`] when no layer reported, [`Error::Shape`] when one saw
    /// rows that are neither the positions nor the masked tokens of the batch.
    pub fn run<A: Accumulate>(
        &self,
        sequences: Range<u64>,
        forward: impl Fn(Range<u64>, Arc<dyn Hook>) -> PassResult,
        into: &mut A,
    ) -> Result<(), Error> {
        let mut parts = into.parts();
        if parts.sums.is_none() && parts.diagonal.is_none() {
            return Err(Error::Accumulator);
        }
        let size = if let Sample::Batch(n) = self.sample {
            n
        } else {
            self.batch
        };
        if size == 0 {
            return Err(Error::Empty { what: "a batch" });
        }
        for start in sequences.clone().step_by(size) {
            let batch = start..sequences.end.min(start + size as u64);
            self.pass(batch, &forward, &mut parts)?;
        }
        Ok(())
    }

    fn pass(
        &self,
        batch: Range<u64>,
        forward: &impl Fn(Range<u64>, Arc<dyn Hook>) -> PassResult,
        into: &mut Parts<'_>,
    ) -> Result<(), Error> {
        for at in 0.. {
            let recorder = Arc::new(Recorder::new(self.tie.clone()));
            let passed = forward(batch.clone(), recorder.clone());
            let Some(passed) = passed.map_err(|source| Error::Closure {
                sequence: batch.start,
                source,
            })?
            else {
                let counts = Counts {
                    skipped: batch.end - batch.start,
                    ..Counts::default()
                };
                into.count(&counts);
                return Ok(());
            };
            passed.check(&batch)?;
            let step = Step::new(self.sample, self.tokens, &passed.tokens, &batch, at);
            let plan = Plan {
                tokens: passed.tokens.clone(),
                examples: step.examples.clone(),
            };
            recorder.begin(plan, into.diagonal.as_deref_mut().map(Diagonal::lend));
            self.backward(passed, &step.weights, &batch)?;
            let mut record = recorder.finish()?;
            record.check(&batch, &step.examples)?;
            if let Some(sums) = into.sums.as_deref_mut() {
                record.add_to(sums, step.examples.len(), self.roles)?;
            }
            if let (Some(diagonal), Some(back)) =
                (into.diagonal.as_deref_mut(), record.diagonal.take())
            {
                *diagonal = back;
            }
            into.count(&step.counts);
            if step.last {
                break;
            }
        }
        Ok(())
    }

    /// Log-likelihoods, their weighted sum, and the gradient of it back through the hooks.
    fn backward(&self, passed: Forward, weights: &[f32], batch: &Range<u64>) -> Result<(), Error> {
        let device = passed.logits.device();
        let labels: Vec<i32> = self
            .labels(&passed, batch)?
            .into_iter()
            .map(|y| y as i32)
            .collect();
        let rows = labels.len();
        let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [rows]), &device);
        if !passed.logits.is_tracked() {
            return Err(Error::NothingSeen);
        }
        let losses = cross_entropy(passed.logits, labels);
        let values = read("log-likelihood", losses.clone().inner())?;
        let mut left = &values[..];
        for (sequence, &tokens) in batch.clone().zip(&passed.tokens) {
            let (mine, others) = left.split_at(tokens);
            let value = -mine.iter().sum::<f64>();
            if !value.is_finite() {
                return Err(Error::NotFinite { sequence, value });
            }
            left = others;
        }
        let weights = Tensor::<1>::from_data(TensorData::new(weights.to_vec(), [rows]), &device);
        (losses * weights).sum().backward();
        Ok(())
    }

    fn labels(&self, passed: &Forward, batch: &Range<u64>) -> Result<Vec<u32>, Error> {
        let LabelChoice::Sampled { seed } = self.labels else {
            return Ok(passed.targets.clone());
        };
        let [_, vocabulary] = passed.logits.dims();
        let logits = read("logits", passed.logits.clone().inner())?;
        let mut left = &logits[..];
        let mut labels = Vec::with_capacity(passed.targets.len());
        for (sequence, &tokens) in batch.clone().zip(&passed.tokens) {
            let (mine, others) = left.split_at(tokens * vocabulary);
            labels.extend(draw(mine, vocabulary, seed, sequence)?);
            left = others;
        }
        Ok(labels)
    }
}
