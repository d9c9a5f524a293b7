//! Measures of two distributions.

use std::f64::consts::{LN_2, LOG2_E};

use crate::entropy::{check_order, entropy_bits, log_sum_exp};
use crate::error::same_length;
use crate::kernel::js_term;
use crate::{Distribution, Error, Real};

/// Kullback–Leibler divergence KL(P‖Q) = Σ pᵢ log2(pᵢ/qᵢ) in bits; infinite where Q excludes what P allows.
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

/// Rényi divergence D_α(P‖Q) = log2(Σ pᵢ^α qᵢ^(1−α))/(α − 1) in bits; 1 is Kullback–Leibler, ∞ the largest log-ratio.
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
/// assert!((renyi_divergence_bits(&p, &q, 2.0)? - (4.0_f64 / 3.0).log2()).abs() < 1e-12); // .25/.25 + .25/.75
/// assert_eq!(renyi_divergence_bits(&p, &q, f64::INFINITY)?, 1.0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn renyi_divergence_bits<T: Real, U: Real>(
    p: &Distribution<'_, T>,
    q: &Distribution<'_, U>,
    alpha: f64,
) -> Result<f64, Error> {
    check_order(alpha)?;
    let possible: Vec<(f64, f64)> = pairs(p, q)?.filter(|(p, _)| *p > 0.0).collect();
    if alpha == 1.0 {
        return kl_divergence_bits(p, q);
    }
    let nats = if alpha == f64::INFINITY {
        possible
            .iter()
            .map(|(p, q)| (p / q).ln())
            .fold(f64::NEG_INFINITY, f64::max)
    } else {
        let logs: Vec<f64> = possible
            .iter()
            .map(|(p, q)| alpha * p.ln() + (1.0 - alpha) * q.ln())
            .collect();
        log_sum_exp(&logs) / (alpha - 1.0)
    };
    Ok((nats * LOG2_E).max(0.0))
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

/// Jensen–Shannon divergence ½KL(P‖M) + ½KL(Q‖M), M = (P + Q)/2, in bits: in [0, 1], symmetric, never NaN.
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

/// Generalised Jensen–Shannon divergence of N distributions: (1/N) Σ KL(Pₖ‖M), M their mean, in bits, in [0, log2 N].
///
/// # Errors
/// No distribution, different lengths.
///
/// Source: Lin 1991.
///
/// ```
/// use dissensus_divergence::{Distribution, generalized_jensen_shannon_bits};
///
/// let rows = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
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
