//! Logistic regression of two or more classes.

mod lbfgs;
mod loss;
mod precondition;

use nalgebra::DMatrix;

use crate::error::{parameter, same_length};
use crate::probe::{Fitted, Probe, ProbeOutcome};
use crate::product::times;
use crate::{Error, Features, Labels};

use lbfgs::minimise;
use loss::Loss;
use precondition::Preconditioner;

/// How much each class counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClassWeight {
    /// Every example counts 1.
    #[default]
    Equal,
    /// Every class counts the same in sum: an example of class k counts n/(K·nₖ).
    Balanced,
}

impl ClassWeight {
    /// What an example of each class counts; of a class without an example, what one would.
    ///
    /// ```
    /// use dissensus_probe::{ClassWeight, Labels};
    /// let labels = Labels::new(vec![0, 0, 0, 1], 2)?;
    /// assert_eq!(ClassWeight::Balanced.of_classes(&labels), [4.0 / 6.0, 2.0]);
    /// # Ok::<(), dissensus_probe::Error>(())
    /// ```
    #[must_use]
    pub fn of_classes(self, labels: &Labels) -> Vec<f64> {
        let (rows, classes) = (labels.rows() as f64, labels.classes() as f64);
        let of = |&count: &usize| match self {
            Self::Equal => 1.0,
            Self::Balanced => rows / (classes * count.max(1) as f64),
        };
        labels.counts().iter().map(of).collect()
    }
}

/// How a logistic regression is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LogisticParams {
    /// C: the inverse of the penalty's weight, as scikit-learn has it; by default 1.
    pub inverse_penalty: f64,
    /// The largest entry that the gradient of the mean objective may have in the end; by default
    /// 1e-6.
    pub tolerance: f64,
    /// The most iterations; by default 1000.
    pub iterations: usize,
    /// How much each class counts; by default every example the same.
    pub class_weight: ClassWeight,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self {
            inverse_penalty: 1.0,
            tolerance: 1e-6,
            iterations: 1000,
            class_weight: ClassWeight::Equal,
        }
    }
}

impl LogisticParams {
    /// Sets C.
    #[must_use]
    pub fn with_inverse_penalty(self, inverse_penalty: f64) -> Self {
        Self {
            inverse_penalty,
            ..self
        }
    }

    /// Sets the tolerance.
    #[must_use]
    pub fn with_tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Sets the most iterations.
    #[must_use]
    pub fn with_iterations(self, iterations: usize) -> Self {
        Self { iterations, ..self }
    }

    /// Sets how much each class counts.
    #[must_use]
    pub fn with_class_weight(self, class_weight: ClassWeight) -> Self {
        Self {
            class_weight,
            ..self
        }
    }

    fn check(&self) -> Result<(), Error> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let expected = "a finite number above 0";
        let c = self.inverse_penalty;
        parameter("inverse_penalty", expected, c, positive(c))?;
        parameter(
            "tolerance",
            expected,
            self.tolerance,
            positive(self.tolerance),
        )
    }
}

/// A fitted logistic regression.
///
/// Minimises C Σᵢ wᵢ · −ln p(yᵢ | xᵢ) + ½‖W‖², where p is the softmax of x · W + b; W is columns ×
/// classes and b is not penalised. For two classes one column is fitted and p(1 | x) = 1/(1 +
/// exp(−x · w − b)): half the penalty that two columns would pay. These are the conventions of
/// scikit-learn's `LogisticRegression`.
///
/// Solved by L-BFGS, whose first guess at the Hessian is that of the least-squares problem with the
/// same features (which makes it insensitive to correlated features). The bits of the result do not
/// depend on the number of threads.
///
/// Source: Nocedal 1980; Böhning 1992 (the bound that the first guess is taken from).
///
/// ```
/// use dissensus_probe::{Features, Labels, Logistic, LogisticParams};
///
/// // Two points at ±1: the weight w solves w = sigmoid(-w) * 2, w = 0.7009...
/// let features = Features::new(vec![-1.0, 1.0], 1)?;
/// let labels = Labels::new(vec![0, 1], 2)?;
/// let fitted = Logistic::fit(&features, &labels, &LogisticParams::default())?;
/// let w = fitted.weights[(0, 0)];
/// assert!(fitted.converged);
/// assert!((w - 2.0 / (1.0 + w.exp())).abs() < 1e-5);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// Columns × classes; one column for two classes.
    pub weights: DMatrix<f64>,
    /// One per column of the weights; they sum to 0 for more than two classes.
    pub intercept: Vec<f64>,
    /// Whether the gradient came below the tolerance.
    pub converged: bool,
    /// Iterations taken.
    pub iterations: usize,
    /// The largest entry of the gradient of the mean objective at the end.
    pub gradient: f64,
    /// (1/Σw) Σᵢ wᵢ · −ln p(yᵢ | xᵢ) + ‖W‖²/(2 C Σw) at the end, in nats.
    pub objective: f64,
}

