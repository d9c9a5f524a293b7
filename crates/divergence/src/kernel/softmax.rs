//! Logits to probabilities.

use dissensus_kernels::math::exp_of_negative;
use dissensus_kernels::simd::{LANES, vectorize};
use dissensus_kernels::sums::{BLOCK, total_f32, total_f64};

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
    /// Whether a logit may be further than [`FAR`] below the largest.
    pub(crate) far: bool,
}

/// A probability that single precision rounds to 0 is below 1e-37. Times a logit nearer than this
/// it is below 1e-17 and may be left out.
const FAR: f64 = 1e20;

/// Writes the probabilities of `logits` to `out`.
///
/// With x the logit less the largest and Z = Σ exp(x), the entropy is ln Z + Σ exp(x)·(−x)/Z: two
/// terms ≥ 0, so that nothing cancels.
pub(crate) fn softmax(logits: &[f32], out: &mut [f32]) -> Result<Softmax, Error> {
    let (argmax, largest) = largest(logits)?;
    let sums = exponentials(logits, largest, out);
    scale(out, (1.0 / sums.weight) as f32);
    Ok(Softmax {
        log_sum: f64::from(largest) + sums.weight.ln(),
        entropy: sums.weight.ln() + sums.spread / sums.weight,
        mean_logit: sums.logit / logits.len() as f64,
        argmax,
        // The sum of all distances, none of them negative.
        far: f64::from(largest) * logits.len() as f64 - sums.logit > FAR,
    })
}

/// The first largest logit and its token; an error for NaN, plus infinity, and nothing but minus
/// infinity.
fn largest(logits: &[f32]) -> Result<(usize, f32), Error> {
    let largest = maximum(logits);
    if largest < f32::INFINITY && largest > f32::NEG_INFINITY {
        // `maximum` gives plus infinity for NaN: here all are numbers, and one of them is the
        // largest.
        return Ok((first_equal(logits, largest), largest));
    }
    match logits
        .iter()
        .position(|&value| value.is_nan() || value == f32::INFINITY)
    {
        Some(index) => Err(Error::Logit {
            index,
            value: logits[index].into(),
        }),
        None => Err(Error::NothingPossible {
            length: logits.len(),
        }),
    }
}

/// The largest value; plus infinity where one is NaN.
pub(crate) fn maximum(values: &[f32]) -> f32 {
    vectorize(
        #[inline(always)]
        || maximum_body(values),
    )
}

#[inline(always)]
fn maximum_body(values: &[f32]) -> f32 {
    let number = |value: f32| {
        if value <= f32::MAX {
            value
        } else {
            f32::INFINITY
        }
    };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (largest, &value) in lanes.iter_mut().zip(chunk) {
            let value = number(value);
            *largest = if value > *largest { value } else { *largest };
        }
    }
    let rest = rest.iter().map(|&value| number(value));
    lanes
        .into_iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a })
}

/// Where `value` stands first.
fn first_equal(values: &[f32], value: f32) -> usize {
    let block = values
        .chunks(64)
        .position(|chunk| chunk.iter().fold(false, |any, v| any | (*v == value)));
    let start = 64 * block.unwrap_or(0);
    start
        + values[start..]
            .iter()
            .position(|v| *v == value)
            .unwrap_or(0)
}

/// Sums over a row of logits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    weight: f64,
    spread: f64,
    logit: f64,
}

/// Writes exp(logit − largest), and sums.
pub(crate) fn exponentials(logits: &[f32], largest: f32, out: &mut [f32]) -> Sums {
    vectorize(
        #[inline(always)]
        || exponentials_body(logits, largest, out),
    )
}

