//! What all members say about masked tokens, a few sequences at a time.

use dissensus_lm::{Masked, MaskedLanguageModel, Predicted, predict};

use crate::Error;

/// Sequences that go through a model at once.
const BATCH: usize = 16;

/// The predictions of all members for the masked tokens of some sequences.
pub(crate) struct Predictions {
    /// Row-major `[positions, vocabulary]`, one entry a member.
    pub(crate) logits: Vec<Vec<f32>>,
    /// The masked tokens.
    pub(crate) targets: Vec<u32>,
    /// How many masked tokens came before these.
    pub(crate) first: usize,
}

impl Predictions {
    /// Shows all predictions over the first `tokens` rows of the output, in order; sequences in
    /// which nothing is masked are passed over.
    pub(crate) fn each(
        members: &[impl MaskedLanguageModel],
        masked: &[Masked],
        tokens: usize,
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
            let logits = chunk
                .into_iter()
                .map(|one| first_columns(one.logits, count, tokens));
            let logits = logits.collect();
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

/// The first columns of a row-major matrix: the rows of a padded vocabulary that no token has say
/// nothing.
pub(crate) fn first_columns(matrix: Vec<f32>, rows: usize, columns: usize) -> Vec<f32> {
    let width = matrix.len() / rows.max(1);
    if width <= columns {
        return matrix;
    }
    let kept = matrix.chunks_exact(width).map(|row| &row[..columns]);
    kept.collect::<Vec<_>>().concat()
}
