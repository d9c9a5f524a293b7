//! Measures of two distributions.

use std::f64::consts::{LN_2, LOG2_E};

use crate::entropy::{NEAR_ONE, check_order, entropy_bits};
use crate::error::same_length;
use crate::kernel::js_term;
use crate::{Distribution, Error, Real};

/// Kullback–Leibler divergence KL(P‖Q) = Σ pᵢ log2(pᵢ/qᵢ) in bits; infinite where Q excludes what P
/// allows.
///
/// The terms are taken as qᵢ·φ(pᵢ/qᵢ) with φ(x) = x ln x − x + 1 ≥ 0, so that nothing cancels.
///
/// # Errors
/// Different lengths.
///
/// Source: Kullback and Leibler 1951.
///
/// ```
/// use dissensus_divergence::{Distribution, kl_divergence_bits};
///
/// let (p, q) = (Distribution::new(&[0.5, 0.5])?, Distribution::new(&[0.25, 0.75])?);
/// assert!((kl_divergence_bits(&p, &q)? - 0.5 * (4.0_f64 / 3.0).log2()).abs() < 1e-12);
/// let sure = Distribution::new(&[1.0, 0.0])?;
/// assert_eq!(kl_divergence_bits(&sure, &q)?, 2.0);
/// assert_eq!(kl_divergence_bits(&q, &sure)?, f64::INFINITY);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn kl_divergence_bits<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<f64, Error> {
    let nats: f64 = pairs(p, q)?.map(|(p, q)| kl_term(p, q)).sum();
    Ok((nats * LOG2_E).max(0.0))
}

/// [`kl_divergence_bits`] in nats.
///
/// ```
/// use dissensus_divergence::{Distribution, kl_divergence_nats};
/// let (p, q) = (Distribution::new(&[0.5, 0.5])?, Distribution::new(&[0.25, 0.75])?);
/// let expected = 0.5 * (0.5 / 0.25_f64).ln() + 0.5 * (0.5 / 0.75_f64).ln();
/// assert!((kl_divergence_nats(&p, &q)? - expected).abs() < 1e-12);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
///
/// # Errors
/// Different lengths.
pub fn kl_divergence_nats<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<f64, Error> {
    Ok(kl_divergence_bits(p, q)? * LN_2)
}

/// Cross-entropy H(P, Q) = −Σ pᵢ log2 qᵢ = H(P) + KL(P‖Q) in bits.
///
/// # Errors
/// Different lengths.
///
/// ```
/// use dissensus_divergence::{Distribution, cross_entropy_bits};
///
/// let (p, q) = (Distribution::new(&[0.5, 0.5])?, Distribution::new(&[0.25, 0.75])?);
/// assert!((cross_entropy_bits(&p, &q)? - (1.0 - 0.5 * 0.75_f64.log2())).abs() < 1e-12);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn cross_entropy_bits<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<f64, Error> {
    let possible = pairs(p, q)?.filter(|(p, _)| *p > 0.0);
    Ok(possible.map(|(p, q)| -p * q.log2()).sum::<f64>().max(0.0))
}

