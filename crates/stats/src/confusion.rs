//! Predicted classes against true ones.

use serde::{Deserialize, Serialize};

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
/// assert_eq!((found.count(1, 0), found.count(0, 2)), (Some(1), None));
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Confusion {
    classes: usize,
    /// Row-major, true class by predicted class.
    counts: Vec<u64>,
}

/// A table as it stands in a file, unchecked.
#[derive(Deserialize)]
struct Stored {
    classes: usize,
    counts: Vec<u64>,
}

impl TryFrom<Stored> for Confusion {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let size = table_size(stored.classes)?;
        same_length("counts of a confusion matrix", size, stored.counts.len())?;
        // Scores multiply two of these sums.
        let total = stored.counts.iter().map(|&n| u128::from(n)).sum::<u128>();
        if total == 0 || total > MOST_EXAMPLES {
            return Err(Error::Parameter {
                name: "examples of a confusion matrix",
                expected: "1 to 2^53",
                value: total as f64,
            });
        }
        Ok(Self {
            classes: stored.classes,
            counts: stored.counts,
        })
    }
}

const MOST_EXAMPLES: u128 = 1 << 53;
/// A table of this many classes takes 128 MB.
const MOST_CLASSES: usize = 4096;

fn table_size(classes: usize) -> Result<usize, Error> {
    if (1..=MOST_CLASSES).contains(&classes) {
        Ok(classes * classes)
    } else {
        Err(Error::Parameter {
            name: "number of classes",
            expected: "1 to 4096",
            value: classes as f64,
        })
    }
}

/// Fails with the first class that is not below the number of classes.
pub(crate) fn check_classes(
    what: &'static str,
    classes: usize,
    found: &[usize],
) -> Result<(), Error> {
    match found.iter().position(|&class| class >= classes) {
        Some(index) => Err(Error::Class {
            what,
            index,
            class: found[index],
            classes,
        }),
        None => Ok(()),
    }
}

impl Confusion {
    /// Counts the predictions.
    ///
    /// # Errors
    /// No example, different lengths, no class or more than 4096, a class that is not below
    /// `classes`.
    pub fn new(classes: usize, truth: &[usize], predicted: &[usize]) -> Result<Self, Error> {
        at_least("examples of a confusion matrix", 1, truth.len())?;
        same_length("predicted classes", truth.len(), predicted.len())?;
        let mut counts = vec![0; table_size(classes)?];
        check_classes("true class", classes, truth)?;
        check_classes("predicted class", classes, predicted)?;
        for (&t, &p) in truth.iter().zip(predicted) {
            counts[t * classes + p] += 1;
        }
        Ok(Self { classes, counts })
    }

    /// The number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How often class `predicted` was predicted where `truth` is true; `None` where there is no
    /// such class.
    #[must_use]
    pub fn count(&self, truth: usize, predicted: usize) -> Option<u64> {
        let exists = truth < self.classes && predicted < self.classes;
        exists.then(|| self.at(truth, predicted))
    }

    /// Fraction of right predictions.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.right() as f64 / self.total() as f64
    }

    /// Matthews correlation; for more than two classes Gorodkin's R_K. 0 where a side is constant,
    /// as scikit-learn has it: see [`Confusion::is_mcc_defined`].
    ///
    /// R_K = (c·s − Σ pₖtₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²)), with s examples, c right ones, pₖ
    /// predictions of class k and tₖ true examples of it. Differences are taken in integers.
    ///
    /// Source: Matthews 1975; Gorodkin 2004.
    #[must_use]
    pub fn mcc(&self) -> f64 {
        let (s, c) = (i128::from(self.total()), i128::from(self.right()));
        let sum = |of: &dyn Fn(usize) -> i128| (0..self.classes).map(of).sum::<i128>();
        let (p, t) = (
            |k| i128::from(self.predicted(k)),
            |k| i128::from(self.truth(k)),
        );
        let predicted = s * s - sum(&|k| p(k) * p(k));
        let truth = s * s - sum(&|k| t(k) * t(k));
        if predicted == 0 || truth == 0 {
            return 0.0;
        }
        let shared = c * s - sum(&|k| p(k) * t(k));
        shared as f64 / (predicted as f64 * truth as f64).sqrt()
    }

    /// Whether the Matthews correlation is defined: more than one class is true, and more than one
    /// predicted. A model that always predicts one class has no correlation, not one of 0.
    #[must_use]
    pub fn is_mcc_defined(&self) -> bool {
        let several = |of: &dyn Fn(usize) -> u64| (0..self.classes).filter(|&k| of(k) > 0).count();
        several(&|k| self.truth(k)) > 1 && several(&|k| self.predicted(k)) > 1
    }

    /// F1 = 2·right/(predicted + true) of one class; 0 where the class is neither true nor
    /// predicted, `None` where there is no such class.
    #[must_use]
    pub fn f1(&self, class: usize) -> Option<f64> {
        (class < self.classes).then(|| self.f1_of(class))
    }

    /// Mean F1 over the classes that are true or predicted at least once.
    #[must_use]
    pub fn f1_macro(&self) -> f64 {
        let seen: Vec<usize> = (0..self.classes)
            .filter(|&k| self.predicted(k) + self.truth(k) > 0)
            .collect();
        seen.iter().map(|&k| self.f1_of(k)).sum::<f64>() / seen.len() as f64
    }

    /// Mean F1 weighted by the number of true examples of each class.
    #[must_use]
    pub fn f1_weighted(&self) -> f64 {
        (0..self.classes)
            .map(|k| self.truth(k) as f64 * self.f1_of(k))
            .sum::<f64>()
            / self.total() as f64
    }

    fn f1_of(&self, class: usize) -> f64 {
        let both = self.predicted(class) + self.truth(class);
        if both == 0 {
            0.0
        } else {
            2.0 * self.at(class, class) as f64 / both as f64
        }
    }

    fn at(&self, truth: usize, predicted: usize) -> u64 {
        self.counts[truth * self.classes + predicted]
    }

    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn right(&self) -> u64 {
        (0..self.classes).map(|k| self.at(k, k)).sum()
    }

    fn truth(&self, class: usize) -> u64 {
        (0..self.classes).map(|p| self.at(class, p)).sum()
    }

    fn predicted(&self, class: usize) -> u64 {
        (0..self.classes).map(|t| self.at(t, class)).sum()
    }
}

