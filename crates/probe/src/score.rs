//! How good predicted classes are.

mod scorer;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Labels, ProbeOutcome};

pub(crate) use scorer::{Scorer, mean};

/// A number that says how good predictions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Metric {
    /// Matthews correlation; R_K for more than two classes; 0 where a side is constant.
    Mcc,
    /// Fraction of right predictions.
    Accuracy,
    /// Mean F1 of the classes that are true or predicted.
    F1Macro,
    /// Mean F1 weighted by true examples.
    F1Weighted,
    /// Area under the ROC curve, ties ½; for more than two classes the mean over classes of one
    /// against the rest.
    Auroc,
    /// Average precision Σₙ (Rₙ − Rₙ₋₁) Pₙ over falling thresholds; for more than two classes the
    /// mean of one against the rest.
    Auprc,
    /// Brier score: (p₁ − y)² for two classes, Σₖ (pₖ − yₖ)² for more, averaged; the less the
    /// better.
    Brier,
    /// −ln of the probability of the true class, in nats, averaged; the less the better.
    LogLoss,
    /// Expected calibration error: |right − confidence| averaged over 15 equal bins of confidence;
    /// the less the better.
    CalibrationError,
}

impl Metric {
    /// All metrics, in the order they are reported in.
    pub const ALL: [Self; 9] = [
        Self::Mcc,
        Self::Accuracy,
        Self::F1Macro,
        Self::F1Weighted,
        Self::Auroc,
        Self::Auprc,
        Self::Brier,
        Self::LogLoss,
        Self::CalibrationError,
    ];

    /// Whether a better prediction has a larger value.
    #[must_use]
    pub fn larger_is_better(self) -> bool {
        !matches!(self, Self::Brier | Self::LogLoss | Self::CalibrationError)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Mcc => "MCC",
            Self::Accuracy => "accuracy",
            Self::F1Macro => "F1, macro",
            Self::F1Weighted => "F1, weighted",
            Self::Auroc => "AUROC",
            Self::Auprc => "AUPRC",
            Self::Brier => "Brier score",
            Self::LogLoss => "log loss (nats)",
            Self::CalibrationError => "calibration error",
        })
    }
}

/// Every metric of one set of predictions; see [`Metric`] for what each is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scores {
    /// Matthews correlation.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub mcc: f64,
    /// Fraction of right predictions.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub accuracy: f64,
    /// Mean F1 of the classes.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub f1_macro: f64,
    /// Mean F1 weighted by true examples.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub f1_weighted: f64,
    /// Area under the ROC curve; none where no class has both an example and a counterexample.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub auroc: Option<f64>,
    /// Average precision, the area under the curve of precision and recall; none where there is no
    /// `auroc`.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub auprc: Option<f64>,
    /// Brier score; none where the scores are not probabilities, as for the next two.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub brier: Option<f64>,
    /// Log loss in nats.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub log_loss: Option<f64>,
    /// Expected calibration error.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub calibration_error: Option<f64>,
}

impl Scores {
    /// One of the metrics.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Mcc => Some(self.mcc),
            Metric::Accuracy => Some(self.accuracy),
            Metric::F1Macro => Some(self.f1_macro),
            Metric::F1Weighted => Some(self.f1_weighted),
            Metric::Auroc => self.auroc,
            Metric::Auprc => self.auprc,
            Metric::Brier => self.brier,
            Metric::LogLoss => self.log_loss,
            Metric::CalibrationError => self.calibration_error,
        }
    }
}

/// All metrics of predictions, equal to those of scikit-learn where it has them.
///
/// A class that occurs nowhere in `labels` is left out of the one-against-rest areas.
///
/// # Errors
/// Other numbers of rows or classes in the outcome than in the labels; a score that is not finite;
/// what is said to be a probability and is outside [0, 1], or does not sum to 1 (to 1e-4) with
/// those of its row.
///
/// ```
/// use dissensus_probe::{Labels, ProbeOutcome, scores};
/// use nalgebra::DMatrix;
///
/// let labels = Labels::new(vec![1, 1, 1, 0], 2)?;
/// let outcome = ProbeOutcome::probabilities(DMatrix::from_row_slice(
///     4, 2, &[0.1, 0.9, 0.2, 0.8, 0.6, 0.4, 0.7, 0.3],
/// ));
/// let found = scores(&labels, &outcome)?;
/// assert_eq!(found.accuracy, 0.75);
/// assert!((found.mcc - 1.0 / 3.0_f64.sqrt()).abs() < 1e-12);
/// assert_eq!(found.auroc, Some(1.0));
/// assert!((found.brier.unwrap_or(0.0) - (0.01 + 0.04 + 0.36 + 0.09) / 4.0).abs() < 1e-12);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn scores(labels: &Labels, outcome: &ProbeOutcome) -> Result<Scores, Error> {
    let scorer = Scorer::new(labels, outcome)?;
    Ok(scorer.scores(&vec![1.0; labels.rows()]))
}