/// Rényi divergence D_α(P‖Q) = log2(Σ pᵢ^α qᵢ^(1−α))/(α − 1) in bits; 1 is Kullback–Leibler, ∞ the
/// largest log-ratio.
///
/// # Errors
/// Different lengths, α below 0 or NaN.
///
/// Source: Rényi 1961; van Erven and Harremoës 2014.
///
/// ```
/// use dissensus_divergence::{Distribution, renyi_divergence_bits};
///
/// let (p, q) = (Distribution::new(&[0.5, 0.5])?, Distribution::new(&[0.25, 0.75])?);
/// // .25/.25 + .25/.75
/// assert!((renyi_divergence_bits(&p, &q, 2.0)? - (4.0_f64 / 3.0).log2()).abs() < 1e-12);
/// assert_eq!(renyi_divergence_bits(&p, &q, f64::INFINITY)?, 1.0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn renyi_divergence_bits<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
    alpha: f64,
) -> Result<f64, Error> {
    check_order(alpha)?;
    let kl = kl_divergence_bits(p, q)?;
    let above = alpha - 1.0;
    // Each possible token's probability and log-ratio, infinite where Q excludes it.
    let possible = || pairs(p, q).into_iter().flatten().filter(|(p, _)| *p > 0.0);
    let ratios = || possible().map(|(p, q)| (p, log_ratio(p, q)));
    let nats = if above.abs() < NEAR_ONE && kl.is_finite() {
        // Σ pᵢ exp((α−1)·rᵢ) = 1 + (α−1)·KL + Σ pᵢ (exp(yᵢ) − 1 − yᵢ), yᵢ = (α−1)·rᵢ.
        let curved: f64 = ratios().map(|(p, r)| p * exp_beyond_line(above * r)).sum();
        if above == 0.0 {
            kl * LN_2
        } else {
            (above * kl * LN_2 + curved).ln_1p() / above
        }
    } else if above == 0.0 {
        f64::INFINITY
    } else {
        // The largest power is divided out: none overflows, whatever α.
        let extreme = if above > 0.0 {
            ratios().map(|(_, r)| r).fold(f64::NEG_INFINITY, f64::max)
        } else {
            ratios().map(|(_, r)| r).fold(f64::INFINITY, f64::min)
        };
        if extreme == f64::INFINITY || alpha == f64::INFINITY {
            extreme
        } else {
            let powers: f64 = ratios()
                .map(|(p, r)| p * (above * (r - extreme)).exp())
                .sum();
            extreme + powers.ln() / above
        }
    };
    Ok((nats * LOG2_E).max(0.0))
}

/// ln(p/q) for p > 0, infinite where q is 0; of logarithms where the ratio overflows.
fn log_ratio(p: f64, q: f64) -> f64 {
    let ratio = p / q;
    if ratio.is_normal() {
        ratio.ln()
    } else {
        p.ln() - q.ln()
    }
}

/// eʸ − 1 − y, at least 0; by its series where that would cancel.
fn exp_beyond_line(y: f64) -> f64 {
    if y.abs() < 1e-2 {
        y * y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0 + y * (1.0 / 120.0 + y / 720.0))))
    } else {
        y.exp_m1() - y
    }
}

/// Total variation ½ Σ |pᵢ − qᵢ|, in [0, 1].
///
/// # Errors
/// Different lengths.
///
/// ```
/// use dissensus_divergence::{Distribution, total_variation};
///
/// let (p, q) = (Distribution::new(&[0.5, 0.5])?, Distribution::new(&[0.25, 0.75])?);
/// assert_eq!(total_variation(&p, &q)?, 0.25);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn total_variation<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<f64, Error> {
    Ok((pairs(p, q)?.map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0).min(1.0))
}

/// Hellinger distance √(½ Σ (√pᵢ − √qᵢ)²), in [0, 1].
///
/// # Errors
/// Different lengths.
///
/// ```
/// use dissensus_divergence::{Distribution, hellinger};
///
/// let (p, q) = (Distribution::new(&[1.0, 0.0])?, Distribution::new(&[0.25, 0.75])?);
/// assert!((hellinger(&p, &q)? - 0.5_f64.sqrt()).abs() < 1e-12); // 1 - sqrt(1 * 0.25)
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn hellinger<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<f64, Error> {
    let squares: f64 = pairs(p, q)?
        .map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2))
        .sum();
    Ok((squares / 2.0).sqrt().min(1.0))
}

/// Jensen–Shannon divergence ½KL(P‖M) + ½KL(Q‖M), M = (P + Q)/2, in bits: in [0, 1], symmetric,
/// never NaN.
///
/// # Errors
/// Different lengths.
///
/// Source: Lin 1991.
///
/// ```
/// use dissensus_divergence::{Distribution, jensen_shannon_bits};
///
/// let (p, q) = (Distribution::new(&[0.5, 0.5, 0.0])?, Distribution::new(&[0.5, 0.0, 0.5])?);
/// assert_eq!(jensen_shannon_bits(&p, &q)?, 0.5);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn jensen_shannon_bits<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<f64, Error> {
    Ok(pairs(p, q)?
        .map(|(p, q)| js_term(p, q))
        .sum::<f64>()
        .min(1.0))
}

