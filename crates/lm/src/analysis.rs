//! What a model says about sequences, without training it.

use burn::tensor::Tensor;
use dissensus_layers::cross_entropy;

use crate::batch::index_tensor;
use crate::objective::next_token_logits;
use crate::parameters::floats;
use crate::{
    Batch, CausalLanguageModel, Encoder, Error, Masked, MaskedLanguageModel, NextToken, Over, Pass,
    Pool, pool,
};

/// The logits at some masked positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicted {
    /// Row-major `[positions, V]`.
    pub logits: Vec<f32>,
    /// The token that was masked, per position.
    pub targets: Vec<u32>,
}

/// How well a model predicts tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Mean negative log-likelihood, nats a token.
    pub loss: f64,
    /// Fraction of first guesses that are right.
    pub accuracy: f64,
    /// Number of predicted tokens.
    pub predicted: u64,
}

/// The logits at every masked position, `batch` sequences at a time, in the order of the sequences:
/// iterators of several models over the same sequences and the same `batch` go in step. A chunk
/// without masked positions is empty.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Config, MaskedLm};
/// use dissensus_lm::{Masking, predict};
/// let config = Config::preset("tiny")?.with_vocabulary(30, 1);
/// let model = MaskedLm::new(&config, 7, &Device::flex())?;
/// let masked = Masking::analysis(30, 4, &[0, 1, 2, 3, 4]).mask_all(&[[7, 8, 9], [9, 8, 7]], 1)?;
/// for chunk in predict(&model, &masked, 1) {
///     let chunk = chunk?;
///     assert_eq!(chunk.logits.len(), 30 * chunk.targets.len());
/// }
/// # Ok::<(), dissensus_bert::Error>(())
/// ```
///
/// # Errors
/// The items are those of [`Batch::new`].
pub fn predict<'a>(
    model: &'a dyn MaskedLanguageModel,
    masked: &'a [Masked],
    batch: usize,
) -> impl Iterator<Item = Result<Predicted, Error>> + 'a {
    masked.chunks(batch.max(1)).map(|chunk| {
        let targets = targets(chunk);
        let logits = match model.logits_at_masked(chunk, &Pass::default())? {
            Some(logits) => floats(logits),
            None => Vec::new(),
        };
        Ok(Predicted { logits, targets })
    })
}

/// Loss and accuracy over all masked positions, `batch` sequences at a time.
///
/// # Errors
/// Those of [`Batch::new`]; [`Error::Empty`] if nothing is masked.
pub fn evaluate(
    model: &dyn MaskedLanguageModel,
    masked: &[Masked],
    batch: usize,
) -> Result<Evaluation, Error> {
    score(masked, batch, None, |chunk| {
        model.logits_at_masked(chunk, &Pass::default())
    })
}

/// How well a causal model guesses every token but the first from those before it, `batch`
/// sequences at a time.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_lm::{Batch, CausalLanguageModel, Encoder, Pass, Sizes, evaluate_next};
/// /// Says that every token comes again.
/// struct Again;
/// impl Encoder for Again {
///     fn sizes(&self) -> Sizes {
///         Sizes { vocabulary: 4, positions: 9, width: 1, layers: 0, padding: 0 }
///     }
///     fn device(&self) -> Device {
///         Device::flex()
///     }
///     fn encode(&self, batch: &Batch, _: &Pass) -> Tensor<3> {
///         batch.id_tensor(&self.device()).float().unsqueeze_dim(2)
///     }
///     fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
///         vec![self.encode(batch, pass)]
///     }
///     fn input_embeddings(&self) -> Tensor<2> {
///         Tensor::zeros([4, 1], &self.device())
///     }
/// }
/// impl CausalLanguageModel for Again {
///     fn next_logits(&self, batch: &Batch, positions: &[usize], _: &Pass) -> Tensor<2> {
///         let mut logits = vec![0f32; 4 * positions.len()];
///         positions
///             .iter()
///             .enumerate()
///             .for_each(|(i, &at)| logits[4 * i + batch.ids()[at] as usize] = 50.0);
///         Tensor::<1>::from_data(&logits[..], &self.device()).reshape([positions.len(), 4])
///     }
/// }
/// let found = evaluate_next(&Again, &[vec![1, 1, 1], vec![2, 3]], 8)?;
/// assert_eq!((found.predicted, found.accuracy), (3, 2.0 / 3.0));
/// assert!((found.loss - 50.0 / 3.0).abs() < 1e-4);
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
///
/// # Errors
/// Those of [`Batch::new`]; [`Error::Empty`] if no sequence has a second token.
pub fn evaluate_next<S: AsRef<[u32]>>(
    model: &dyn CausalLanguageModel,
    sequences: &[S],
    batch: usize,
) -> Result<Evaluation, Error> {
    let examples = sequences.iter().map(|ids| NextToken::of(ids.as_ref()));
    score(&examples.collect::<Vec<_>>(), batch, None, |chunk| {
        next_token_logits(model, chunk, &Pass::default())
    })
}

