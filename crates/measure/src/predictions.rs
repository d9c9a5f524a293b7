//! What all members say about hidden tokens, a few sequences at a time.

use dissensus_bert::{Masked, MaskedLm, Predicted, predict};

use crate::Error;

/// Sequences that go through a model at once.
const BATCH: usize = 16;

/// The predictions of all members for the hidden tokens of some sequences.
pub(crate) struct Predictions {
    /// Row-major `[positions, vocabulary]`, one entry a member.
    pub(crate) logits: Vec<Vec<f32>>,
    /// The hidden tokens.
    pub(crate) targets: Vec<u32>,
    /// How many hidden tokens came before these.
    pub(crate) first: usize,
}

impl Predictions {
    /// Shows all predictions, in order; sequences in which nothing is hidden are passed over.
    pub(crate) fn each(
        members: &[MaskedLm],
        masked: &[Masked],
        mut see: impl FnMut(&Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut first = 0;
        let mut runs: Vec<_> = members
            .iter()
            .map(|model| predict(model, masked, BATCH))
            .collect();
        loop {
            let chunk = runs.iter_mut().filter_map(Iterator::next);
            let mut chunk = chunk.collect::<Result<Vec<Predicted>, _>>()?;
            let Some(one) = chunk.first_mut() else {
                return Ok(());
            };
            let targets = std::mem::take(&mut one.targets);
            if targets.is_empty() {
                continue;
            }
            let count = targets.len();
            let logits = chunk.into_iter().map(|one| one.logits).collect();
            see(&Self {
                logits,
                targets,
                first,
            })?;
            first += count;
        }
    }

    /// The logits of each member.
    pub(crate) fn rows(&self) -> Vec<&[f32]> {
        rows(&self.logits)
    }
}

/// One slice a member.
pub(crate) fn rows(members: &[Vec<f32>]) -> Vec<&[f32]> {
    members.iter().map(Vec::as_slice).collect()
}
