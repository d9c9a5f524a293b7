//! Several members: what they say together, and whether their disagreement says where they err.

use dissensus_stats::{auroc, surest};
use serde::{Deserialize, Serialize};

use super::Sign;
use crate::Error;
use crate::error::same_length;

/// The area under the ROC curve of the variants one is surest of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CoveragePoint {
    /// The fraction kept.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub coverage: f64,
    /// Variants kept.
    pub kept: usize,
    /// Their area; none where one label is missing.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub auroc: Option<f64>,
}

/// How the area changes when the least sure variants are left out, at each of `coverages`.
///
/// # Errors
/// Lists of unlike length, an uncertainty or score that is not finite, a coverage outside (0, 1].
///
/// ```
/// use dissensus_variant::{Sign, auroc_by_coverage};
///
/// let labels = [true, true, false, false];
/// let scores = [0.9, 0.2, 0.1, 0.8];
/// let unsure = [0.1, 0.9, 0.1, 0.9]; // of the two that are wrong
/// let found = auroc_by_coverage(&labels, &scores, &unsure, Sign::High, &[0.5, 1.0])?;
/// assert_eq!((found[0].auroc, found[1].auroc), (Some(1.0), Some(0.75)));
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn auroc_by_coverage(
    labels: &[bool],
    scores: &[f64],
    uncertainty: &[f64],
    sign: Sign,
    coverages: &[f64],
) -> Result<Vec<CoveragePoint>, Error> {
    same_length("scores", labels.len(), scores.len())?;
    same_length("uncertainties", labels.len(), uncertainty.len())?;
    let point = |&coverage: &f64| {
        let kept = surest(uncertainty, coverage)?;
        let truth: Vec<bool> = kept.iter().map(|&row| labels[row]).collect();
        let signed: Vec<f64> = kept.iter().map(|&row| sign.of(scores[row])).collect();
        let both = truth.contains(&true) && truth.contains(&false);
        let area = both.then(|| auroc(&truth, &signed)).transpose()?;
        Ok(CoveragePoint {
            coverage,
            kept: kept.len(),
            auroc: area,
        })
    };
    coverages.iter().map(point).collect()
}

/// What several members say of one variant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MemberScore {
    /// Mean of the members' ratios.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub mean: f64,
    /// Standard deviation between members, over n − 1; none of one member.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub deviation: Option<f64>,
}

/// Joins the ratios of several members, one list each; of a variant that has a ratio that is not
/// finite, or none whose square is, mean and deviation are NaN, which is written as missing.
///
/// # Errors
/// No member, lists of unlike length.
///
/// ```
/// use dissensus_variant::join_members;
///
/// let found = join_members(&[vec![1.0, -2.0], vec![3.0, -2.0]])?;
/// assert_eq!((found[0].mean, found[0].deviation), (2.0, Some(2.0_f64.sqrt())));
/// assert_eq!(found[1].deviation, Some(0.0));
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn join_members(members: &[Vec<f64>]) -> Result<Vec<MemberScore>, Error> {
    let count = members.len();
    crate::error::parameter("members", "1 or more", count as f64, count > 0)?;
    let variants = members.first().map_or(0, Vec::len);
    for member in members {
        same_length("scores of a member", variants, member.len())?;
    }
    let one = |variant: usize| {
        let ratios = members.iter().map(|member| member[variant]);
        let unit = unit(ratios.clone());
        let mean = ratios.clone().map(|ratio| ratio / unit).sum::<f64>() / count as f64;
        let squares: f64 = ratios.map(|ratio| (ratio / unit - mean).powi(2)).sum();
        let known = |value: f64| if squares.is_finite() { value } else { f64::NAN };
        MemberScore {
            mean: known(mean * unit),
            deviation: (count > 1).then(|| known((squares / (count - 1) as f64).sqrt() * unit)),
        }
    };
    Ok((0..variants).map(one).collect())
}

/// What ratios are divided by, so that squares of tiny ones do not vanish: 1 where they would not.
fn unit(ratios: impl Iterator<Item = f64>) -> f64 {
    let largest = ratios.fold(0.0_f64, |most, ratio| most.max(ratio.abs()));
    if largest == 0.0 || largest >= 1e-140 {
        1.0
    } else {
        largest
    }
}
