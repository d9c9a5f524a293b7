//! What every probe does: learn classes from features, then say what it believes of others.

use nalgebra::DMatrix;

use crate::{Error, Features, Labels};

/// A classifier that can be fitted; its parameters are its type's fields.
///
/// Implemented by [`RidgeParams`](crate::RidgeParams), [`LogisticParams`](crate::LogisticParams),
/// [`TreesParams`](crate::TreesParams) and [`MajorityClass`].
pub trait Probe: Sync {
    /// The name and what decides the result, for a table.
    fn name(&self) -> String;

    /// Learns from the rows.
    ///
    /// # Errors
    /// Other numbers of labels than rows, parameters outside their range, a class without a row.
    fn fit(&self, features: &Features, labels: &Labels) -> Result<Box<dyn Fitted>, Error>;
}

/// A probe that has been fitted.
pub trait Fitted: Send + Sync {
    /// Scores of every class for every row.
    ///
    /// # Errors
    /// Another number of columns than was fitted.
    fn predict(&self, features: &Features) -> Result<ProbeOutcome, Error>;

    /// Whether the fit reached its tolerance; true for what is solved directly.
    fn converged(&self) -> bool {
        true
    }
}

/// What a probe says of each row.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProbeOutcome {
    /// Rows × classes; the largest of a row is the class predicted.
    pub scores: DMatrix<f64>,
    /// Whether the scores of a row are probabilities.
    pub probabilities: bool,
}

impl ProbeOutcome {
    /// Scores that only order the classes.
    #[must_use]
    pub fn scores(scores: DMatrix<f64>) -> Self {
        Self {
            scores,
            probabilities: false,
        }
    }

    /// Scores that are probabilities.
    #[must_use]
    pub fn probabilities(scores: DMatrix<f64>) -> Self {
        Self {
            scores,
            probabilities: true,
        }
    }

    /// The class predicted for each row: the first of the largest scores.
    #[must_use]
    pub fn classes(&self) -> Vec<usize> {
        let best = |row: usize| {
            let better = |best: usize, k: usize| {
                if self.scores[(row, k)] > self.scores[(row, best)] {
                    k
                } else {
                    best
                }
            };
            (1..self.scores.ncols()).fold(0, better)
        };
        (0..self.scores.nrows()).map(best).collect()
    }
}

/// The baseline that looks at no feature: the frequencies of the classes among the training rows.
///
/// ```
/// use dissensus_probe::{Features, Labels, MajorityClass, Probe};
///
/// let features = Features::new(vec![0.0; 4], 1)?;
/// let fitted = MajorityClass.fit(&features, &Labels::new(vec![0, 1, 1, 1], 2)?)?;
/// let outcome = fitted.predict(&features)?;
/// assert_eq!(outcome.scores[(0, 1)], 0.75);
/// assert_eq!(outcome.classes(), [1, 1, 1, 1]);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MajorityClass;

impl Probe for MajorityClass {
    fn name(&self) -> String {
        "majority class".to_owned()
    }

    fn fit(&self, features: &Features, labels: &Labels) -> Result<Box<dyn Fitted>, Error> {
        crate::error::same_length("labels", features.rows(), labels.rows())?;
        let rows = labels.rows() as f64;
        let frequencies = labels.counts().into_iter().map(|count| count as f64 / rows);
        Ok(Box::new(Frequencies(frequencies.collect())))
    }
}

/// The same probabilities for every row.
struct Frequencies(Vec<f64>);

impl Fitted for Frequencies {
    fn predict(&self, features: &Features) -> Result<ProbeOutcome, Error> {
        let scores = DMatrix::from_fn(features.rows(), self.0.len(), |_, k| self.0[k]);
        Ok(ProbeOutcome::probabilities(scores))
    }
}