/// [`jensen_shannon_bits`] in nats, in [0, ln 2].
///
/// # Errors
/// Different lengths.
pub fn jensen_shannon_nats<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<f64, Error> {
    Ok(jensen_shannon_bits(p, q)? * LN_2)
}

/// Jensen–Shannon distance: the root of the divergence in bits, a metric with values in [0, 1].
///
/// # Errors
/// Different lengths.
///
/// Source: Endres and Schindelin 2003.
///
/// ```
/// use dissensus_divergence::{Distribution, jensen_shannon_distance};
///
/// let (p, q) = (Distribution::new(&[1.0, 0.0])?, Distribution::new(&[0.0, 1.0])?);
/// assert_eq!(jensen_shannon_distance(&p, &q)?, 1.0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn jensen_shannon_distance<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<f64, Error> {
    Ok(jensen_shannon_bits(p, q)?.sqrt())
}

/// Generalised Jensen–Shannon divergence of N distributions: (1/N) Σ KL(Pₖ‖M), M their mean, in
/// bits, in [0, log2 N].
///
/// # Errors
/// No distribution, different lengths.
///
/// Source: Lin 1991.
///
/// ```
/// use dissensus_divergence::{Distribution, generalized_jensen_shannon_bits};
///
/// let rows =
///     [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
/// let sure = rows.iter().map(|row| Distribution::new(row)).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(generalized_jensen_shannon_bits(&sure)?, 2.0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn generalized_jensen_shannon_bits<T: Real>(
    members: &[Distribution<'_, T>],
) -> Result<f64, Error> {
    let mean = mean_distribution(members)?;
    let n = members.len() as f64;
    let mut nats = 0.0;
    for member in members {
        // A mean of subnormal numbers may round to 0: such a token weighs nothing.
        let possible = member.iter().zip(mean.iter()).filter(|(_, m)| *m > 0.0);
        nats += possible.map(|(p, m)| kl_term(p, m)).sum::<f64>() / n;
    }
    Ok((nats * LOG2_E).clamp(0.0, n.log2()))
}

/// The mean of several distributions.
///
/// # Errors
/// No distribution, different lengths.
pub fn mean_distribution<T: Real>(
    members: &[Distribution<'_, T>],
) -> Result<Distribution<'static>, Error> {
    let first = members.first().ok_or(Error::Empty)?;
    let mut sums = vec![0.0; first.len()];
    for member in members {
        same_length("distribution", sums.len(), member.len())?;
        sums.iter_mut()
            .zip(member.iter())
            .for_each(|(sum, p)| *sum += p);
    }
    Ok(Distribution::normalised(sums))
}

/// Splits the uncertainty of an ensemble at one position: H(mean) = mean H + MI.
///
/// # Errors
/// No distribution, different lengths.
///
/// Source: Depeweg et al. 2018; Lakshminarayanan et al. 2017.
///
/// ```
/// use dissensus_divergence::{Distribution, uncertainty};
///
/// let members = [Distribution::new(&[1.0, 0.0])?, Distribution::new(&[0.0, 1.0])?];
/// let found = uncertainty(&members)?;
/// assert_eq!((found.total_bits, found.aleatoric_bits, found.epistemic_bits), (1.0, 0.0, 1.0));
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn uncertainty<T: Real>(members: &[Distribution<'_, T>]) -> Result<crate::Uncertainty, Error> {
    let epistemic_bits = generalized_jensen_shannon_bits(members)?;
    let aleatoric_bits = members.iter().map(entropy_bits).sum::<f64>() / members.len() as f64;
    let total_bits = entropy_bits(&mean_distribution(members)?);
    Ok(crate::Uncertainty {
        total_bits,
        aleatoric_bits,
        epistemic_bits,
    })
}

/// Whether the most probable tokens differ, of equals the first being taken.
///
/// # Errors
/// Different lengths.
pub fn argmax_disagrees<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
) -> Result<bool, Error> {
    same_length("second distribution", p.len(), q.len())?;
    Ok(p.argmax() != q.argmax())
}

