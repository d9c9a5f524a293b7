//! Whether a run has learned anything.

use std::fmt;

use dissensus_probe::{Labels, ProbeOutcome};
use serde::{Deserialize, Serialize};

/// What a run gains over the frequencies of the classes, in nats a sequence:
/// `mean_i (ln p(y_i) − ln s(y_i))` over validation rows, `p` being the classifier's probabilities
/// and `s` the frequencies of the classes among the training rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GainOverChance {
    /// The gain.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub nats: f64,
    /// Its standard error over the rows.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub standard_error: f64,
}

/// The normal quantile of a two-sided 95 % interval.
const QUANTILE: f64 = 1.959_963_984_540_054;

/// Probabilities below this count as this, so that one row does not decide all.
const FLOOR: f64 = 1e-12;

impl GainOverChance {
    pub(crate) fn new(training: &Labels, validation: &Labels, outcome: &ProbeOutcome) -> Self {
        let rows = training.rows() as f64;
        let classes = training.classes() as f64;
        // One more of each class, so that a class without a training row is possible.
        let frequencies: Vec<f64> = training
            .counts()
            .iter()
            .map(|&count| (count as f64 + 1.0) / (rows + classes))
            .collect();
        let gains: Vec<f64> = validation
            .values()
            .iter()
            .enumerate()
            .map(|(row, &class)| {
                outcome.scores[(row, class)].max(FLOOR).ln() - frequencies[class].ln()
            })
            .collect();
        let count = gains.len() as f64;
        let nats = gains.iter().sum::<f64>() / count;
        let squares: f64 = gains.iter().map(|gain| (gain - nats).powi(2)).sum();
        Self {
            nats,
            standard_error: (squares / (count - 1.0) / count).sqrt(),
        }
    }

    /// Whether the lower end of the gain's 95 % interval is above 0.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.nats - QUANTILE * self.standard_error > 0.0
    }
}

impl fmt::Display for GainOverChance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = QUANTILE * self.standard_error;
        let (low, high) = (self.nats - half, self.nats + half);
        write!(f, "{:.4} [{low:.4} {high:.4}] nats", self.nats)
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;

    fn gain(right: f64) -> GainOverChance {
        let labels = Labels::new((0..40).map(|i| i % 2).collect(), 2).expect("labels");
        let p = |row: usize, class: usize| if row % 2 == class { right } else { 1.0 - right };
        let outcome = ProbeOutcome::probabilities(DMatrix::from_fn(40, 2, p));
        GainOverChance::new(&labels, &labels, &outcome)
    }

    #[test]
    fn the_gain_is_that_over_the_frequencies_of_the_classes() {
        let found = gain(0.8);
        assert!((found.nats - (0.8_f64 / 0.5).ln()).abs() < 1e-12, "{found}");
        assert!(found.is_shown() && !gain(0.5).is_shown() && !gain(0.4).is_shown());
    }

    #[test]
    fn a_gain_on_few_rows_is_not_shown() {
        let labels = Labels::new(vec![0, 1, 0, 1], 2).expect("labels");
        let scores = [0.9, 0.1, 0.4, 0.6, 0.8, 0.2, 0.55, 0.45];
        let outcome = ProbeOutcome::probabilities(DMatrix::from_row_slice(4, 2, &scores));
        let found = GainOverChance::new(&labels, &labels, &outcome);
        assert!(found.nats > 0.0 && !found.is_shown(), "{found}");
    }
}
