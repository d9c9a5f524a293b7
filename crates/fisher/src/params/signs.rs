//! Random signs over all labels by the general route.

use super::{FisherParams, Logits};
use crate::accumulate::{Accumulate, Parts};
use crate::fast::step::Step;
use crate::gradients::read;
use crate::hutchinson::{directions, signed_sums};
use crate::sums::RoleNorm;
use crate::{Counts, Error, General, Gradients, Sample};
use burn::tensor::{Tensor, TensorData};
use dissensus_lm::{Masked, Pass, TrainableModel};

impl FisherParams {
    /// One backward pass a sequence and draw, or a pass of several sequences and draw.
    pub(super) fn by_signs<M: TrainableModel, A: Accumulate>(
        &self,
        seed: u64,
        (route, model): (&General<'_, M>, &M),
        examples: &[Masked],
        logits: Logits<'_, M>,
        into: &mut A,
    ) -> Result<(), Error> {
        let mut parts = into.parts();
        parts.check()?;
        let size = match self.sample {
            Sample::Batch(size) => size,
            _ if self.pooled => self.batch,
            _ => 1,
        };
        for (what, count) in [("a batch", size), ("a list of draws", self.draws)] {
            if count == 0 {
                return Err(Error::Empty { what });
            }
        }
        for (batch, first) in examples.chunks(size).zip((0..).step_by(size)) {
            let mut unit = Unit::default();
            let tokens: Vec<usize> = batch.iter().map(|m| m.positions.len()).collect();
            if tokens.iter().all(|&count| count == 0) {
                parts.count(&Counts {
                    skipped: batch.len() as u64,
                    ..Counts::default()
                });
                continue;
            }
            let step = Step::of_labels(self.sample, self.pooled, self.draws, &tokens);
            for seed in (0..self.draws as u64).map(|draw| seed.wrapping_add(draw)) {
                let found = logits(model, batch, &Pass::default());
                let found = found.map_err(|source| closure(first, source))?;
                if let Some(logits) = found {
                    let terms = weighted(logits, &tokens, (first, seed), &step.weights)?;
                    unit.add(&route.backward(first, terms)?, &mut parts)?;
                }
            }
            unit.count(&step.counts, &mut parts)?;
        }
        Ok(())
    }
}

fn closure(sequence: u64, source: dissensus_lm::Error) -> Error {
    Error::Closure {
        sequence,
        source: source.into(),
    }
}

/// What is squared is the gradient of the sum of these.
fn weighted(
    logits: Tensor<2>,
    tokens: &[usize],
    (first, seed): (u64, u64),
    weights: &[f32],
) -> Result<Tensor<1>, Error> {
    let ([_, vocabulary], device) = (logits.dims(), logits.device());
    let values = read("logits", logits.clone())?;
    let directions = directions(&values, vocabulary, tokens, first, seed)?;
    let weights = TensorData::new(weights.to_vec(), [weights.len()]);
    Ok(signed_sums(logits, directions) * Tensor::<1>::from_data(weights, &device))
}

/// The draws over what is squared together, a unit of the standard error.
#[derive(Default)]
struct Unit {
    norms: Vec<RoleNorm>,
}

impl Unit {
    fn add(&mut self, gradients: &Gradients, parts: &mut Parts<'_>) -> Result<(), Error> {
        if let Some(diagonal) = &mut parts.diagonal {
            diagonal.example(gradients)?;
        }
        let Some(sums) = &mut parts.sums else {
            return Ok(());
        };
        let norms = sums.norms(gradients)?;
        sums.add_rows(gradients);
        if self.norms.is_empty() {
            self.norms = norms;
            return Ok(());
        }
        for (mine, draw) in self.norms.iter_mut().zip(norms) {
            mine.squared += draw.squared;
        }
        Ok(())
    }

    fn count(self, counts: &Counts, parts: &mut Parts<'_>) -> Result<(), Error> {
        if let Some(sums) = parts.sums.as_mut().filter(|_| !self.norms.is_empty()) {
            sums.push(&self.norms)?;
        }
        parts.count(counts);
        Ok(())
    }
}
