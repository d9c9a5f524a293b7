//! The general route.

use crate::accumulate::Accumulate;
use crate::gradients::read;
use crate::{Counts, Error, Gradients, Roles, Sample};
use burn::module::Module;
use burn::tensor::Tensor;
use dissensus_lm::TiedTable;
use std::ops::Range;

/// What the closure of the general route says about one sequence: the log-likelihood of each of its
/// masked tokens `[M]` in nats, or none when it has no masked token.
pub type Terms = Result<Option<Tensor<1>>, Box<dyn std::error::Error + Send + Sync>>;

/// The general route: any burn module, one example at a time, one backward pass an example.
///
/// Slow, and exact by construction; every fast route is tested against it.
///
/// ```
/// use burn::module::{Module, Param};
/// use burn::tensor::{Device, Tensor};
/// use dissensus_fisher::{Diagonal, General, LabelChoice, Sample};
///
/// #[derive(Module, Debug)]
/// struct Mean {
///     mu: Param<Tensor<1>>,
/// }
///
/// // log N(x; mu, 1) has derivative x - mu: the diagonal is the mean of (x - mu)².
/// let device = Device::flex().autodiff();
/// let model = Mean { mu: Param::from_tensor(Tensor::from_floats([1.0], &device)) };
/// let data = [0.0, 2.0, 4.0];
/// let mut diagonal = Diagonal::new(Sample::Sequence, LabelChoice::Observed);
/// General::new(&model, Sample::Sequence).run(0..3, |model, i| {
///     let residual = model.mu.val().neg().add_scalar(data[i as usize]);
///     Ok(Some(residual.powi_scalar(2).mul_scalar(-0.5)))
/// }, &mut diagonal)?;
/// assert!((diagonal.mean("mu")?[0] - 11.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), dissensus_fisher::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct General<'a, M> {
    model: &'a M,
    sample: Sample,
    tie: Option<TiedTable>,
    roles: Roles<'a>,
}

impl<'a, M: Module> General<'a, M> {
    /// The route for a model on an autodiff device, dropout off.
    pub fn new(model: &'a M, sample: Sample) -> Self {
        General {
            model,
            sample,
            tie: None,
            roles: Roles::default(),
        }
    }

    /// With somebody who says what its parameters are for, instead of the paths of their names.
    #[must_use]
    pub fn with_roles(mut self, roles: Roles<'a>) -> Self {
        self.roles = roles;
        self
    }

    /// Treats two parameters of an untied copy of the model, holding the same values, as the two
    /// sides of one tied table. The chain rule makes the tied gradient the sum of the two.
    #[must_use]
    pub fn tied(mut self, tie: TiedTable) -> Self {
        self.tie = Some(tie);
        self
    }

    /// Adds the sequences with these numbers to an accumulator. The closure knows what sequence
    /// `i` is; the sample decides what is squared.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when a log-likelihood is NaN or infinite, [`Error::Closure`] when the
    /// closure fails, and what the accumulator refuses.
    pub fn run<A: Accumulate>(
        &self,
        sequences: Range<u64>,
        log_likelihoods: impl Fn(&M, u64) -> Terms,
        into: &mut A,
    ) -> Result<(), Error> {
        match self.sample {
            Sample::Batch(0) => Err(Error::Empty { what: "a batch" }),
            Sample::Batch(size) => {
                let starts = sequences.clone().step_by(size);
                starts.into_iter().try_for_each(|start| {
                    let batch = start..sequences.end.min(start + size as u64);
                    self.batch(batch, &log_likelihoods, into)
                })
            }
            Sample::Sequence => sequences
                .into_iter()
                .try_for_each(|i| self.sequence(i, &log_likelihoods, into)),
            Sample::Token => sequences
                .into_iter()
                .try_for_each(|i| self.tokens(i, &log_likelihoods, into)),
        }
    }

    fn sequence<A: Accumulate>(
        &self,
        i: u64,
        f: &impl Fn(&M, u64) -> Terms,
        into: &mut A,
    ) -> Result<(), Error> {
        let Some(terms) = self.terms(i, f)? else {
            return skip(into);
        };
        let tokens = terms.dims()[0] as u64;
        into.example(&self.backward(i, terms)?)?;
        into.count(&Counts {
            examples: 1,
            units: 1,
            sequences: 1,
            tokens,
            skipped: 0,
        });
        Ok(())
    }

    /// A graph can be walked back once, so each token has its own forward pass.
    fn tokens<A: Accumulate>(
        &self,
        i: u64,
        f: &impl Fn(&M, u64) -> Terms,
        into: &mut A,
    ) -> Result<(), Error> {
        let Some(terms) = self.terms(i, f)? else {
            return skip(into);
        };
        let tokens = terms.dims()[0];
        for n in 0..tokens {
            let Some(terms) = self.terms(i, f)? else {
                return Err(Error::Empty {
                    what: "a sequence that had tokens before",
                });
            };
            into.example(&self.backward(i, terms.narrow(0, n, 1))?)?;
        }
        into.count(&Counts {
            examples: tokens as u64,
            units: tokens as u64,
            sequences: 1,
            tokens: tokens as u64,
            skipped: 0,
        });
        Ok(())
    }

    fn batch<A: Accumulate>(
        &self,
        batch: Range<u64>,
        f: &impl Fn(&M, u64) -> Terms,
        into: &mut A,
    ) -> Result<(), Error> {
        let (mut counts, mut sum) = (Counts::default(), Gradients::default());
        for i in batch {
            match self.terms(i, f)? {
                None => counts.skipped += 1,
                Some(terms) => {
                    counts.sequences += 1;
                    counts.tokens += terms.dims()[0] as u64;
                    sum.add(&self.backward(i, terms)?);
                }
            }
        }
        if counts.tokens > 0 {
            (counts.examples, counts.units) = (1, 1);
            sum.scale(1.0 / counts.tokens as f64);
            into.example(&sum)?;
        }
        into.count(&counts);
        Ok(())
    }

    fn terms(&self, i: u64, f: &impl Fn(&M, u64) -> Terms) -> Result<Option<Tensor<1>>, Error> {
        f(self.model, i).map_err(|source| Error::Closure {
            sequence: i,
            source,
        })
    }

    pub(crate) fn backward(&self, sequence: u64, terms: Tensor<1>) -> Result<Gradients, Error> {
        let sum = terms.sum();
        let value = read("log-likelihood", sum.clone())?[0];
        if !value.is_finite() {
            return Err(Error::NotFinite { sequence, value });
        }
        let gradients = Gradients::of_module(self.model, &sum.backward(), self.roles)?;
        gradients.check_finite(sequence)?;
        match &self.tie {
            Some(tie) => gradients.tied(tie),
            None => Ok(gradients),
        }
    }
}

fn skip<A: Accumulate>(into: &mut A) -> Result<(), Error> {
    into.count(&Counts {
        skipped: 1,
        ..Counts::default()
    });
    Ok(())
}
