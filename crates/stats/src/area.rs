//! Areas under curves of a score that should be high for positives.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{finite, level as check_level, same_length};
use crate::estimate::normal_quantile;
use crate::rank::average_ranks;
use crate::{BootstrapEstimate, BootstrapParams, Error, Estimate, bootstrap};

/// Area under the receiver operating characteristic: P(score of a positive > score of a negative) +
/// ½ P(equal).
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

/// An area with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AreaEstimate {
    /// The area.
    pub estimate: Estimate,
    /// How its interval was found.
    pub interval: AreaInterval,
}

/// How the interval of an area was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaInterval {
    /// From DeLong's standard error, on the logit scale.
    DeLongLogit,
    /// Newcombe's score interval: the examples are in perfect order (or perfectly reversed, or
    /// each class is one score), so that DeLong's standard error is 0 and says nothing.
    NewcombeScore,
}

impl fmt::Display for AreaEstimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.estimate, f)?;
        if self.interval == AreaInterval::NewcombeScore {
            f.write_str(" (score interval: no variation within the classes)")?;
        }
        Ok(())
    }
}

/// [`auroc`] with DeLong's standard error and an interval that stays in [0, 1].
///
/// SE² = S₁₀/m + S₀₁/n, S₁₀ the variance over the m positives of the fraction of negatives each one
/// beats, S₀₁ that over the n negatives of the fraction of positives that beat each. Fractions come
/// from ranks, in O(N log N). The interval is A ± z·SE on the logit scale. Where SE is 0 (perfect
/// order) it is Newcombe's score interval (his method 5): all θ with (θ − A)² ≤ z²·θ(1 − θ)·(1 + (k
/// − 1)(1 − θ)/(2 − θ) + (k − 1)θ/(1 + θ))/(mn), k = (m + n)/2.
///
/// # Errors
/// As [`auroc`]; fewer than two examples of a class.
///
/// Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014 for the ranks; Newcombe 2006.
///
/// ```
/// use dissensus_stats::{AreaInterval, auroc_delong};
///
/// let labels = [true, true, true, false, false, false];
/// let area = auroc_delong(&labels, &[0.9, 0.8, 0.3, 0.7, 0.2, 0.1], 0.95)?.estimate;
/// assert!((area.value - 8.0 / 9.0).abs() < 1e-12);
/// // Fractions 1, 1, 2/3 and 2/3, 1, 1: both variances are 1/27.
/// assert!((area.standard_error - (2.0_f64 / 81.0).sqrt()).abs() < 1e-12);
///
/// // Three before three: the order may be chance (1 of 20), and the interval says so.
/// let perfect = auroc_delong(&labels, &[0.9, 0.8, 0.7, 0.3, 0.2, 0.1], 0.95)?;
/// assert_eq!(perfect.interval, AreaInterval::NewcombeScore);
/// assert!(perfect.estimate.low < 0.6 && perfect.estimate.high == 1.0);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn auroc_delong(labels: &[bool], scores: &[f64], level: f64) -> Result<AreaEstimate, Error> {
    check_level(level)?;
    let value = auroc(labels, scores)?;
    let ranks = average_ranks(scores)?;
    let positive = fractions_beaten(labels, scores, &ranks, true)?;
    let negative = fractions_beaten(labels, scores, &ranks, false)?;
    let (m, n) = (positive.len() as f64, negative.len() as f64);
    let standard_error = (variance(&positive)? / m + variance(&negative)? / n).sqrt();
    let half = normal_quantile(level) * standard_error;
    let estimate = Estimate {
        value,
        standard_error,
        low: value - half,
        high: value + half,
        level,
        samples: labels.len(),
    };
    // Variances of equal fractions may be a rounding away from 0.
    if standard_error > 1e-12 && value > 0.0 && value < 1.0 {
        return Ok(AreaEstimate {
            estimate: estimate.within(0.0, 1.0)?,
            interval: AreaInterval::DeLongLogit,
        });
    }
    let (low, high) = newcombe(value, m, n, normal_quantile(level));
    Ok(AreaEstimate {
        estimate: Estimate {
            low,
            high,
            ..estimate
        },
        interval: AreaInterval::NewcombeScore,
    })
}

/// Newcombe's score interval of an area, by bisection on either side of it.
fn newcombe(area: f64, m: f64, n: f64, z: f64) -> (f64, f64) {
    let k = (m + n) / 2.0;
    let inside = |t: f64| {
        let spread = 1.0 + (k - 1.0) * (1.0 - t) / (2.0 - t) + (k - 1.0) * t / (1.0 + t);
        (t - area).powi(2) <= z * z * t * (1.0 - t) * spread / (m * n)
    };
    // An end of [0, 1] is inside only where the area is that end.
    let bound = |mut outside: f64| {
        let mut within = area;
        // From the area outwards: 60 halvings are the last bit.
        for _ in 0..60 {
            let middle = 0.5 * (outside + within);
            if inside(middle) {
                within = middle;
            } else {
                outside = middle;
            }
        }
        within
    };
    (bound(0.0), bound(1.0))
}

