//! Models of the crate `lm` as predictors.

use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Masked, MaskedLanguageModel, Pass, predict,
};
use dissensus_tokenize::Tokenizer;

use crate::{
    CausalPredictor, Error, MaskedPredictor, MaskedTokens, ModelError, ScoreParams, VariantScore,
    VariantWindow, score_causal, score_masked,
};

/// A masked model of `lm` that says what stands under a mask.
pub struct MaskedModel<'a>(pub &'a dyn MaskedLanguageModel);

impl MaskedPredictor for MaskedModel<'_> {
    fn log_probabilities(&self, sequences: &[MaskedTokens]) -> Result<Vec<Vec<f32>>, ModelError> {
        // The token that stood there is not asked for; any id will do.
        let masked: Vec<Masked> = sequences
            .iter()
            .map(|masked| Masked {
                ids: masked.ids.clone(),
                positions: vec![masked.at],
                targets: vec![0],
            })
            .collect();
        let mut rows = Vec::with_capacity(masked.len());
        for chunk in predict(self.0, &masked, masked.len()) {
            let logits = chunk?.logits;
            let vocabulary = logits.len() / sequences.len();
            rows.extend(logits.chunks_exact(vocabulary).map(log_softmax));
        }
        Ok(rows)
    }
}

/// A causal model of `lm` that says how likely a sequence is.
pub struct CausalModel<'a>(pub &'a dyn CausalLanguageModel);

impl CausalPredictor for CausalModel<'_> {
    fn log_likelihoods(&self, sequences: &[Vec<u32>]) -> Result<Vec<f64>, ModelError> {
        let batch = Batch::new(sequences, &self.0.sizes())?;
        let place = |(row, ids): (usize, &Vec<u32>)| {
            let batch = &batch;
            (1..ids.len()).map(move |at| batch.flat(row, at - 1))
        };
        let before: Vec<usize> = sequences.iter().enumerate().flat_map(place).collect();
        if before.is_empty() {
            return Ok(vec![0.0; sequences.len()]);
        }
        let logits = self.0.next_logits(&batch, &before, &Pass::default());
        let vocabulary = logits.dims()[1];
        let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
        let mut rows = logits.chunks_exact(vocabulary);
        let likelihood = |ids: &Vec<u32>| {
            let following = ids.iter().skip(1).zip(rows.by_ref());
            following
                .map(|(&id, row)| f64::from(log_probability(row[id as usize], log_sum_exp(row))))
                .sum()
        };
        Ok(sequences.iter().map(likelihood).collect())
    }
}

/// Scores windows on both strands by whichever a model is, as its family defines the ratio: at
/// masked tokens, or of whole windows from left to right; of both, at masked tokens.
///
/// # Errors
/// A model that predicts neither masked nor next tokens, and those of [`score_masked`] and
/// [`score_causal`].
pub fn score_model(
    masked: Option<&dyn MaskedLanguageModel>,
    causal: Option<&dyn CausalLanguageModel>,
    tokenizer: &dyn Tokenizer,
    windows: &[VariantWindow],
) -> Result<Vec<VariantScore>, Error> {
    let params =
        |model: &dyn Encoder| ScoreParams::default().with_max_length(model.sizes().positions);
    match (masked, causal) {
        (Some(model), _) => {
            let params = params(model);
            score_masked(&MaskedModel(model), tokenizer, windows, &params)
        }
        (None, Some(model)) => {
            let params = params(model);
            score_causal(&CausalModel(model), tokenizer, windows, &params)
        }
        (None, None) => Err(Error::Model {
            source: "the model predicts neither masked nor next tokens".into(),
        }),
    }
}

/// ln Σ eˣ, summed in double precision.
fn log_sum_exp(logits: &[f32]) -> f64 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&x| f64::from(x - largest).exp()).sum();
    f64::from(largest) + sum.ln()
}

fn log_probability(logit: f32, log_sum: f64) -> f32 {
    (f64::from(logit) - log_sum) as f32
}

fn log_softmax(logits: &[f32]) -> Vec<f32> {
    let log_sum = log_sum_exp(logits);
    logits
        .iter()
        .map(|&x| log_probability(x, log_sum))
        .collect()
}
