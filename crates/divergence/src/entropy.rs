//! Measures of one distribution.

use std::f64::consts::{LN_2, LOG2_E};

use crate::{Distribution, Error, Real};

/// Entropy H(P) = −Σ pᵢ log2 pᵢ in bits, with 0·log 0 = 0.
///
/// Source: Shannon 1948.
///
/// ```
/// use dissensus_divergence::{Distribution, entropy_bits};
///
/// assert_eq!(entropy_bits(&Distribution::new(&[0.5, 0.5, 0.0])?), 1.0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[must_use]
pub fn entropy_bits<T: Real>(p: &Distribution<'_, T>) -> f64 {
    let sum: f64 = p.iter().filter(|&p| p > 0.0).map(|p| -p * p.log2()).sum();
    sum.max(0.0)
}

/// [`entropy_bits`] in nats.
#[must_use]
pub fn entropy_nats<T: Real>(p: &Distribution<'_, T>) -> f64 {
    entropy_bits(p) * LN_2
}

/// Perplexity 2^H(P): the number of equally probable tokens with the same entropy.
///
/// ```
/// use dissensus_divergence::{Distribution, perplexity};
///
/// assert_eq!(perplexity(&Distribution::uniform(8)?), 8.0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[must_use]
pub fn perplexity<T: Real>(p: &Distribution<'_, T>) -> f64 {
    entropy_bits(p).exp2()
}

/// Rényi entropy H_α(P) = log2(Σ pᵢ^α)/(1 − α) in bits; α = 0 counts possible tokens, 1 is
/// Shannon's entropy, ∞ is −log2 of the largest probability.
///
/// # Errors
/// α below 0 or NaN.
///
/// Source: Rényi 1961.
///
/// ```
/// use dissensus_divergence::{Distribution, renyi_entropy_bits};
///
/// let p = Distribution::new(&[0.5, 0.25, 0.25])?;
/// assert!((renyi_entropy_bits(&p, 0.0)? - 3.0_f64.log2()).abs() < 1e-12);
/// assert_eq!(renyi_entropy_bits(&p, 1.0)?, 1.5);
/// // sum of squares 3/8
/// assert!((renyi_entropy_bits(&p, 2.0)? - (8.0_f64 / 3.0).log2()).abs() < 1e-12);
/// assert_eq!(renyi_entropy_bits(&p, f64::INFINITY)?, 1.0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn renyi_entropy_bits<T: Real>(p: &Distribution<'_, T>, alpha: f64) -> Result<f64, Error> {
    check_order(alpha)?;
    if alpha == 1.0 {
        return Ok(entropy_bits(p));
    }
    let sum: f64 = p.iter().sum();
    let possible = || p.iter().filter(|&p| p > 0.0).map(|p| p / sum);
    let largest = possible().fold(0.0, f64::max).ln();
    let above = alpha - 1.0;
    let nats = if above.abs() < NEAR_ONE {
        // Σ pᵢ^α = 1 + Σ pᵢ (pᵢ^(α−1) − 1), whose terms have one sign.
        let rest: f64 = possible().map(|p| p * (above * p.ln()).exp_m1()).sum();
        -rest.ln_1p() / above
    } else if alpha == f64::INFINITY {
        -largest
    } else {
        // The largest is divided out: no power overflows, whatever α.
        let powers: f64 = possible().map(|p| (alpha * (p.ln() - largest)).exp()).sum();
        -(alpha / above) * largest - powers.ln() / above
    };
    Ok((nats * LOG2_E).max(0.0))
}

/// So near to α = 1 a difference from 1 is summed instead of the sum.
pub(crate) const NEAR_ONE: f64 = 0.01;

/// KL(P‖U) = log2 V − H(P) in bits: how far a distribution over V tokens is from flat.
///
/// ```
/// use dissensus_divergence::{Distribution, kl_to_uniform_bits};
///
/// assert_eq!(kl_to_uniform_bits(&Distribution::new(&[0.5, 0.5, 0.0, 0.0])?), 1.0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[must_use]
pub fn kl_to_uniform_bits<T: Real>(p: &Distribution<'_, T>) -> f64 {
    ((p.len() as f64).log2() - entropy_bits(p)).max(0.0)
}

