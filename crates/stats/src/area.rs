//! Areas under curves of a score that should be high for positives.

use crate::error::{finite, level as check_level, same_length};
use crate::estimate::normal_quantile;
use crate::rank::average_ranks;
use crate::{Error, Estimate, Resampling, bootstrap};

/// Area under the receiver operating characteristic: P(score of a positive > score of a negative) + ½ P(equal).
///
/// # Errors
/// Different lengths, a score that is not finite, labels of one class.
///
/// Source: Mann and Whitney 1947; Hanley and McNeil 1982.
///
/// ```
/// use dissensus_stats::auroc;
///
/// // Of the four pairs (positive, negative) two are in order and one is tied.
/// assert_eq!(auroc(&[true, true, false, false], &[0.9, 0.4, 0.4, 0.5])?, 0.625);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn auroc(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    check("AUROC", labels, scores)?;
    let (ranks, positives) = (average_ranks(scores)?, count(labels));
    let sum: f64 = ranks
        .iter()
        .zip(labels)
        .filter(|(_, label)| **label)
        .map(|(rank, _)| rank)
        .sum();
    let (m, n) = (positives as f64, (labels.len() - positives) as f64);
    Ok((sum - m * (m + 1.0) / 2.0) / (m * n))
}

/// [`auroc`] with DeLong's standard error and a normal interval, cut to [0, 1].
///
/// SE² = S₁₀/m + S₀₁/n, S₁₀ the variance over the m positives of the share of negatives each one beats, S₀₁ that over
/// the n negatives of the share of positives that beat each. Shares come from ranks, in O(N log N).
///
/// # Errors
/// As [`auroc`]; fewer than two examples of a class.
///
/// Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014 for the ranks.
///
/// ```
/// use dissensus_stats::auroc_delong;
///
/// let labels = [true, true, true, false, false, false];
/// let area = auroc_delong(&labels, &[0.9, 0.8, 0.3, 0.7, 0.2, 0.1], 0.95)?;
/// assert!((area.value - 8.0 / 9.0).abs() < 1e-12);
/// // Shares 1, 1, 2/3 and 2/3, 1, 1: both variances are 1/27.
/// assert!((area.standard_error - (2.0_f64 / 81.0).sqrt()).abs() < 1e-12);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn auroc_delong(labels: &[bool], scores: &[f64], level: f64) -> Result<Estimate, Error> {
    check_level(level)?;
    let value = auroc(labels, scores)?;
    let ranks = average_ranks(scores)?;
    let positive = shares(labels, scores, &ranks, true)?;
    let negative = shares(labels, scores, &ranks, false)?;
    let squared =
        variance(&positive)? / positive.len() as f64 + variance(&negative)? / negative.len() as f64;
    let (standard_error, z) = (squared.sqrt(), normal_quantile(level));
    Ok(Estimate {
        value,
        standard_error,
        low: (value - z * standard_error).max(0.0),
        high: (value + z * standard_error).min(1.0),
        level,
        samples: labels.len(),
    })
}

/// [`auroc`] with a percentile interval from resampled examples.
///
/// # Errors
/// As [`auroc`] and [`bootstrap`](crate::bootstrap()).
pub fn auroc_bootstrap(
    labels: &[bool],
    scores: &[f64],
    resampling: &Resampling,
) -> Result<Estimate, Error> {
    resampled(labels, scores, resampling, auroc)
}

/// Average precision: Σ (Rₖ − Rₖ₋₁)·Pₖ over the distinct scores from the highest down, R recall and P precision.
///
/// By chance it is the share of positives.
///
/// # Errors
/// As [`auroc`].
///
/// ```
/// use dissensus_stats::auprc;
///
/// // Positives at ranks 1 and 3: (1/1 + 2/3)/2.
/// let area = auprc(&[true, false, true, false], &[0.9, 0.8, 0.7, 0.1])?;
/// assert!((area - 5.0 / 6.0).abs() < 1e-12);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn auprc(labels: &[bool], scores: &[f64]) -> Result<f64, Error> {
    check("AUPRC", labels, scores)?;
    let positives = count(labels) as f64;
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let (mut area, mut found, mut seen) = (0.0, 0.0, 0.0);
    for ties in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let new = ties.iter().filter(|&&i| labels[i]).count() as f64;
        found += new;
        seen += ties.len() as f64;
        area += new / positives * found / seen;
    }
    Ok(area)
}

/// [`auprc`] with a percentile interval from resampled examples.
///
/// # Errors
/// As [`auprc`] and [`bootstrap`](crate::bootstrap()).
pub fn auprc_bootstrap(
    labels: &[bool],
    scores: &[f64],
    resampling: &Resampling,
) -> Result<Estimate, Error> {
    resampled(labels, scores, resampling, auprc)
}

/// An area on resampled examples; NaN where a resample has one class only, which the bootstrap leaves out.
fn resampled(
    labels: &[bool],
    scores: &[f64],
    resampling: &Resampling,
    area: fn(&[bool], &[f64]) -> Result<f64, Error>,
) -> Result<Estimate, Error> {
    area(labels, scores)?;
    bootstrap(labels.len(), resampling, |drawn| {
        let labels: Vec<bool> = drawn.iter().map(|&i| labels[i]).collect();
        let scores: Vec<f64> = drawn.iter().map(|&i| scores[i]).collect();
        area(&labels, &scores).unwrap_or(f64::NAN)
    })
}

/// For every example of one class, the share of the other class that it is ranked above (ties ½).
fn shares(labels: &[bool], scores: &[f64], ranks: &[f64], class: bool) -> Result<Vec<f64>, Error> {
    let own: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == class).collect();
    let within = average_ranks(&own.iter().map(|&i| scores[i]).collect::<Vec<_>>())?;
    let others = (labels.len() - own.len()) as f64;
    Ok(own
        .iter()
        .zip(within)
        .map(|(&i, rank)| (ranks[i] - rank) / others)
        .collect())
}

fn variance(values: &[f64]) -> Result<f64, Error> {
    crate::error::at_least("examples of each class", 2, values.len())?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Ok(values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64)
}

fn count(labels: &[bool]) -> usize {
    labels.iter().filter(|label| **label).count()
}

fn check(what: &'static str, labels: &[bool], scores: &[f64]) -> Result<(), Error> {
    same_length("scores", labels.len(), scores.len())?;
    finite(scores)?;
    let positives = count(labels);
    if positives == 0 || positives == labels.len() {
        return Err(Error::OneClass {
            what,
            found: labels.len(),
        });
    }
    Ok(())
}
