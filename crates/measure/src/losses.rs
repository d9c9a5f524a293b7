//! Mean losses at masked tokens.

use dissensus_lm::{Masked, MaskedLanguageModel};

use crate::Error;
use crate::oracle::log2_probability;
use crate::predictions::Predictions;

/// The mean loss of each model at the masked tokens, in bits a token, over the first `tokens` rows
/// of the output; 0 where nothing is masked.
pub(crate) fn mean_losses_bits(
    models: &[impl MaskedLanguageModel],
    masked: &[Masked],
    tokens: usize,
) -> Result<Vec<f64>, Error> {
    let (mut sums, mut count) = (vec![0.0; models.len()], 0);
    Predictions::each(models, masked, tokens, |batch| {
        let vocabulary = batch.logits[0].len() / batch.targets.len();
        for (sum, rows) in sums.iter_mut().zip(&batch.logits) {
            let rows = rows.chunks(vocabulary).zip(&batch.targets);
            let losses = rows.map(|(row, &target)| -log2_probability(row, target));
            *sum += losses.sum::<f64>();
        }
        count += batch.targets.len();
        Ok(())
    })?;
    let count = count.max(1) as f64;
    Ok(sums.into_iter().map(|sum| sum / count).collect())
}