/// p ln(p/q) − p + q, at least 0.
fn kl_term(p: f64, q: f64) -> f64 {
    if p == 0.0 {
        return q;
    }
    if q == 0.0 {
        return f64::INFINITY;
    }
    let excess = (p - q) / q;
    if excess.abs() < 1e-3 {
        // x ln x - x + 1 at x = 1 + e, by its series.
        return q
            * excess
            * excess
            * (0.5 - excess * (1.0 / 6.0 - excess * (1.0 / 12.0 - excess / 20.0)));
    }
    // A ratio may overflow where q is subnormal; the difference of logarithms does not.
    (p * (p.ln() - q.ln()) - p + q).max(0.0)
}

/// Token by token, both in `f64`.
fn pairs<'p, T: Real, U: Real>(
    p: &'p Distribution<'_, T>,
    q: &'p Distribution<'_, U>,
) -> Result<impl Iterator<Item = (f64, f64)> + 'p, Error> {
    same_length("second distribution", p.len(), q.len())?;
    Ok(p.iter().zip(q.iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `python -c "from mpmath import *; mp.dps = 40; p = [mpf(5)/10, mpf(3)/10, mpf(2)/10]; q =
    /// [mpf(1)/10, mpf(3)/10, mpf(6)/10] print([log(sum(x**a*y**(1-a) for x, y in zip(p, q)),
    /// 2)/(a-1) for a in (mpf(1)-mpf(2)**-40, mpf(1)+mpf(2)**-40, mpf(995)/1000, mpf(1005)/1000,
    /// mpf(1)/2, mpf(3))])"`
    #[test]
    fn renyi_divergences_have_the_values_of_mpmath_near_one_and_far_from_it() {
        let p = Distribution::new(&[0.5, 0.3, 0.2]).unwrap();
        let q = Distribution::new(&[0.1, 0.3, 0.6]).unwrap();
        let orders = [
            1.0 - 2.0_f64.powi(-40),
            1.0 + 2.0_f64.powi(-40),
            0.995,
            1.005,
            0.5,
            3.0,
        ];
        let expected = [
            0.843_971_547_298_666_4,
            0.843_971_547_300_233_5,
            0.839_661_118_456_588_6,
            0.848_276_242_147_299_6,
            0.40176914231809461,
            1.8402872061579039,
        ];
        for (alpha, expected) in orders.into_iter().zip(expected) {
            let found = renyi_divergence_bits(&p, &q, alpha).unwrap();
            assert!(
                (found - expected).abs() < 1e-13,
                "{alpha}: {found} {expected}"
            );
        }
    }

    /// `python -c "from mpmath import *; mp.dps = 40; print([(1+e)*log(1+e) - e for e in
    /// (mpf(2)**-10, -mpf(2)**-10, mpf(2)**-20, -mpf(2)**-20)])"`
    #[test]
    fn terms_of_nearly_equal_probabilities_keep_their_digits() {
        let (near, nearer) = (2.0_f64.powi(-10), 2.0_f64.powi(-20));
        for (excess, expected) in [
            (near, 4.766_820_135_208_675_6e-7),
            (-near, 4.769_924_544_678_906e-7),
            (nearer, 4.547_472_063_262_434e-13),
            (-nearer, 4.547_474_954_468_227e-13),
        ] {
            for q in [1.0, 0.25] {
                let found = kl_term(q * (1.0 + excess), q);
                assert!((found / (q * expected) - 1.0).abs() < 2e-13, "{excess} {q}");
            }
        }
        // Beyond the series: 2 ln 2 − 1.
        assert!((kl_term(2.0, 1.0) - (2.0 * LN_2 - 1.0)).abs() < 1e-15);
    }

    /// `python -c "from mpmath import *; mp.dps = 40; print([exp(y) - 1 - y for y in (mpf(1)/128,
    /// -mpf(1)/128, mpf(2)**-20, -mpf(2)**-20, mpf(1)/2, -mpf(1)/2, mpf(2))])"`
    #[test]
    fn the_exponential_beyond_its_tangent_keeps_its_digits() {
        for (y, expected) in [
            (0.0078125, 3.059_720_644_797_769_6e-5),
            (-0.0078125, 3.043_826_024_351_211e-5),
            (2.0_f64.powi(-20), 4.547_474_954_467_883e-13),
            (-2.0_f64.powi(-20), 4.547_472_063_262_089e-13),
            (0.5, 0.148_721_270_700_128_14),
            (-0.5, 0.106_530_659_712_633_42),
            (2.0, 4.389_056_098_930_65),
        ] {
            let found = exp_beyond_line(y);
            assert!((found / expected - 1.0).abs() < 1e-13, "{y}: {found}");
        }
    }

    /// `python -c "from mpmath import *; mp.dps = 40; h = mpf(1)/2; q = mpf(2)**-20;
    /// print([log(h**a*(q**(1-a) + (1-q)**(1-a)), 2)/(a-1) for a in (1-mpf(2)**-7,
    /// 1+mpf(2)**-7)])"`
    #[test]
    fn orders_near_one_have_their_divergence_for_large_ratios_too() {
        let q = [2.0_f64.powi(-20), 1.0 - 2.0_f64.powi(-20)];
        let (p, q) = (
            Distribution::uniform(2).unwrap(),
            Distribution::new(&q).unwrap(),
        );
        for (above, expected) in [
            (-0.0078125, 8.729_372_336_458_475),
            (0.0078125, 9.270_629_039_403_389),
        ] {
            let found = renyi_divergence_bits(&p, &q, 1.0 + above).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn the_divergence_of_order_one_is_that_of_kullback_and_leibler() {
        let p = Distribution::new(&[0.5, 0.3, 0.2]).unwrap();
        let q = Distribution::new(&[0.1, 0.3, 0.6]).unwrap();
        let (found, kl) = (
            renyi_divergence_bits(&p, &q, 1.0).unwrap(),
            kl_divergence_bits(&p, &q).unwrap(),
        );
        assert!((found / kl - 1.0).abs() < 1e-15, "{found} {kl}");
    }

    #[test]
    fn nats_are_bits_times_the_logarithm_of_two() {
        let p = Distribution::new(&[0.5, 0.5, 0.0]).unwrap();
        let q = Distribution::new(&[0.25, 0.5, 0.25]).unwrap();
        let kl = kl_divergence_bits(&p, &q).unwrap();
        assert!((kl - 0.5).abs() < 1e-15);
        assert_eq!(kl_divergence_nats(&p, &q), Ok(kl * LN_2));
        let js = jensen_shannon_bits(&p, &q).unwrap();
        assert_eq!(jensen_shannon_nats(&p, &q), Ok(js * LN_2));
    }

    #[test]
    fn likeliest_tokens_disagree_where_they_differ_and_the_first_of_equals_counts() {
        let of = |values: &'static [f64; 3]| Distribution::new(values).unwrap();
        let (second, equal) = (of(&[0.2, 0.5, 0.3]), of(&[0.1, 0.45, 0.45]));
        assert_eq!(argmax_disagrees(&second, &equal), Ok(false));
        assert_eq!(argmax_disagrees(&second, &of(&[0.5, 0.2, 0.3])), Ok(true));
        assert!(argmax_disagrees(&second, &Distribution::uniform(2).unwrap()).is_err());
    }

    #[test]
    fn ratios_beyond_the_largest_number_are_divergences_like_others() {
        let (p, q) = ([0.5, 0.5], [5e-324, 1.0]);
        let (p, q) = (
            Distribution::new(&p).unwrap(),
            Distribution::new(&q).unwrap(),
        );
        // The smallest number is 2^-1074.
        for alpha in [f64::INFINITY, 1e300] {
            assert!((renyi_divergence_bits(&p, &q, alpha).unwrap() - 1073.0).abs() < 1e-9);
        }
        assert!((kl_divergence_bits(&p, &q).unwrap() - 536.0).abs() < 1e-9);
        let sure = Distribution::new(&[1.0, 0.0]).unwrap();
        let other = Distribution::new(&[0.0, 1.0]).unwrap();
        for alpha in [0.0, 0.5, 0.999, 1.0, 1.001, 7.0, f64::INFINITY] {
            let found = renyi_divergence_bits(&sure, &other, alpha).unwrap();
            assert_eq!(found, f64::INFINITY, "{alpha}");
            assert_eq!(renyi_divergence_bits(&sure, &sure, alpha).unwrap(), 0.0);
        }
    }
}
