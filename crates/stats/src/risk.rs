//! What is gained by leaving out what one is least sure of.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::{at_least, finite, same_length};

/// One point of a risk–coverage curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// Fraction of the examples that are kept: those that one is surest of.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub coverage: f64,
    /// Mean loss of the kept.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub risk: f64,
    /// Uncertainty of the least sure one that is kept.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub threshold: f64,
}

/// Mean loss of the examples that are kept, by how many are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskCoverage {
    /// From the surest examples to all of them; examples of equal uncertainty enter together.
    pub points: Vec<RiskPoint>,
    /// Area under the curve: the mean over examples of the risk at the coverage at which each
    /// enters. Where uncertainty says nothing it is the mean loss, in expectation.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub area: f64,
    /// The mean loss of all.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub mean_loss: f64,
}

impl std::fmt::Display for RiskCoverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "area {:.4} of a mean loss of {:.4}",
            self.area, self.mean_loss
        )
    }
}

/// The risk–coverage curve of losses by uncertainty.
///
/// # Errors
/// No example, different lengths, a value that is not finite.
///
/// Source: El-Yaniv and Wiener 2010; Geifman, Uziel and El-Yaniv 2019 for the area.
///
/// ```
/// use dissensus_stats::risk_coverage;
///
/// // The one error is the least sure: risks 0, 0, 1/3.
/// let curve = risk_coverage(&[0.1, 0.5, 0.2], &[0.0, 1.0, 0.0])?;
/// assert_eq!(curve.points[1].coverage, 2.0 / 3.0);
/// assert_eq!((curve.points[1].risk, curve.points[2].risk), (0.0, 1.0 / 3.0));
/// assert!((curve.area - 1.0 / 9.0).abs() < 1e-12);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn risk_coverage(uncertainty: &[f64], losses: &[f64]) -> Result<RiskCoverage, Error> {
    same_length("losses", uncertainty.len(), losses.len())?;
    finite(losses)?;
    let n = uncertainty.len() as f64;
    let unit = crate::scale::unit(losses);
    let (mut points, mut area, mut sum, mut kept) = (Vec::new(), 0.0, 0.0, 0.0);
    for group in by_certainty(uncertainty)? {
        sum += group.iter().map(|&i| losses[i] / unit).sum::<f64>();
        kept += group.len() as f64;
        let risk = sum / kept * unit;
        area += group.len() as f64 / n * risk;
        points.push(RiskPoint {
            coverage: kept / n,
            risk,
            threshold: uncertainty[group[0]],
        });
    }
    Ok(RiskCoverage {
        mean_loss: points.last().map_or(f64::NAN, |point| point.risk),
        points,
        area,
    })
}

/// The examples that are kept at a coverage: the surest ones, at least that fraction of all.
///
/// Examples of equal uncertainty stay together, so that the order of the input decides nothing.
/// An AUROC at coverage 0.8 is that of these examples.
///
/// # Errors
/// No example, an uncertainty that is not finite, a coverage outside (0, 1].
///
/// ```
/// use dissensus_stats::surest;
///
/// assert_eq!(surest(&[0.3, 0.1, 0.2, 0.2], 0.5)?, [1, 2, 3]);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn surest(uncertainty: &[f64], coverage: f64) -> Result<Vec<usize>, Error> {
    if !(coverage > 0.0 && coverage <= 1.0) {
        return Err(Error::Parameter {
            name: "coverage",
            expected: "a number in (0, 1]",
            value: coverage,
        });
    }
    let mut kept = Vec::new();
    for group in by_certainty(uncertainty)? {
        // A coverage such as 0.8 of 10 is 8 examples, whatever its last bit.
        if kept.len() as f64 >= coverage * uncertainty.len() as f64 * (1.0 - 1e-12) {
            break;
        }
        kept.extend(group);
    }
    kept.sort_unstable();
    Ok(kept)
}

/// Examples in groups of equal uncertainty, the surest first.
fn by_certainty(uncertainty: &[f64]) -> Result<Vec<Vec<usize>>, Error> {
    at_least("examples of a risk-coverage curve", 1, uncertainty.len())?;
    finite(uncertainty)?;
    let mut order: Vec<usize> = (0..uncertainty.len()).collect();
    order.sort_by(|&a, &b| uncertainty[a].total_cmp(&uncertainty[b]));
    let groups = order.chunk_by(|&a, &b| uncertainty[a] == uncertainty[b]);
    Ok(groups.map(<[usize]>::to_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_uncertainties_enter_together() {
        let curve = risk_coverage(&[1.0; 4], &[0.0, 1.0, 0.0, 1.0]).unwrap();
        assert_eq!(curve.points.len(), 1);
        assert_eq!((curve.area, curve.mean_loss), (0.5, 0.5));
        assert_eq!(surest(&[1.0; 4], 0.1).unwrap().len(), 4);
    }

    #[test]
    fn a_point_says_how_many_are_kept_at_what_risk_and_up_to_where() {
        let curve = risk_coverage(&[0.3, 0.1, 0.3, 0.9], &[2.0, 1.0, 4.0, 0.0]).unwrap();
        let point = |coverage, risk, threshold| RiskPoint {
            coverage,
            risk,
            threshold,
        };
        let expected = [
            point(0.25, 1.0, 0.1),
            point(0.75, 7.0 / 3.0, 0.3),
            point(1.0, 1.75, 0.9),
        ];
        assert_eq!(curve.points, expected);
        assert_eq!(
            curve.to_string(),
            "area 1.8542 of a mean loss of 1.7500" // 1/4 + 7/6 + 7/16
        );
    }

    #[test]
    fn coverage_counts_examples() {
        let uncertainty: Vec<f64> = (0..10).map(f64::from).collect();
        for (coverage, kept) in [(0.1, 1), (0.25, 3), (0.8, 8), (1.0, 10), (1e-9, 1)] {
            assert_eq!(surest(&uncertainty, coverage).unwrap().len(), kept);
        }
        for wrong in [0.0, -0.1, 1.1, f64::NAN] {
            assert!(surest(&uncertainty, wrong).is_err());
        }
        assert!(surest(&[], 0.5).is_err());
        assert!(risk_coverage(&[], &[]).is_err());
        assert!(risk_coverage(&[1.0], &[f64::NAN]).is_err());
        assert!(risk_coverage(&[f64::NAN], &[1.0]).is_err());
        assert!(risk_coverage(&[1.0], &[1.0, 2.0]).is_err());
        let huge = risk_coverage(&[1.0, 2.0], &[1e308, 1.5e308]).unwrap();
        assert!((huge.mean_loss / 1.25e308 - 1.0).abs() < 1e-12);
    }
}
