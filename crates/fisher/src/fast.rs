//! The fast route.

mod forward;
mod kernel;
mod linear;
mod plan;
mod record;
mod recorder;
pub(crate) mod step;
mod table;
mod tied;

pub use forward::{Forward, PassResult};

use crate::accumulate::{Accumulate, Parts};
use crate::categorical::draw;
use crate::gradients::read;
use crate::hutchinson::{directions, signed_sums};
use crate::{Counts, Diagonal, Error, LabelChoice, Roles, Sample};
use burn::tensor::{Int, Tensor, TensorData};
use dissensus_layers::{Hook, cross_entropy};
use dissensus_lm::TiedTable;
use plan::Plan;
use record::Record;
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
    draws: usize,
    pooled: bool,
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
            draws: 1,
            pooled: false,
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

    /// So many draws of [`LabelChoice::Hutchinson`], of which the mean is taken; the others have
    /// one.
    #[must_use]
    pub fn draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// With [`LabelChoice::Hutchinson`] the gradient of all sequences of a pass together is squared
    /// instead of each by itself. That is unbiased too, with more variance.
    #[must_use]
    pub fn pooled(mut self) -> Self {
        self.pooled = true;
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
        parts.check()?;
        let size = if let Sample::Batch(n) = self.sample {
            n
        } else {
            self.batch
        };
        if size == 0 {
            return Err(Error::Empty { what: "a batch" });
        }
        if self.draws == 0 {
            return Err(Error::Empty {
                what: "a list of draws",
            });
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
            let Some((mut record, step)) = self.once(&batch, (at, 0), forward, into)? else {
                into.count(&Counts {
                    skipped: batch.end - batch.start,
                    ..Counts::default()
                });
                return Ok(());
            };
            if let LabelChoice::Hutchinson { .. } = self.labels {
                for draw in 1..self.draws as u64 {
                    if let Some((other, _)) = self.once(&batch, (at, draw), forward, into)? {
                        record.add(&other);
                    }
                }
            }
            if let Some(sums) = into.sums.as_deref_mut() {
                record.add_to(sums, step.examples.len(), self.roles)?;
            }
            into.count(&step.counts);
            if step.last {
                break;
            }
        }
        Ok(())
    }

    /// One backward pass over a batch, or none where it has no masked token. Diagonals are added
    /// to, sums are not.
    fn once(
        &self,
        batch: &Range<u64>,
        (at, draw): (usize, u64),
        forward: &impl Fn(Range<u64>, Arc<dyn Hook>) -> PassResult,
        into: &mut Parts<'_>,
    ) -> Result<Option<(Record, Step)>, Error> {
        let recorder = Arc::new(Recorder::new(self.tie.clone()));
        let passed = forward(batch.clone(), recorder.clone());
        let Some(passed) = passed.map_err(|source| Error::Closure {
            sequence: batch.start,
            source,
        })?
        else {
            return Ok(None);
        };
        passed.check(batch)?;
        let step = match self.labels {
            LabelChoice::Hutchinson { .. } => {
                Step::of_labels(self.sample, self.pooled, self.draws, &passed.tokens)
            }
            _ => Step::new(self.sample, self.tokens, &passed.tokens, batch, at),
        };
        let plan = Plan {
            tokens: passed.tokens.clone(),
            examples: step.examples.clone(),
        };
        recorder.begin(plan, into.diagonal.as_deref_mut().map(Diagonal::lend));
        self.backward(passed, &step.weights, batch, draw)?;
        let mut record = recorder.finish()?;
        record.check(batch, &step.examples)?;
        if let (Some(diagonal), Some(back)) = (into.diagonal.as_deref_mut(), record.diagonal.take())
        {
            *diagonal = back;
        }
        Ok(Some((record, step)))
    }

    /// The terms of the tokens, their weighted sum, and the gradient of it back through the hooks.
    fn backward(
        &self,
        passed: Forward,
        weights: &[f32],
        batch: &Range<u64>,
        draw: u64,
    ) -> Result<(), Error> {
        if !passed.logits.is_tracked() {
            return Err(Error::NothingSeen);
        }
        let (device, rows) = (passed.logits.device(), weights.len());
        let terms = match self.labels {
            LabelChoice::Hutchinson { seed } => {
                let [_, vocabulary] = passed.logits.dims();
                let (values, seed) = (passed.values()?, seed.wrapping_add(draw));
                let directions =
                    directions(&values, vocabulary, &passed.tokens, batch.start, seed)?;
                signed_sums(passed.logits, directions)
            }
            _ => self.losses(passed, batch)?,
        };
        let weights = Tensor::<1>::from_data(TensorData::new(weights.to_vec(), [rows]), &device);
        (terms * weights).sum().backward();
        Ok(())
    }

    /// `−log p` of the labels.
    fn losses(&self, passed: Forward, batch: &Range<u64>) -> Result<Tensor<1>, Error> {
        let labels: Vec<i32> = self
            .labels(&passed, batch)?
            .into_iter()
            .map(|y| y as i32)
            .collect();
        let labels = TensorData::new(labels, [passed.targets.len()]);
        let labels = Tensor::<1, Int>::from_data(labels, &passed.logits.device());
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
        Ok(losses)
    }

    fn labels(&self, passed: &Forward, batch: &Range<u64>) -> Result<Vec<u32>, Error> {
        let LabelChoice::Sampled { seed } = self.labels else {
            return Ok(passed.targets.clone());
        };
        let [_, vocabulary] = passed.logits.dims();
        let logits = passed.values()?;
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