#[inline(always)]
fn exponentials_body(logits: &[f32], largest: f32, out: &mut [f32]) -> Sums {
    let mut sums = Sums::default();
    for (logits, out) in logits.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        let (logits, logits_rest) = logits.as_chunks::<LANES>();
        let (out, out_rest) = out.as_chunks_mut::<LANES>();
        let (mut weight, mut spread, mut logit) = ([0.0; LANES], [0.0; LANES], [0.0_f64; LANES]);
        for (x, e) in logits.iter().zip(out) {
            for lane in 0..LANES {
                let (value, share) = exponential(x[lane], largest);
                e[lane] = value;
                weight[lane] += value;
                spread[lane] += share;
                logit[lane] += f64::from(x[lane]);
            }
        }
        for (x, e) in logits_rest.iter().zip(out_rest) {
            let (value, share) = exponential(*x, largest);
            *e = value;
            sums.weight += f64::from(value);
            sums.spread += f64::from(share);
            sums.logit += f64::from(*x);
        }
        sums.weight += total_f32(weight);
        sums.spread += total_f32(spread);
        sums.logit += total_f64(logit);
    }
    sums
}

/// exp(−x) and x·exp(−x), with x how far the logit is below the largest.
#[inline(always)]
fn exponential(logit: f32, largest: f32) -> (f32, f32) {
    let below = largest - logit;
    // Beyond 100 the weight is 0: the bound keeps 0·∞ out.
    let below = if below > 100.0 { 100.0 } else { below };
    let value = exp_of_negative(-below);
    (value, value * below)
}

/// Multiplies every value.
pub(crate) fn scale(values: &mut [f32], factor: f32) {
    vectorize(
        #[inline(always)]
        || scale_body(values, factor),
    )
}

#[inline(always)]
fn scale_body(values: &mut [f32], factor: f32) {
    values.iter_mut().for_each(|value| *value *= factor);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_gives_the_same_bits() {
        let logits: Vec<f32> = (0..1203)
            .map(|i| ((i * 7919) % 1009) as f32 / 50.0 - 10.0)
            .collect();
        let (mut wide, mut narrow) = (vec![0.0; 1203], vec![0.0; 1203]);
        let (a, b) = (
            exponentials(&logits, 11.0, &mut wide),
            exponentials_body(&logits, 11.0, &mut narrow),
        );
        assert_eq!(wide, narrow);
        assert_eq!((a.weight, a.spread, a.logit), (b.weight, b.spread, b.logit));
        assert_eq!(maximum(&logits), maximum_body(&logits));
    }

    #[test]
    fn the_first_of_the_largest_is_found_wherever_it_stands() {
        for at in [0, 15, 16, 63, 64, 200, 202] {
            let mut logits = vec![-1.0; 203];
            logits[at] = 2.0;
            logits[202] = 2.0;
            assert_eq!(largest(&logits), Ok((at, 2.0)));
        }
        // Several in one block, and a block of nothing else.
        for (equal, after) in [(2, 100), (64, 64), (64, 130), (65, 70)] {
            let mut logits = vec![-1.0; 203];
            logits[..equal].fill(2.0);
            logits[after] = 2.0;
            assert_eq!(largest(&logits), Ok((0, 2.0)), "{equal}");
            logits.rotate_right(1);
            assert_eq!(largest(&logits), Ok((1, 2.0)), "{equal}");
        }
        let full = [vec![2.0; 64], vec![1.0; 40]].concat();
        assert_eq!(largest(&full), Ok((0, 2.0)));
    }

    #[test]
    fn logits_are_far_by_their_distance_not_by_their_size() {
        let far = |logits: &[f32]| softmax(logits, &mut vec![0.0; logits.len()]).map(|s| s.far);
        for near in [[0.0, -1e19], [3e38, 3e38], [-3e38, -3e38], [1e21, 1e21]] {
            assert_eq!(far(&near), Ok(false), "{near:?}");
        }
        for apart in [
            [0.0, -1e21],
            [3e38, 2e38],
            [-2e38, -3e38],
            [5.0, f32::NEG_INFINITY],
        ] {
            assert_eq!(far(&apart), Ok(true), "{apart:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_named() {
        let mut logits = vec![0.0; 50];
        logits[37] = f32::NAN;
        assert!(matches!(
            largest(&logits),
            Err(Error::Logit { index: 37, .. })
        ));
        logits[37] = f32::INFINITY;
        assert!(matches!(
            largest(&logits),
            Err(Error::Logit { index: 37, .. })
        ));
        assert_eq!(
            largest(&[f32::NEG_INFINITY; 20]),
            Err(Error::NothingPossible { length: 20 })
        );
    }
}
