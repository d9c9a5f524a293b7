//! Predicted probabilities of classes against true ones.

use serde::{Deserialize, Serialize};

use crate::confusion::check_classes;
use crate::error::{at_least, same_length};
use crate::{Confusion, Error, auroc};

/// Probabilities of the classes of examples, with the true classes.
///
/// ```
/// use dissensus_stats::ClassPredictions;
///
/// // Two examples of class 0 and 1; the second is predicted wrongly.
/// let found = ClassPredictions::new(2, &[0, 1], &[0.75, 0.25, 0.5, 0.5])?;
/// // (0.25² + 0.25² + 0.5² + 0.5²)/2
/// assert_eq!(found.brier_score(), 0.3125);
/// assert_eq!(found.accuracy(), 0.5);
/// // Confidences 0.75 and 0.5 in bins of their own: (|1 − 0.75| + |0 − 0.5|)/2.
/// assert_eq!(found.expected_calibration_error(10)?, 0.375);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassPredictions<'a> {
    classes: usize,
    truth: &'a [usize],
    probabilities: &'a [f64],
}

/// Areas of each class against all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneVersusRest {
    /// The area of each class; none where all examples, or no example, are of the class.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub by_class: Vec<Option<f64>>,
    /// Mean over the classes that have an area.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub macro_mean: f64,
    /// Mean over them weighted by their number of examples.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub weighted_mean: f64,
}

impl std::fmt::Display for OneVersusRest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let missing = self.by_class.iter().filter(|area| area.is_none()).count();
        write!(f, "AUROC {:.4}", self.macro_mean)?;
        if missing > 0 {
            write!(f, " (without {missing} classes that have no area)")?;
        }
        Ok(())
    }
}

/// How far a row may be from a sum of one: probabilities are often stored in single precision.
const SUM: f64 = 1e-4;

impl<'a> ClassPredictions<'a> {
    /// Checks and wraps one row of `classes` probabilities an example.
    ///
    /// # Errors
    /// No example, fewer than two classes, a class that is not below `classes`, another number of
    /// probabilities, one outside [0, 1], a row whose sum is not 1 (to 1e-4).
    pub fn new(
        classes: usize,
        truth: &'a [usize],
        probabilities: &'a [f64],
    ) -> Result<Self, Error> {
        at_least("classes", 2, classes)?;
        at_least("examples", 1, truth.len())?;
        let expected = truth.len().saturating_mul(classes);
        same_length("probabilities", expected, probabilities.len())?;
        check_classes("true class", classes, truth)?;
        crate::error::unit_interval("probability of a class", probabilities)?;
        for (index, row) in probabilities.chunks(classes).enumerate() {
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > SUM {
                return Err(Error::Sum { index, sum });
            }
        }
        Ok(Self {
            classes,
            truth,
            probabilities,
        })
    }

    /// The predicted classes: the likeliest, the first of several.
    #[must_use]
    pub fn predicted(&self) -> Vec<usize> {
        self.rows().map(|(_, row)| likeliest(row)).collect()
    }

    /// Fraction of examples whose likeliest class is the true one.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right = self.rows().filter(|(truth, row)| likeliest(row) == *truth);
        right.count() as f64 / self.truth.len() as f64
    }

    /// Counts of true and predicted classes.
    ///
    /// # Errors
    /// More classes than a [`Confusion`] holds.
    pub fn confusion(&self) -> Result<Confusion, Error> {
        Confusion::new(self.classes, self.truth, &self.predicted())
    }

    /// Brier score: the mean of Σₖ (pₖ − yₖ)², y being 1 for the true class and 0 for the others;
    /// 0 to 2. For two classes it is twice the mean of (p₁ − y₁)².
    ///
    /// Source: Brier 1950.
    #[must_use]
    pub fn brier_score(&self) -> f64 {
        let of = |(truth, row): (usize, &[f64])| -> f64 {
            let terms = row.iter().enumerate();
            terms
                .map(|(k, p)| (p - f64::from(u8::from(k == truth))).powi(2))
                .sum()
        };
        self.rows().map(of).sum::<f64>() / self.truth.len() as f64
    }

    /// Mean −ln of the probability of the true class, in nats; infinite where one is 0.
    #[must_use]
    pub fn log_loss_nats(&self) -> f64 {
        let of = |(truth, row): (usize, &[f64])| -row[truth].ln();
        self.rows().map(of).sum::<f64>() / self.truth.len() as f64
    }

    /// Expected calibration error: Σ over bins of (examples/all)·|accuracy − mean confidence|, with
    /// `bins` bins of equal width of the probability of the predicted class, open below.
    ///
    /// # Errors
    /// No bin, or more than a million.
    ///
    /// Source: Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017.
    pub fn expected_calibration_error(&self, bins: usize) -> Result<f64, Error> {
        if !(1..=1_000_000).contains(&bins) {
            return Err(Error::Parameter {
                name: "bins of a calibration error",
                expected: "1 to 1000000",
                value: bins as f64,
            });
        }
        // Of each bin Σ (right − confidence).
        let mut gaps = vec![0.0; bins];
        for (truth, row) in self.rows() {
            let class = likeliest(row);
            let bin = (row[class] * bins as f64).ceil().max(1.0) as usize - 1;
            gaps[bin] += f64::from(u8::from(class == truth)) - row[class];
        }
        Ok(gaps.iter().map(|gap| gap.abs()).sum::<f64>() / self.truth.len() as f64)
    }

    /// Area under the receiver operating characteristic of each class against all others.
    ///
    /// # Errors
    /// Examples of one class only.
    ///
    /// Source: Provost and Domingos 2001.
    pub fn one_versus_rest(&self) -> Result<OneVersusRest, Error> {
        let mut by_class = Vec::with_capacity(self.classes);
        let (mut sum, mut weighted, mut areas, mut examples) = (0.0, 0.0, 0.0, 0.0);
        for class in 0..self.classes {
            let labels: Vec<bool> = self.truth.iter().map(|&t| t == class).collect();
            let scores: Vec<f64> = self.rows().map(|(_, row)| row[class]).collect();
            let area = auroc(&labels, &scores).ok();
            if let Some(area) = area {
                let count = labels.iter().filter(|label| **label).count() as f64;
                sum += area;
                areas += 1.0;
                weighted += count * area;
                examples += count;
            }
            by_class.push(area);
        }
        if areas == 0.0 {
            return Err(Error::OneClass {
                what: "AUROC of one class against the rest",
                found: self.truth.len(),
            });
        }
        Ok(OneVersusRest {
            by_class,
            macro_mean: sum / areas,
            weighted_mean: weighted / examples,
        })
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &'a [f64])> + use<'a> {
        let rows = self.probabilities.chunks(self.classes);
        self.truth.iter().copied().zip(rows)
    }
}