impl std::fmt::Display for Confusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "accuracy {:.4}, MCC {:.4}, F1 {:.4}",
            self.accuracy(),
            self.mcc(),
            self.f1_macro()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_prediction_has_mcc_zero_and_says_that_it_is_undefined() {
        let found = Confusion::new(3, &[0, 1, 2], &[1, 1, 1]).unwrap();
        assert_eq!((found.mcc(), found.is_mcc_defined()), (0.0, false));
        let found = Confusion::new(3, &[1, 1, 1], &[0, 1, 2]).unwrap();
        assert_eq!((found.mcc(), found.is_mcc_defined()), (0.0, false));
        let found = Confusion::new(3, &[0, 1, 1], &[1, 0, 1]).unwrap();
        assert!(found.is_mcc_defined() && found.mcc() == -0.5);
    }

    #[test]
    fn counts_beyond_the_table_are_none() {
        let found = Confusion::new(2, &[0, 1, 1], &[0, 1, 0]).unwrap();
        assert_eq!(found.count(0, 2), None);
        assert_eq!(found.count(2, 0), None);
        assert_eq!(found.count(usize::MAX, 0), None);
        assert_eq!(found.count(1, 0), Some(1));
        assert_eq!((found.f1(2), found.classes()), (None, 2));
        assert_eq!(found.f1(0), Some(2.0 / 3.0));
        let unseen = Confusion::new(3, &[0, 1], &[0, 1]).unwrap();
        assert_eq!((unseen.f1(2), unseen.f1_macro()), (Some(0.0), 1.0));
        // A class that is true or predicted, not both, counts with 0: (2/3 + 0)/2.
        for (truth, predicted) in [([0, 1], [0, 0]), ([0, 0], [0, 1])] {
            let found = Confusion::new(3, &truth, &predicted).unwrap();
            assert_eq!(found.f1_macro(), 1.0 / 3.0);
        }
        assert_eq!(found.to_string(), "accuracy 0.6667, MCC 0.5000, F1 0.6667");
    }

    #[test]
    fn unusable_classes_are_refused() {
        let error = Confusion::new(2, &[0, 1], &[0, 2]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "predicted class 1 is 2, expected a class below 2"
        );
        for classes in [0, 4097, usize::MAX] {
            let error = Confusion::new(classes, &[0], &[0]).unwrap_err();
            assert!(matches!(error, Error::Parameter { .. }), "{classes}");
        }
        assert!(Confusion::new(2, &[], &[]).is_err());
        assert!(Confusion::new(2, &[0, 1], &[0]).is_err());
    }

    #[test]
    fn a_table_is_checked_when_it_is_read() {
        let found = Confusion::new(2, &[0, 1, 1], &[0, 1, 0]).unwrap();
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Confusion>(&text).unwrap(), found);
        for text in [
            r#"{"classes":2,"counts":[1,2,3]}"#,
            r#"{"classes":0,"counts":[]}"#,
            r#"{"classes":1,"counts":[0]}"#,
            r#"{"classes":18446744073709551615,"counts":[1]}"#,
            r#"{"classes":1,"counts":[18446744073709551615]}"#,
        ] {
            assert!(serde_json::from_str::<Confusion>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nearly_constant_predictions_keep_their_digits() {
        // 2^50 right ones of class 0, one right of class 1: R_K is exactly 1.
        let text = format!(r#"{{"classes":2,"counts":[{},0,0,1]}}"#, 1_u64 << 50);
        let found: Confusion = serde_json::from_str(&text).unwrap();
        assert_eq!(found.mcc(), 1.0);
        let most = |n: u64| format!(r#"{{"classes":1,"counts":[{n}]}}"#);
        assert!(serde_json::from_str::<Confusion>(&most(1 << 53)).is_ok());
        assert!(serde_json::from_str::<Confusion>(&most((1 << 53) + 1)).is_err());
    }
}
