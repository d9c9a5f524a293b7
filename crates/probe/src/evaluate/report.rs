//! What a cross-validated probe found.

use std::fmt;

use dissensus_stats::Estimate;
use serde::{Deserialize, Serialize};

use super::EvaluateParams;
use super::interval::{Resampled, estimate};
use crate::error::parameter;
use crate::score::{Scorer, mean};
use crate::{Error, Features, Folds, Labels, Metric, ProbeOutcome, Scores};

/// What a probe found, fold by fold and in sum.
///
/// The value of a metric is its mean over the folds in which it is defined. Its interval is a
/// percentile bootstrap over the groups of the test rows (the rows themselves where no groups are
/// known): it says how far the value depends on which groups were tested, not on which were trained
/// on. Chance is what the same predictions would score on average if they were dealt out to the
/// test rows at random: 0 for MCC, ½ for AUROC, Σₖ pₖtₖ/n² for accuracy, a little more than the
/// frequency of the class for AUPRC. Beside it stands the baseline that knows the frequencies of
/// the classes and no feature.
///
/// Its `Display` is a table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbeReport {
    /// The probe and its parameters.
    pub probe: String,
    /// Columns of the features.
    pub columns: usize,
    /// Columns that the probe saw, after reduction.
    pub dimension: usize,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Groups among the test rows.
    pub groups: usize,
    /// Folds whose fit did not reach its tolerance.
    pub not_converged: usize,
    /// Every fold.
    pub folds: Vec<FoldReport>,
    /// Every metric that is defined.
    pub measured: Vec<Measured>,
    /// What was predicted, for [`paired_differences`](crate::paired_differences).
    #[serde(skip)]
    pub(super) tested: Vec<Tested>,
    #[serde(skip)]
    pub(super) groups_of_rows: Vec<usize>,
}

/// One fold.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FoldReport {
    /// Rows trained on.
    pub train: usize,
    /// Rows left for choices.
    pub validation: usize,
    /// Rows tested.
    pub test: usize,
    /// Whether the fit reached its tolerance.
    pub converged: bool,
    /// All metrics.
    pub scores: Scores,
    /// All metrics of the baseline that knows the frequencies of the classes.
    pub majority: Scores,
}

/// One metric over all folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measured {
    /// Which.
    pub metric: Metric,
    /// Mean over the folds, with its interval.
    pub estimate: Estimate,
    /// Resamples on which it is undefined, and which the interval leaves out.
    pub undefined: usize,
    /// Its chance level; none for what only probabilities have.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub chance: Option<f64>,
    /// What knowing the frequencies of the classes scores.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub majority: Option<f64>,
}

/// Test rows of one fold and what was predicted of them.
#[derive(Debug, Clone)]
pub(super) struct Tested {
    pub rows: Vec<usize>,
    pub truth: Labels,
    pub outcome: ProbeOutcome,
    pub majority: ProbeOutcome,
    pub converged: bool,
    pub train: usize,
    pub validation: usize,
    pub dimension: usize,
}

impl ProbeReport {
    /// One of the metrics; none where it is undefined in every fold.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<&Measured> {
        self.measured.iter().find(|found| found.metric == metric)
    }

    /// The test rows of a fold and the scores of the classes there, row after row as tested.
    #[must_use]
    pub fn predictions(&self, fold: usize) -> Option<(&[usize], &ProbeOutcome)> {
        self.tested
            .get(fold)
            .map(|fold| (&fold.rows[..], &fold.outcome))
    }
}

/// Scores the folds and draws the intervals.
pub(super) fn report(
    probe: String,
    features: &Features,
    labels: &Labels,
    folds: &Folds,
    tested: Vec<Tested>,
    params: &EvaluateParams,
) -> Result<ProbeReport, Error> {
    let bootstrap = &params.bootstrap;
    let level = bootstrap.level;
    parameter(
        "level",
        "a number between 0 and 1",
        level,
        level > 0.0 && level < 1.0,
    )?;
    let resampled = Resampled::new(&tested, folds.groups())?;
    let values = resampled.means(&vec![1.0; resampled.count]);
    let draws = resampled.draws(bootstrap, |weights| resampled.means(weights));
    let reports = fold_reports(&tested, resampled.scorers())?;
    let measured = Metric::ALL.iter().enumerate().filter_map(|(at, &metric)| {
        let of_metric = draws.iter().map(|draw| draw[at]);
        let (estimate, undefined) = estimate(values[at]?, of_metric, bootstrap, resampled.count);
        Some(Measured {
            metric,
            estimate,
            undefined,
            chance: chance(metric, resampled.scorers()),
            majority: mean(reports.iter().filter_map(|fold| fold.majority.get(metric))),
        })
    });
    Ok(ProbeReport {
        probe,
        columns: features.columns(),
        dimension: tested.first().map_or(0, |fold| fold.dimension),
        classes: labels.names().to_vec(),
        groups: resampled.count,
        not_converged: tested.iter().filter(|fold| !fold.converged).count(),
        measured: measured.collect(),
        folds: reports,
        tested,
        groups_of_rows: folds.groups().to_vec(),
    })
}

fn fold_reports(tested: &[Tested], scorers: &[Scorer]) -> Result<Vec<FoldReport>, Error> {
    let one = |(fold, scorer): (&Tested, &Scorer)| {
        let ones = vec![1.0; fold.rows.len()];
        let majority = Scorer::new(&fold.truth, &fold.majority)?;
        Ok(FoldReport {
            train: fold.train,
            validation: fold.validation,
            test: fold.rows.len(),
            converged: fold.converged,
            scores: scorer.scores(&ones),
            majority: majority.scores(&ones),
        })
    };
    tested.iter().zip(scorers).map(one).collect()
}

fn chance(metric: Metric, scorers: &[Scorer]) -> Option<f64> {
    let over = |part: fn(&Scorer) -> f64| mean(scorers.iter().map(part));
    match metric {
        Metric::Mcc => Some(0.0),
        Metric::Auroc => Some(0.5),
        Metric::Auprc => mean(scorers.iter().filter_map(|scorer| scorer.chance().auprc)),
        Metric::Accuracy => over(|scorer| scorer.chance().accuracy),
        Metric::F1Macro => over(|scorer| scorer.chance().f1_macro),
        Metric::F1Weighted => over(|scorer| scorer.chance().f1_weighted),
        Metric::Brier | Metric::LogLoss | Metric::CalibrationError => None,
    }
}

impl fmt::Display for ProbeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} columns", self.probe, self.columns)?;
        if self.dimension != self.columns {
            write!(f, " reduced to {}", self.dimension)?;
        }
        let tests: usize = self.folds.iter().map(|fold| fold.test).sum();
        let (folds, groups) = (self.folds.len(), self.groups);
        writeln!(f, "; {folds} folds, {tests} test rows, {groups} groups")?;
        if self.not_converged > 0 {
            writeln!(f, "{} of {folds} fits did not converge", self.not_converged)?;
        }
        writeln!(
            f,
            "{:18} {:>24} {:>8} {:>8}",
            "", "value", "chance", "majority"
        )?;
        for found in &self.measured {
            let value = format!("{:.3}", found.estimate);
            let [chance, majority] = [found.chance, found.majority]
                .map(|value| value.map_or("–".to_owned(), |value| format!("{value:.3}")));
            writeln!(
                f,
                "{:18} {value:>24} {chance:>8} {majority:>8}",
                found.metric
            )?;
        }
        Ok(())
    }
}
