//! Predicted classes against true ones.

use crate::Error;
use crate::error::{at_least, same_length};

/// Counts of (true class, predicted class).
///
/// ```
/// use dissensus_stats::Confusion;
///
/// let found = Confusion::new(2, &[1, 1, 1, 0], &[1, 1, 0, 0])?;
/// assert_eq!(found.accuracy(), 0.75);
/// assert!((found.mcc() - 1.0 / 3.0_f64.sqrt()).abs() < 1e-12); // (2*1 - 0*1)/sqrt(2*3*1*2)
/// assert!((found.f1_macro() - (0.8 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
/// assert!((found.f1_weighted() - (3.0 * 0.8 + 2.0 / 3.0) / 4.0).abs() < 1e-12);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    /// Row-major, true class by predicted class.
    counts: Vec<u64>,
}

impl Confusion {
    /// Counts the predictions.
    ///
    /// # Errors
    /// No example, different lengths, a class that is not below `classes`.
    pub fn new(classes: usize, truth: &[usize], predicted: &[usize]) -> Result<Self, Error> {
        at_least("examples of a confusion matrix", 1, truth.len())?;
        same_length("predicted classes", truth.len(), predicted.len())?;
        let mut counts = vec![0; classes * classes];
        for (&t, &p) in truth.iter().zip(predicted) {
            if t.max(p) >= classes {
                let expected = "a class below the number of classes";
                return Err(Error::Parameter {
                    name: "class",
                    expected,
                    value: t.max(p) as f64,
                });
            }
            counts[t * classes + p] += 1;
        }
        Ok(Self { classes, counts })
    }

    /// How often class `predicted` was predicted where `truth` is true.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        self.counts[truth * self.classes + predicted]
    }

    /// Share of right predictions.
    pub fn accuracy(&self) -> f64 {
        self.right() / self.total()
    }

    /// Matthews correlation; for more than two classes Gorodkin's R_K. 0 where a side is constant, as scikit-learn has it.
    ///
    /// R_K = (c·s − Σ pₖtₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²)), with s examples, c right ones, pₖ predictions of class k
    /// and tₖ true examples of it.
    ///
    /// Source: Matthews 1975; Gorodkin 2004.
    pub fn mcc(&self) -> f64 {
        let (s, c) = (self.total(), self.right());
        let sides: Vec<(f64, f64)> = (0..self.classes)
            .map(|k| (self.predicted(k), self.truth(k)))
            .collect();
        let sum = |f: fn(&(f64, f64)) -> f64| sides.iter().map(f).sum::<f64>();
        let scale = ((s * s - sum(|(p, _)| p * p)) * (s * s - sum(|(_, t)| t * t))).sqrt();
        if scale == 0.0 {
            0.0
        } else {
            (c * s - sum(|(p, t)| p * t)) / scale
        }
    }

    /// F1 = 2·right/(predicted + true) of one class; 0 where the class is neither true nor predicted.
    pub fn f1(&self, class: usize) -> f64 {
        let both = self.predicted(class) + self.truth(class);
        if both == 0.0 {
            0.0
        } else {
            2.0 * self.count(class, class) as f64 / both
        }
    }

    /// Mean F1 over the classes that are true or predicted at least once.
    pub fn f1_macro(&self) -> f64 {
        let seen: Vec<usize> = (0..self.classes)
            .filter(|&k| self.predicted(k) + self.truth(k) > 0.0)
            .collect();
        seen.iter().map(|&k| self.f1(k)).sum::<f64>() / seen.len() as f64
    }

    /// Mean F1 weighted by the number of true examples of each class.
    pub fn f1_weighted(&self) -> f64 {
        (0..self.classes)
            .map(|k| self.truth(k) * self.f1(k))
            .sum::<f64>()
            / self.total()
    }

    fn total(&self) -> f64 {
        self.counts.iter().sum::<u64>() as f64
    }

    fn right(&self) -> f64 {
        (0..self.classes).map(|k| self.count(k, k)).sum::<u64>() as f64
    }

    fn truth(&self, class: usize) -> f64 {
        (0..self.classes).map(|p| self.count(class, p)).sum::<u64>() as f64
    }

    fn predicted(&self, class: usize) -> f64 {
        (0..self.classes).map(|t| self.count(t, class)).sum::<u64>() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_prediction_has_mcc_zero() {
        assert_eq!(
            Confusion::new(3, &[0, 1, 2], &[1, 1, 1]).unwrap().mcc(),
            0.0
        );
    }

    #[test]
    fn an_unknown_class_is_refused() {
        assert!(matches!(
            Confusion::new(2, &[0, 1], &[0, 2]),
            Err(Error::Parameter { name: "class", .. })
        ));
    }
}