/// [`kl_to_uniform_bits`] in nats.
#[must_use]
pub fn kl_to_uniform_nats<T: Real>(p: &Distribution<'_, T>) -> f64 {
    kl_to_uniform_bits(p) * LN_2
}

/// KL(U‖P) = −log2 V − (1/V) Σ log2 pᵢ in bits; infinite where a token is impossible.
///
/// ```
/// use dissensus_divergence::{Distribution, kl_from_uniform_bits};
///
/// let p = Distribution::new(&[0.25, 0.75])?;
/// assert!((kl_from_uniform_bits(&p) - 0.5 * (16.0_f64 / 12.0).log2()).abs() < 1e-12);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn kl_from_uniform_bits<T: Real>(p: &Distribution<'_, T>) -> f64 {
    let n = p.len() as f64;
    (-n.log2() - p.iter().map(f64::log2).sum::<f64>() / n).max(0.0)
}

/// The rank–probability curve: the probabilities from the largest to the smallest.
///
/// ```
/// use dissensus_divergence::{Distribution, rank_curve};
///
/// assert_eq!(rank_curve(&Distribution::new(&[0.2, 0.5, 0.3])?), [0.5, 0.3, 0.2]);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[must_use]
pub fn rank_curve<T: Real>(p: &Distribution<'_, T>) -> Vec<f64> {
    let mut sorted: Vec<f64> = p.iter().collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    sorted
}

/// Fails unless α ≥ 0.
pub(crate) fn check_order(alpha: f64) -> Result<(), Error> {
    if alpha >= 0.0 {
        Ok(())
    } else {
        Err(Error::Parameter {
            name: "order of Rényi",
            expected: "a number of at least 0",
            value: alpha,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nats_are_bits_times_the_logarithm_of_two() {
        let p = Distribution::new(&[0.5, 0.25, 0.125, 0.125]).unwrap();
        assert_eq!(entropy_nats(&p), 1.75 * LN_2);
        assert_eq!(kl_to_uniform_nats(&p), 0.25 * LN_2);
    }

    /// `python -c "from mpmath import *; mp.dps = 40; p = [mpf(7)/10, mpf(2)/10, mpf(1)/10];
    /// print([log(sum(x**a for x in p), 2)/(1-a) for a in (mpf(1)-mpf(2)**-40, mpf(1)+mpf(2)**-40,
    /// mpf(99)/100, mpf(101)/100, mpf(5), mpf(10)**300)])"`
    #[test]
    fn renyi_entropies_have_the_values_of_mpmath_near_one_and_far_from_it() {
        let p = Distribution::new(&[0.7, 0.2, 0.1]).unwrap();
        let orders = [
            1.0 - 2.0_f64.powi(-40),
            1.0 + 2.0_f64.powi(-40),
            0.99,
            1.01,
            5.0,
            1e300,
        ];
        let expected = [
            1.156_779_649_447_364,
            1.156_779_649_446_715,
            1.1603550656822564,
            1.1532225853313326,
            0.642_508_989_120_763_4,
            0.514_573_172_829_758_2,
        ];
        for (alpha, expected) in orders.into_iter().zip(expected) {
            let found = renyi_entropy_bits(&p, alpha).unwrap();
            assert!(
                (found - expected).abs() < 1e-13,
                "{alpha}: {found} {expected}"
            );
        }
    }

    #[test]
    fn what_rounding_leaves_beside_one_is_divided_out() {
        // Two equal probabilities of single precision that sum to 1.00008.
        let p = Distribution::new(&[0.50004_f32; 2]).unwrap();
        for alpha in [0.0, 0.5, 0.995, 1.005, 2.0, f64::INFINITY] {
            let found = renyi_entropy_bits(&p, alpha).unwrap();
            assert!((found - 1.0).abs() < 1e-12, "{alpha}: {found}");
        }
    }

    #[test]
    fn orders_below_zero_and_nan_are_refused() {
        let p = Distribution::uniform(2).unwrap();
        for alpha in [-0.5, f64::NAN, f64::NEG_INFINITY] {
            assert!(renyi_entropy_bits(&p, alpha).is_err());
        }
    }
}
