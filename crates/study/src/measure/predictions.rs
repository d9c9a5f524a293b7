//! What all members say about hidden tokens, a few sequences at a time.

use dissensus_bert::{Batch, Masked, MaskedLm, Pass};

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
        for chunk in masked.chunks(BATCH) {
            if let Some(found) = Self::of(members, chunk, first)? {
                first += found.targets.len();
                see(&found)?;
            }
        }
        Ok(())
    }

    /// Nothing, if nothing is hidden.
    fn of(members: &[MaskedLm], chunk: &[Masked], first: usize) -> Result<Option<Self>, Error> {
        let targets: Vec<u32> = chunk
            .iter()
            .flat_map(|m| m.targets.iter().copied())
            .collect();
        let Some(model) = members.first().filter(|_| !targets.is_empty()) else {
            return Ok(None);
        };
        let ids: Vec<&[u32]> = chunk.iter().map(|m| m.ids.as_slice()).collect();
        let batch = Batch::new(&ids, model.config())?;
        let hidden = |(row, masked): (usize, &Masked)| {
            masked
                .positions
                .iter()
                .map(|&p| batch.flat(row, p))
                .collect::<Vec<_>>()
        };
        let positions: Vec<usize> = chunk.iter().enumerate().flat_map(hidden).collect();
        let logits = members.iter().map(|model| {
            let logits = model.logits_at(&batch, &positions, &Pass::default());
            logits.into_data().iter::<f32>().collect()
        });
        Ok(Some(Self {
            logits: logits.collect(),
            targets,
            first,
        }))
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
