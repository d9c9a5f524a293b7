//! What models say of sequences, without training.

use dissensus_lm::{Batch, Encoder, Pass, TrainableModel};
use dissensus_probe::{Features, ProbeOutcome};
use nalgebra::DMatrix;

use crate::{Classifier, Error, Pooling};

/// The probability of each class of each sequence, `batch` sequences at a time, in their order.
///
/// # Errors
/// Those of [`Batch::new`].
pub fn class_probabilities<M: TrainableModel, S: AsRef<[u32]>>(
    model: &Classifier<M>,
    sequences: &[S],
    batch: usize,
) -> Result<ProbeOutcome, Error> {
    let classes = model.head().classes;
    let mut rows = Vec::with_capacity(sequences.len() * classes);
    for some in sequences.chunks(batch.max(1)) {
        let batch = Batch::new(some, &model.sizes())?;
        let logits = model.class_logits(&batch, &Pass::default()).into_data();
        let logits: Vec<f64> = logits.iter::<f32>().map(f64::from).collect();
        rows.extend(logits.chunks(classes).flat_map(softmax));
    }
    let probabilities = DMatrix::from_row_slice(sequences.len(), classes, &rows);
    Ok(ProbeOutcome::probabilities(probabilities))
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = logits.iter().map(|x| (x - most).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.into_iter().map(|part| part / sum).collect()
}

/// The pooled states of each sequence by each pooling, from one pass of the model: what a
/// fine-tuned head begins with, and what a probe of frozen features sees.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Config, MaskedLm};
/// use dissensus_finetune::{Pooling, pooled_features};
/// use dissensus_lm::Pool;
/// let model =
///     MaskedLm::new(&Config::preset("micro")?.with_vocabulary(20, 1), 7, &Device::flex())?;
/// let both = [Pool::Mean, Pool::Max].map(|pool| Pooling::new(pool, [2, 3]));
/// let found = pooled_features(&model, &[vec![2, 7, 8, 3], vec![2, 9, 3]], &both, 16)?;
/// assert_eq!((found.len(), found[0].rows(), found[0].columns()), (2, 2, 64));
/// assert_eq!(found[0].row(1), found[1].row(1)); // of one token the mean is the largest
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`Batch::new`]; [`Error::NothingToPool`]; a state that is not finite.
pub fn pooled_features<S: AsRef<[u32]>>(
    model: &dyn Encoder,
    sequences: &[S],
    poolings: &[Pooling],
    batch: usize,
) -> Result<Vec<Features>, Error> {
    let mut found = vec![Vec::new(); poolings.len()];
    for pooling in poolings {
        let nothing = |s: &S| pooling.positions(s.as_ref()).is_empty();
        if let Some(sequence) = sequences.iter().position(nothing) {
            return Err(Error::NothingToPool { sequence });
        }
    }
    for some in sequences.chunks(batch.max(1)) {
        let batch = Batch::new(some, &model.sizes())?;
        let states = model.encode(&batch, &Pass::default());
        for (pooling, found) in poolings.iter().zip(&mut found) {
            let pooled = pooling.of(states.clone(), &batch).into_data();
            found.extend(pooled.iter::<f32>());
        }
    }
    let width = model.sizes().width;
    let features = found.iter().map(|values| Features::from_f32(values, width));
    Ok(features.collect::<Result<_, _>>()?)
}
