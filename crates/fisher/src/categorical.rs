//! Log-likelihoods of labels.

use crate::gradients::read;
use crate::hutchinson::{directions, signed_sums};
use crate::{Error, LabelChoice};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Log-likelihoods of labels under a categorical model: `log softmax(logits)[n, y_n]`, one a row.
///
/// With [`LabelChoice::Sampled`] the given labels are only counted: `y_n` is drawn from
/// `softmax(logits)[n]` by inversion, from the stream of the sequence. With
/// [`LabelChoice::Hutchinson`] they are only counted too, and the answer is no log-likelihood but
/// what has the gradient of `Σ_k v_nk √p_nk log p_nk`, the `√p` held constant.
///
/// # Shapes
/// `logits` `[M, V]`, `targets` `M` ids; the answer `[M]`, nats.
///
/// # Errors
/// [`Error::Target`] for an id outside the vocabulary, [`Error::Shape`] when the counts differ, and
/// [`Error::NotFinite`] when labels must be drawn from logits that are not finite, or all taken.
pub fn log_likelihoods(
    logits: Tensor<2>,
    targets: &[u32],
    labels: LabelChoice,
    sequence: u64,
) -> Result<Tensor<1>, Error> {
    let [rows, vocabulary] = logits.dims();
    if rows != targets.len() {
        return Err(Error::Shape {
            name: "logits".into(),
            found: vec![rows],
            expected: vec![targets.len()],
        });
    }
    if let Some(&target) = targets.iter().find(|&&t| t as usize >= vocabulary) {
        return Err(Error::Target {
            sequence,
            target,
            vocabulary,
        });
    }
    let chosen = match labels {
        LabelChoice::Hutchinson { seed } => {
            let values = read("logits", logits.clone())?;
            let directions = directions(&values, vocabulary, &[rows], sequence, seed)?;
            return Ok(signed_sums(logits, directions));
        }
        LabelChoice::Observed => targets.to_vec(),
        LabelChoice::Sampled { seed } => {
            let values = read("logits", logits.clone())?;
            draw(&values, vocabulary, seed, sequence)?
        }
    };
    let ids: Vec<i32> = chosen.into_iter().map(|t| t as i32).collect();
    let index = Tensor::<1, Int>::from_data(TensorData::new(ids, [rows]), &logits.device());
    Ok(log_softmax(logits, 1)
        .gather(1, index.reshape([rows, 1]))
        .reshape([rows]))
}

/// One label a row of `logits`, drawn from its softmax: stream `sequence` of the seed.
pub(crate) fn draw(
    logits: &[f64],
    vocabulary: usize,
    seed: u64,
    sequence: u64,
) -> Result<Vec<u32>, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(sequence);
    logits
        .chunks_exact(vocabulary)
        .map(|row| draw_one(row, rng.random(), sequence))
        .collect()
}

fn draw_one(logits: &[f64], uniform: f64, sequence: u64) -> Result<u32, Error> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let whole: f64 = logits.iter().map(|l| (l - largest).exp()).sum();
    if !whole.is_finite() {
        return Err(Error::NotFinite {
            sequence,
            value: whole,
        });
    }
    let mut left = uniform * whole;
    for (id, logit) in logits.iter().enumerate() {
        left -= (logit - largest).exp();
        if left < 0.0 {
            return Ok(id as u32);
        }
    }
    Ok(logits.len() as u32 - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_labels_follow_the_softmax() -> Result<(), Error> {
        let row = [0.1f64.ln(), 0.6f64.ln(), 0.3f64.ln()];
        let rows: Vec<f64> = (0..30_000).flat_map(|_| row).collect();
        let drawn = draw(&rows, 3, 5, 0)?;
        for (id, expected) in [0.1, 0.6, 0.3].into_iter().enumerate() {
            let found = drawn.iter().filter(|&&d| d == id as u32).count() as f64 / 30_000.0;
            approx::assert_abs_diff_eq!(found, expected, epsilon = 0.01);
        }
        assert_ne!(
            drawn,
            draw(&rows, 3, 5, 1)?,
            "another sequence draws from another stream"
        );
        Ok(())
    }
}
