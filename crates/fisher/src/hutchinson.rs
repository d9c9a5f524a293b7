//! Random signs over all labels: the Fisher information of the model itself, no label drawn.

use crate::Error;
use burn::tensor::{Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// The first `count` random signs `±1` of a sequence: stream `sequence` of the seed, a bit each.
///
/// With a vocabulary of `V`, masked token `n` of the sequence has the signs `V'·n .. V'·n + V`,
/// where `V'` is `V` rounded up to a multiple of 64.
///
/// ```
/// let signs = dissensus_fisher::random_signs(1, 0, 1000);
/// assert!(signs.iter().all(|&sign| sign == 1.0 || sign == -1.0));
/// assert!(signs.iter().sum::<f32>().abs() < 100.0);
/// ```
#[must_use]
pub fn random_signs(seed: u64, sequence: u64, count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(sequence);
    let words = (0..count.div_ceil(64)).map(|_| rng.next_u64());
    let signs = words.flat_map(|word| (0..64).map(move |bit| sign(word, bit)));
    signs.take(count).collect()
}

fn sign(word: u64, bit: usize) -> f32 {
    if word >> bit & 1 == 1 { 1.0 } else { -1.0 }
}

/// What is sent back through the logits of the masked tokens of consecutive sequences, `[M, V]`
/// row-major: `b = L v`, `L = diag(√p) − p √pᵀ`, `p = softmax(logits)`, `v` random signs.
///
/// `L Lᵀ = diag(p) − p pᵀ` is the Fisher information of the logits, so `E[b bᵀ]` is.
pub(crate) fn directions(
    logits: &[f64],
    vocabulary: usize,
    tokens: &[usize],
    first: u64,
    seed: u64,
) -> Result<Vec<f32>, Error> {
    let mut left = logits;
    let mut sequences = Vec::with_capacity(tokens.len());
    for (sequence, count) in (first..).zip(tokens) {
        let (mine, others) = left.split_at(count * vocabulary);
        sequences.push((sequence, mine));
        left = others;
    }
    let of = |(sequence, mine): (u64, &[f64])| of_sequence(mine, vocabulary, seed, sequence);
    let all: Result<Vec<Vec<f32>>, Error> = sequences.into_par_iter().map(of).collect();
    Ok(all?.concat())
}

fn of_sequence(
    logits: &[f64],
    vocabulary: usize,
    seed: u64,
    sequence: u64,
) -> Result<Vec<f32>, Error> {
    let stride = vocabulary.next_multiple_of(64);
    let rows = logits.len() / vocabulary;
    let signs = random_signs(seed, sequence, rows * stride);
    let mut directions = Vec::with_capacity(logits.len());
    for (row, signs) in logits.chunks_exact(vocabulary).zip(signs.chunks(stride)) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut roots: Vec<f64> = row.iter().map(|l| (0.5 * (l - largest)).exp()).collect();
        let whole: f64 = roots.iter().map(|root| root * root).sum();
        if !whole.is_finite() {
            return Err(Error::NotFinite {
                sequence,
                value: whole,
            });
        }
        roots.iter_mut().for_each(|root| *root /= whole.sqrt());
        let signed = |(root, sign): (&f64, &f32)| root * f64::from(*sign);
        let dot: f64 = roots.iter().zip(signs).map(signed).sum();
        let entry = |(root, sign): (&f64, &f32)| (root * (f64::from(*sign) - root * dot)) as f32;
        directions.extend(roots.iter().zip(signs).map(entry));
    }
    Ok(directions)
}

/// `Σ_k b_nk z_nk` of each row `n`, the directions `b` held constant: what is sent back through the
/// logits is `b`, in `[M, V]`.
pub(crate) fn signed_sums(logits: Tensor<2>, directions: Vec<f32>) -> Tensor<1> {
    let [rows, vocabulary] = logits.dims();
    let constant = TensorData::new(directions, [rows, vocabulary]);
    let constant = Tensor::<2>::from_data(constant, &logits.device());
    (logits * constant).sum_dim(1).reshape([rows])
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: [f64; 3] = [0.1, 0.6, 0.3];

    #[test]
    fn directions_are_the_factor_times_the_signs_whatever_is_added_to_the_logits()
    -> Result<(), Error> {
        for shift in [0.0, 500.0] {
            let logits: Vec<f64> = [P, P]
                .as_flattened()
                .iter()
                .map(|p| p.ln() + shift)
                .collect();
            let found = directions(&logits, 3, &[2], 5, 1)?;
            let signs = random_signs(1, 5, 128);
            for (found, signs) in found.chunks(3).zip(signs.chunks(64)) {
                let signed = |(p, sign): (&f64, &f32)| p.sqrt() * f64::from(*sign);
                let dot: f64 = P.iter().zip(signs).map(signed).sum();
                for (at, found) in P.iter().zip(signs).zip(found) {
                    let expected = signed(at) - at.0 * dot;
                    approx::assert_abs_diff_eq!(f64::from(*found), expected, epsilon = 1e-6);
                }
            }
        }
        Ok(())
    }

    #[test]
    fn the_mean_outer_product_is_the_information_of_the_logits() -> Result<(), Error> {
        let rows = 20_000;
        let logits: Vec<f64> = (0..rows).flat_map(|_| P.map(f64::ln)).collect();
        let found = directions(&logits, 3, &[rows], 0, 2)?;
        for (i, j) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)] {
            let products = found.chunks(3).map(|b| f64::from(b[i] * b[j]));
            let expected = if i == j { P[i] } else { 0.0 } - P[i] * P[j];
            let mean = products.sum::<f64>() / f64::from(rows as u32);
            approx::assert_abs_diff_eq!(mean, expected, epsilon = 0.01);
        }
        Ok(())
    }

    #[test]
    fn logits_that_are_no_numbers_are_an_error_that_names_the_sequence() {
        let logits = [0.0, 1.0, f64::NAN, 0.0];
        let error = directions(&logits, 2, &[1, 1], 3, 0).unwrap_err();
        assert!(
            matches!(error, Error::NotFinite { sequence: 4, .. }),
            "{error}"
        );
    }
}
