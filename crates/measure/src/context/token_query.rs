//! One masked token in a sequence of which only a part may be visible.

use dissensus_lm::{Batch, MaskedLanguageModel, Pass};

use crate::Error;

/// Tokens at their positions, one of them asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenQuery {
    pub(super) ids: Vec<u32>,
    /// The position of each in the whole sequence.
    pub(super) positions: Vec<usize>,
    /// Which of them is masked and asked for.
    pub(super) at: usize,
}

impl TokenQuery {
    /// A whole sequence.
    pub(super) fn whole(ids: Vec<u32>, at: usize) -> Self {
        let positions = (0..ids.len()).collect();
        Self { ids, positions, at }
    }
}

/// Tokens that go through a model at once.
const BATCH: usize = 2048;

/// The logits of each question over the first `tokens` rows of the output, in order.
pub(super) fn answers(
    model: &impl MaskedLanguageModel,
    asked: &[TokenQuery],
    tokens: usize,
) -> Result<Vec<Vec<f32>>, Error> {
    let mut order: Vec<usize> = (0..asked.len()).collect();
    // Sequences of one length fill a batch without padding.
    order.sort_by_key(|&i| asked[i].ids.len());
    let mut answers = vec![Vec::new(); asked.len()];
    let vocabulary = model.sizes().vocabulary;
    let mut rest = order.as_slice();
    while let Some(&first) = rest.last() {
        let count = (BATCH / asked[first].ids.len().max(1)).clamp(1, rest.len());
        let (before, now) = rest.split_at(rest.len() - count);
        let ids: Vec<&[u32]> = now.iter().map(|&i| asked[i].ids.as_slice()).collect();
        let positions: Vec<&[usize]> = now.iter().map(|&i| asked[i].positions.as_slice()).collect();
        let batch = Batch::new(&ids, &model.sizes())?.at_positions(&positions, &model.sizes())?;
        let places = now.iter().enumerate();
        let places: Vec<usize> = places
            .map(|(row, &i)| batch.flat(row, asked[i].at))
            .collect();
        let logits = model
            .logits_at(&batch, &places, &Pass::default())
            .into_data();
        let logits: Vec<f32> = logits.iter::<f32>().collect();
        for (&i, row) in now.iter().zip(logits.chunks(vocabulary)) {
            answers[i] = row[..tokens.min(row.len())].to_vec();
        }
        rest = before;
    }
    Ok(answers)
}