fn likeliest(row: &[f64]) -> usize {
    (0..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_examples_has_no_area() {
        let p = [0.5, 0.3, 0.2, 0.2, 0.6, 0.2, 0.6, 0.3, 0.1];
        let found = ClassPredictions::new(3, &[0, 1, 0], &p).unwrap();
        let areas = found.one_versus_rest().unwrap();
        assert_eq!(areas.by_class, [Some(1.0), Some(1.0), None]);
        assert_eq!((areas.macro_mean, areas.weighted_mean), (1.0, 1.0));
        assert!(
            areas
                .to_string()
                .ends_with("(without 1 classes that have no area)")
        );
        let one = ClassPredictions::new(3, &[1, 1, 1], &p).unwrap();
        assert!(matches!(one.one_versus_rest(), Err(Error::OneClass { .. })));
        let both = ClassPredictions::new(2, &[0, 1], &[0.6, 0.4, 0.7, 0.3]).unwrap();
        let areas = both.one_versus_rest().unwrap();
        assert_eq!(areas.to_string(), "AUROC 0.0000");
        assert_eq!(both.accuracy(), 0.5);
    }

    #[test]
    fn what_are_no_probabilities_is_refused() {
        let new = |p: &[f64]| ClassPredictions::new(2, &[0], p).map(|p| p.accuracy());
        assert_eq!(new(&[0.5, 0.5]), Ok(1.0));
        assert!(matches!(new(&[0.5, 0.4]), Err(Error::Sum { index: 0, .. })));
        assert!(matches!(new(&[-0.5, 1.5]), Err(Error::Parameter { .. })));
        assert!(matches!(
            new(&[f64::NAN, 1.0]),
            Err(Error::Parameter { .. })
        ));
        assert!(matches!(new(&[1.0]), Err(Error::Length { .. })));
        assert!(ClassPredictions::new(2, &[2], &[0.5, 0.5]).is_err());
        assert!(ClassPredictions::new(1, &[0], &[1.0]).is_err());
        assert!(ClassPredictions::new(2, &[], &[]).is_err());
        assert!(ClassPredictions::new(usize::MAX, &[0, 0], &[1.0]).is_err());
    }

    #[test]
    fn an_impossible_truth_costs_all() {
        let found = ClassPredictions::new(2, &[0, 1], &[0.0, 1.0, 0.5, 0.5]).unwrap();
        assert_eq!(found.log_loss_nats(), f64::INFINITY);
        assert_eq!(found.brier_score(), 1.25);
    }

    #[test]
    fn bins_are_closed_above() {
        let p = [0.8, 0.2, 0.8, 0.2, 1.0, 0.0];
        let found = ClassPredictions::new(2, &[0, 1, 0], &p).unwrap();
        // 0.8 twice in the fourth of five bins: |1 - 1.6|; 1 in the fifth: 0.
        let error = found.expected_calibration_error(5).unwrap();
        assert!((error - 0.2).abs() < 1e-12);
        assert!(found.expected_calibration_error(0).is_err());
        assert!(found.expected_calibration_error(usize::MAX).is_err());
        let one = found.expected_calibration_error(1).unwrap();
        assert!((one - 0.2).abs() < 1e-12);
        // As many as there may be: 1 stands in the last, 1e-9 in the first.
        let ends = ClassPredictions::new(2, &[0, 0], &[1.0, 0.0, 0.5, 0.5]).unwrap();
        assert_eq!(ends.expected_calibration_error(1_000_000), Ok(0.25));
        assert_eq!(found.confusion().unwrap().count(1, 0), Some(1));
    }
}