impl Logistic {
    /// Fits the classes of the rows.
    ///
    /// Whether it converged is in the result: a fit that ran out of iterations is no error.
    ///
    /// # Errors
    /// Other numbers of labels than rows, a class without a row, parameters outside their range.
    pub fn fit(
        features: &Features,
        labels: &Labels,
        params: &LogisticParams,
    ) -> Result<Self, Error> {
        params.check()?;
        same_length("labels", features.rows(), labels.rows())?;
        labels.expect_every_class()?;
        let weights = example_weights(labels, params.class_weight);
        let loss = Loss::new(features, labels, &weights, params.inverse_penalty);
        let first = Preconditioner::new(&loss);
        let found = minimise(&loss, &first, params.tolerance, params.iterations);
        let (columns, k) = (features.columns(), loss.outputs);
        let mut intercept = found.point[columns * k..].to_vec();
        if k > 1 {
            let mean = intercept.iter().sum::<f64>() / k as f64;
            intercept.iter_mut().for_each(|b| *b -= mean);
        }
        Ok(Self {
            weights: DMatrix::from_column_slice(columns, k, &found.point[..columns * k]),
            intercept,
            converged: found.converged,
            iterations: found.iterations,
            gradient: found.gradient,
            objective: found.value,
        })
    }

    /// Probabilities of the classes, rows × classes.
    ///
    /// # Errors
    /// Another number of columns than was fitted.
    pub fn probabilities(&self, features: &Features) -> Result<DMatrix<f64>, Error> {
        features.expect_columns(self.weights.nrows())?;
        let k = self.weights.ncols();
        let mut scores = times(features, self.weights.transpose().as_slice(), k);
        for row in scores.chunks_exact_mut(k) {
            row.iter_mut()
                .zip(&self.intercept)
                .for_each(|(s, b)| *s += b);
        }
        if k == 1 {
            return Ok(DMatrix::from_fn(features.rows(), 2, |i, class| {
                let sign = if class == 1 { -1.0 } else { 1.0 };
                1.0 / (1.0 + (sign * scores[i]).exp())
            }));
        }
        scores.chunks_exact_mut(k).for_each(softmax);
        Ok(DMatrix::from_row_slice(features.rows(), k, &scores))
    }
}

/// Turns scores into probabilities.
pub(crate) fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|s| *s = (*s - largest).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|s| *s /= sum);
}

fn example_weights(labels: &Labels, weight: ClassWeight) -> Vec<f64> {
    let of_classes = weight.of_classes(labels);
    labels.values().iter().map(|&k| of_classes[k]).collect()
}

impl Probe for LogisticParams {
    fn name(&self) -> String {
        format!("logistic regression, C {}", self.inverse_penalty)
    }

    fn fit(&self, features: &Features, labels: &Labels) -> Result<Box<dyn Fitted>, Error> {
        Ok(Box::new(Logistic::fit(features, labels, self)?))
    }
}

impl Fitted for Logistic {
    fn predict(&self, features: &Features) -> Result<ProbeOutcome, Error> {
        Ok(ProbeOutcome::probabilities(self.probabilities(features)?))
    }

    fn converged(&self) -> bool {
        self.converged
    }
}
