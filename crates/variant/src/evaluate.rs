//! Does a score tell positives from negatives?

mod compare;
mod members;
mod pairs;

use std::collections::BTreeMap;
use std::fmt;

use dissensus_stats::{BootstrapParams, Estimate, auprc_bootstrap, auroc_delong};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::{parameter, same_length};

pub use compare::{
    AreaDifference, NamedScores, PairedFigures, ScanFigures, ScoreFigures, joined, scan_figures,
    scan_scores,
};
pub use members::{CoveragePoint, MemberScore, auroc_by_coverage, join_members};
pub use pairs::{matched_pairs, pairs_in_order};

/// Which end of a score is taken for positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sign {
    /// A high score means positive.
    High,
    /// A low score means positive: a log-likelihood ratio below 0 says that a change is unlikely,
    /// so harmful.
    Low,
}

impl Sign {
    fn of(self, score: f64) -> f64 {
        match self {
            Self::High => score,
            Self::Low => -score,
        }
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::High => "high = positive",
            Self::Low => "low = positive",
        })
    }
}

/// How well a score tells the variants of one class apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassFigures {
    /// The class; none for all variants together.
    pub class: Option<String>,
    /// Positives.
    pub positives: usize,
    /// Negatives.
    pub negatives: usize,
    /// Area under the ROC curve with DeLong's interval; none with fewer than two of either.
    pub auroc: Option<Estimate>,
    /// Average precision with a bootstrap interval; none with fewer than two of either. Its chance
    /// level is the fraction of positives.
    pub auprc: Option<Estimate>,
}

/// How well a score tells variants apart, in all and by class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantFigures {
    /// Which end of the score was taken for positive.
    pub sign: Sign,
    /// All labelled variants together.
    pub all: ClassFigures,
    /// Each class by itself, in alphabetical order.
    pub classes: Vec<ClassFigures>,
    /// Variants without a label, left out.
    pub unlabelled: usize,
}

/// Figures of scores by label and class; a variant without a label is left out, one without a class
/// counts in all only.
///
/// Pathogenic variants are often of other classes than benign ones (nonsense against synonymous),
/// so that the area of all is that of the class; compare within classes.
///
/// # Errors
/// Lists of unlike length, a score of a labelled variant that is not finite.
///
/// ```
/// use dissensus_stats::BootstrapParams;
/// use dissensus_variant::{Sign, variant_figures};
///
/// let labels = [Some(true), Some(true), Some(false), Some(false), None];
/// let scores = [-3.0, -0.5, -1.0, 0.5, 9.0];
/// let classes = [None; 5];
/// let found =
///     variant_figures(&labels, &scores, &classes, Sign::Low, &BootstrapParams::default())?;
/// assert_eq!(found.all.auroc.map(|area| area.value), Some(0.75)); // three of four pairs
/// assert_eq!(found.unlabelled, 1);
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn variant_figures(
    labels: &[Option<bool>],
    scores: &[f64],
    classes: &[Option<&str>],
    sign: Sign,
    params: &BootstrapParams,
) -> Result<VariantFigures, Error> {
    same_length("scores", labels.len(), scores.len())?;
    same_length("classes", labels.len(), classes.len())?;
    for (label, &score) in labels.iter().zip(scores) {
        let holds = label.is_none() || score.is_finite();
        parameter(
            "score of a labelled variant",
            "a finite number",
            score,
            holds,
        )?;
    }
    let mut all = Vec::new();
    let mut by_class = BTreeMap::<&str, Vec<(bool, f64)>>::new();
    for ((label, &score), class) in labels.iter().zip(scores).zip(classes) {
        let Some(label) = *label else { continue };
        let pair = (label, sign.of(score));
        all.push(pair);
        if let Some(class) = class {
            by_class.entry(class).or_default().push(pair);
        }
    }
    let class_figures = |(class, pairs): (&str, Vec<_>)| figures(Some(class), &pairs, params);
    Ok(VariantFigures {
        sign,
        unlabelled: labels.len() - all.len(),
        all: figures(None, &all, params)?,
        classes: by_class
            .into_iter()
            .map(class_figures)
            .collect::<Result<_, _>>()?,
    })
}

fn figures(
    class: Option<&str>,
    pairs: &[(bool, f64)],
    params: &BootstrapParams,
) -> Result<ClassFigures, Error> {
    let (labels, scores): (Vec<bool>, Vec<f64>) = pairs.iter().copied().unzip();
    let positives = labels.iter().filter(|&&label| label).count();
    let negatives = labels.len() - positives;
    let enough = positives >= 2 && negatives >= 2;
    let mut found = ClassFigures {
        class: class.map(str::to_owned),
        positives,
        negatives,
        auroc: None,
        auprc: None,
    };
    if enough {
        found.auroc = Some(auroc_delong(&labels, &scores, params.level)?.estimate);
        // Of two positives and two negatives a good part of the resamples lacks a class.
        found.auprc = auprc_bootstrap(&labels, &scores, params)
            .ok()
            .map(|found| found.estimate);
    }
    Ok(found)
}

impl fmt::Display for ClassFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = self.class.as_deref().unwrap_or("all");
        let [auroc, auprc] = [self.auroc, self.auprc]
            .map(|area| area.map_or("–".to_owned(), |area| format!("{area:.3}")));
        write!(
            f,
            "{class:28} {:>5} {:>5} {auroc:>22} {auprc:>22}",
            self.positives, self.negatives
        )
    }
}

impl fmt::Display for VariantFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:28} {:>5} {:>5} {:>22} {:>22}",
            self.sign.to_string(),
            "pos.",
            "neg.",
            "AUROC",
            "AUPRC"
        )?;
        writeln!(f, "{}", self.all)?;
        self.classes
            .iter()
            .try_for_each(|class| writeln!(f, "{class}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_sign_gives_the_complement() {
        let labels: Vec<Option<bool>> = (0..40).map(|i| Some(i * 7 % 5 < 2)).collect();
        let scores: Vec<f64> = (0..40).map(|i| f64::from(i * 13 % 11)).collect();
        let classes = vec![Some("missense"); 40];
        let params = BootstrapParams::default().with_draws(200);
        let area = |sign| {
            let found = variant_figures(&labels, &scores, &classes, sign, &params).unwrap();
            assert_eq!(found.all.auroc, found.classes[0].auroc);
            found.all.auroc.unwrap().value
        };
        assert!((area(Sign::High) + area(Sign::Low) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_class_of_one_label_has_no_figures_but_counts() {
        let labels = [Some(true), Some(true), Some(false), Some(false)];
        let classes = [Some("nonsense"), Some("nonsense"), Some("synonymous"), None];
        let found = variant_figures(
            &labels,
            &[1.0, 2.0, 0.0, 0.5],
            &classes,
            Sign::High,
            &BootstrapParams::default().with_draws(50),
        )
        .unwrap();
        assert_eq!(found.classes.len(), 2);
        assert_eq!(
            (found.classes[0].positives, found.classes[0].negatives),
            (2, 0)
        );
        assert_eq!(found.classes[0].auroc, None);
        assert_eq!(found.all.auroc.unwrap().value, 1.0);
        assert!(found.to_string().contains("nonsense"));
    }
}