/// Loss and accuracy of the logits of each chunk of examples; in the loss each target has its
/// weight, if there are any.
pub(crate) fn score(
    masked: &[Masked],
    batch: usize,
    weights: Option<&[f32]>,
    logits: impl Fn(&[Masked]) -> Result<Option<Tensor<2>>, Error>,
) -> Result<Evaluation, Error> {
    let (mut loss, mut weight, mut right, mut predicted) = (0.0, 0.0, 0u64, 0u64);
    for chunk in masked.chunks(batch.max(1)) {
        let Some(logits) = logits(chunk)? else {
            continue;
        };
        let targets = targets(chunk);
        let guesses = logits.clone().argmax(1).into_data();
        let guesses = guesses.iter::<i64>();
        right += guesses
            .zip(&targets)
            .filter(|&(guess, &target)| guess == i64::from(target))
            .count() as u64;
        loss += nll_sum(logits, &targets, weights);
        weight += total_weight(&targets, weights);
        predicted += targets.len() as u64;
    }
    if predicted == 0 {
        return Err(Error::empty("the set of predicted positions"));
    }
    Ok(Evaluation {
        loss: loss / weight,
        accuracy: right as f64 / predicted as f64,
        predicted,
    })
}

fn nll_sum(logits: Tensor<2>, targets: &[u32], weights: Option<&[f32]>) -> f64 {
    let device = logits.device();
    let indices = index_tensor(targets.iter().map(|&t| t as usize), &device);
    let nll = floats(cross_entropy(logits, indices)).into_iter();
    let weight = |target: u32| weights.map_or(1.0, |w| f64::from(w[target as usize]));
    nll.zip(targets)
        .map(|(nll, &t)| weight(t) * f64::from(nll))
        .sum()
}

/// What targets count together: their number, or the sum of their weights.
pub(crate) fn total_weight(targets: &[u32], weights: Option<&[f32]>) -> f64 {
    match weights {
        None => targets.len() as f64,
        Some(weights) => targets
            .iter()
            .map(|&t| f64::from(weights[t as usize]))
            .sum(),
    }
}

fn targets(chunk: &[Masked]) -> Vec<u32> {
    chunk
        .iter()
        .flat_map(|m| m.targets.iter().copied())
        .collect()
}

/// The mean hidden state of each sequence, padding left out, after the embeddings and after each
/// layer: one row-major `[sequences, H]` table per layer, `L + 1` of them.
///
/// # Errors
/// Those of [`Batch::new`].
pub fn mean_hidden_states<S: AsRef<[u32]>>(
    model: &dyn Encoder,
    sequences: &[S],
    batch: usize,
) -> Result<Vec<Vec<f32>>, Error> {
    let sizes = model.sizes();
    let mut tables = vec![Vec::new(); sizes.layers + 1];
    for chunk in sequences.chunks(batch.max(1)) {
        let batch = Batch::new(chunk, &sizes)?;
        let states = model.hidden_states(&batch, &Pass::default());
        for (table, state) in tables.iter_mut().zip(states) {
            table.extend(pool(state.inner(), &batch, Pool::Mean, Over::Tokens));
        }
    }
    Ok(tables)
}