/// [`auroc`] with a percentile interval from resampled examples.
///
/// Resamples of one class have no area; their number stands in the result.
///
/// # Errors
/// As [`auroc`] and [`bootstrap`](crate::bootstrap()).
pub fn auroc_bootstrap(
    labels: &[bool],
    scores: &[f64],
    params: &BootstrapParams,
) -> Result<BootstrapEstimate, Error> {
    resampled(labels, scores, params, auroc)
}

/// Average precision: Σ (Rₖ − Rₖ₋₁)·Pₖ over the distinct scores from the highest down, R recall and
/// P precision.
///
/// By chance it is the fraction of positives.
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
    params: &BootstrapParams,
) -> Result<BootstrapEstimate, Error> {
    resampled(labels, scores, params, auprc)
}

/// An area on resampled examples; NaN where a resample has one class only, which the bootstrap
/// leaves out and counts.
fn resampled(
    labels: &[bool],
    scores: &[f64],
    params: &BootstrapParams,
    area: fn(&[bool], &[f64]) -> Result<f64, Error>,
) -> Result<BootstrapEstimate, Error> {
    area(labels, scores)?;
    bootstrap(labels.len(), params, |drawn| {
        let labels: Vec<bool> = drawn.iter().map(|&i| labels[i]).collect();
        let scores: Vec<f64> = drawn.iter().map(|&i| scores[i]).collect();
        area(&labels, &scores).unwrap_or(f64::NAN)
    })
}

/// For every example of one class, the fraction of the other class that it is ranked above (ties
/// ½).
fn fractions_beaten(
    labels: &[bool],
    scores: &[f64],
    ranks: &[f64],
    class: bool,
) -> Result<Vec<f64>, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_order_is_no_certainty() {
        let labels = [true, true, true, false, false, false];
        let up = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
        let best = auroc_delong(&labels, &up, 0.95).unwrap();
        let down: Vec<f64> = up.iter().map(|s| -s).collect();
        let worst = auroc_delong(&labels, &down, 0.95).unwrap();
        assert_eq!((best.estimate.value, worst.estimate.value), (1.0, 0.0));
        assert!((best.estimate.low + worst.estimate.high - 1.0).abs() < 1e-12);
        assert!(best.estimate.low > 0.4 && best.estimate.low < 0.6, "{best}");
        assert!(best.to_string().contains("score interval"));
        let more = |n: usize| {
            let labels: Vec<bool> = (0..2 * n).map(|i| i < n).collect();
            let scores: Vec<f64> = (0..2 * n).map(|i| -(i as f64)).collect();
            auroc_delong(&labels, &scores, 0.95).unwrap().estimate.low
        };
        assert!(more(10) > best.estimate.low && more(1000) > 0.99);
    }

    #[test]
    fn classes_of_one_score_each_have_a_score_interval() {
        let labels = [true, true, false, false];
        let same = auroc_delong(&labels, &[1.0; 4], 0.9).unwrap();
        assert_eq!(same.estimate.value, 0.5);
        assert_eq!(same.interval, AreaInterval::NewcombeScore);
        let (low, high) = (same.estimate.low, same.estimate.high);
        assert!(low < 0.3 && (low + high - 1.0).abs() < 1e-9);
    }

    #[test]
    fn both_classes_are_needed_twice() {
        let (labels, scores) = ([true, false, false], [1.0, 2.0, 3.0]);
        assert!(matches!(
            auroc_delong(&labels, &scores, 0.95),
            Err(Error::TooFew {
                needed: 2,
                found: 1,
                ..
            })
        ));
        assert!(auroc_delong(&labels, &scores, 0.0).is_err());
        assert_eq!(auroc(&labels, &scores), Ok(0.0));
        for one in [[true; 3], [false; 3]] {
            assert!(matches!(auroc(&one, &scores), Err(Error::OneClass { .. })));
            assert!(matches!(auprc(&one, &scores), Err(Error::OneClass { .. })));
        }
        assert!(auroc(&labels, &[1.0, f64::NAN, 2.0]).is_err());
        assert!(auroc(&labels, &[1.0]).is_err());
    }

    #[test]
    fn resamples_of_one_class_are_counted() {
        // Without the one positive among four: (3/4)^4, without a negative: (1/4)^4.
        let (labels, scores) = ([true, false, false, false], [4.0, 3.0, 2.0, 1.0]);
        let found = auroc_bootstrap(&labels, &scores, &BootstrapParams::default()).unwrap();
        let expected = (0.75_f64.powi(4) + 0.25_f64.powi(4)) * 2000.0;
        assert!((found.undefined as f64 - expected).abs() < 100.0, "{found}");
        assert!(auprc_bootstrap(&labels, &scores, &BootstrapParams::default()).is_ok());
    }
}
