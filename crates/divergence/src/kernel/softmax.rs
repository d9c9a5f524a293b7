//! Logits to probabilities.

use crate::Error;

/// What one pass over logits gives beside the probabilities.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Softmax {
    /// ln Σ exp(logit).
    pub(crate) log_sum: f64,
    /// Entropy in nats.
    pub(crate) entropy: f64,
    /// Mean of the logits; minus infinity where one is.
    pub(crate) mean_logit: f64,
    /// The first token with the largest logit.
    pub(crate) argmax: usize,
}

/// Writes the probabilities of `logits` to `out`.
///
/// With x the logit less the largest and Z = Σ exp(x), the entropy is ln Z + Σ exp(x)·(−x)/Z: two terms ≥ 0, so that
/// nothing cancels.
pub(crate) fn softmax(logits: &[f32], out: &mut [f32]) -> Result<Softmax, Error> {
    let (argmax, largest) = largest(logits)?;
    let (mut sum, mut spread, mut total) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (p, &logit) in out.iter_mut().zip(logits) {
        let below = f64::from(largest) - f64::from(logit);
        let weight = (-below).exp();
        if weight > 0.0 {
            spread += weight * below;
        }
        sum += weight;
        total += f64::from(logit);
        *p = weight as f32;
    }
    let scale = (1.0 / sum) as f32;
    out.iter_mut().for_each(|p| *p *= scale);
    Ok(Softmax {
        log_sum: f64::from(largest) + sum.ln(),
        entropy: sum.ln() + spread / sum,
        mean_logit: total / logits.len() as f64,
        argmax,
    })
}

/// The first largest logit and its token; an error for NaN, plus infinity, and nothing but minus infinity.
fn largest(logits: &[f32]) -> Result<(usize, f32), Error> {
    let mut best = (0, f32::NEG_INFINITY);
    for (index, &value) in logits.iter().enumerate() {
        if value.is_nan() || value == f32::INFINITY {
            return Err(Error::Logit {
                index,
                value: value.into(),
            });
        }
        if value > best.1 {
            best = (index, value);
        }
    }
    if best.1 == f32::NEG_INFINITY {
        Err(Error::NothingPossible {
            length: logits.len(),
        })
    } else {
        Ok(best)
    }
}
