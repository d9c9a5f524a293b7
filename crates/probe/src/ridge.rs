//! Ridge regression, and classes by it.

use nalgebra::DMatrix;

use crate::error::{parameter, same_length};
use crate::probe::{Fitted, Probe, ProbeOutcome};
use crate::product::{add_transposed, gram, means, row_gram, times};
use crate::{Error, Features, Labels};

/// What a ridge regression penalises.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RidgeParams {
    /// α: the weight of ‖W‖²; by default 1. The intercept is not penalised.
    pub penalty: f64,
}

impl Default for RidgeParams {
    fn default() -> Self {
        Self { penalty: 1.0 }
    }
}

impl RidgeParams {
    /// Sets the penalty α.
    #[must_use]
    pub fn with_penalty(self, penalty: f64) -> Self {
        Self { penalty }
    }

    fn check(&self) -> Result<(), Error> {
        let holds = self.penalty >= 0.0 && self.penalty.is_finite();
        parameter(
            "penalty",
            "a finite number of at least 0",
            self.penalty,
            holds,
        )
    }
}

/// A fitted ridge regression: y ≈ x · weights + intercept.
///
/// Minimises ‖Y − XW − 1bᵀ‖² + α‖W‖² over W (columns × targets) and b. Solved by Cholesky's factor
/// of XᵀX + αI, or of XXᵀ + αI where there are fewer rows than columns; X less its means.
///
/// Source: Hoerl and Kennard 1970.
///
/// ```
/// use dissensus_probe::{Features, Ridge, RidgeParams};
/// use nalgebra::DMatrix;
///
/// let features = Features::new(vec![-1.0, 0.0, 1.0], 1)?;
/// let targets = DMatrix::from_column_slice(3, 1, &[-1.0, 0.0, 1.0]);
/// let ridge = Ridge::fit(&features, &targets, &RidgeParams::default())?;
/// assert!((ridge.weights[(0, 0)] - 2.0 / 3.0).abs() < 1e-12); // x'y / (x'x + 1)
/// assert_eq!(ridge.intercept[0], 0.0);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ridge {
    /// Columns × targets.
    pub weights: DMatrix<f64>,
    /// One per target.
    pub intercept: Vec<f64>,
}

impl Ridge {
    /// Fits `targets`, rows × targets, to the features.
    ///
    /// # Errors
    /// Other numbers of rows, a target that is not finite or above 1e100 in size, a negative
    /// penalty, a singular matrix (penalty 0).
    pub fn fit(
        features: &Features,
        targets: &DMatrix<f64>,
        params: &RidgeParams,
    ) -> Result<Self, Error> {
        params.check()?;
        check_targets(features, targets)?;
        let centre = means(features);
        let target_means: Vec<f64> = targets.column_iter().map(|column| column.mean()).collect();
        let centred = DMatrix::from_fn(targets.nrows(), targets.ncols(), |i, t| {
            targets[(i, t)] - target_means[t]
        });
        let weights = if features.rows() < features.columns() {
            by_rows(features, &centre, &centred, params.penalty)?
        } else {
            by_columns(features, &centre, &centred, params.penalty)?
        };
        let shift = DMatrix::from_row_slice(1, centre.len(), &centre) * &weights;
        let intercept = target_means
            .iter()
            .zip(&shift)
            .map(|(y, s)| y - s)
            .collect();
        Ok(Self { weights, intercept })
    }

    /// Predicted targets, rows × targets.
    ///
    /// # Errors
    /// Another number of columns than was fitted.
    pub fn predict(&self, features: &Features) -> Result<DMatrix<f64>, Error> {
        features.expect_columns(self.weights.nrows())?;
        let k = self.weights.ncols();
        let values = times(features, self.weights.transpose().as_slice(), k);
        let mut found = DMatrix::from_row_slice(features.rows(), k, &values);
        for (mut column, intercept) in found.column_iter_mut().zip(&self.intercept) {
            column.add_scalar_mut(*intercept);
        }
        Ok(found)
    }
}

fn check_targets(features: &Features, targets: &DMatrix<f64>) -> Result<(), Error> {
    same_length("rows of targets", features.rows(), targets.nrows())?;
    let is_refused = |v: &f64| v.is_nan() || v.abs() > crate::features::LARGEST;
    match targets.iter().position(is_refused) {
        None => Ok(()),
        Some(at) => Err(Error::NotFinite {
            what: "targets",
            row: at % targets.nrows(),
            column: at / targets.nrows(),
            value: targets.as_slice()[at],
        }),
    }
}

/// (XᵀX + αI)⁻¹ XᵀY.
fn by_columns(
    features: &Features,
    centre: &[f64],
    targets: &DMatrix<f64>,
    penalty: f64,
) -> Result<DMatrix<f64>, Error> {
    let products = gram(features, centre, None);
    // The targets sum to zero, so the centre of X falls out.
    let (columns, k) = (features.columns(), targets.ncols());
    let mut right = vec![0.0; k * columns];
    let rows = targets.transpose();
    add_transposed(&mut right, rows.as_slice(), k, features.values(), columns);
    solve(
        products,
        penalty,
        &DMatrix::from_column_slice(columns, k, &right),
    )
}

/// Xᵀ(XXᵀ + αI)⁻¹ Y.
fn by_rows(
    features: &Features,
    centre: &[f64],
    targets: &DMatrix<f64>,
    penalty: f64,
) -> Result<DMatrix<f64>, Error> {
    let dual = solve(row_gram(features, centre), penalty, targets)?;
    let (columns, k) = (features.columns(), targets.ncols());
    let mut right = vec![0.0; k * columns];
    let rows = dual.transpose();
    add_transposed(&mut right, rows.as_slice(), k, features.values(), columns);
    let mut weights = DMatrix::from_column_slice(columns, k, &right);
    for (mut column, dual) in weights.column_iter_mut().zip(dual.column_iter()) {
        let sum = dual.sum();
        column
            .iter_mut()
            .zip(centre)
            .for_each(|(w, c)| *w -= c * sum);
    }
    Ok(weights)
}

fn solve(
    mut matrix: DMatrix<f64>,
    penalty: f64,
    right: &DMatrix<f64>,
) -> Result<DMatrix<f64>, Error> {
    let what = "ridge regression";
    let largest = matrix.diagonal().amax();
    for i in 0..matrix.nrows() {
        matrix[(i, i)] += penalty;
    }
    let factor = matrix.cholesky().ok_or(Error::Singular { what })?;
    // A pivot that is all rounding: the factor exists by chance.
    let smallest = factor
        .l_dirty()
        .diagonal()
        .iter()
        .fold(f64::INFINITY, |a, &b| a.min(b));
    if smallest.powi(2) <= largest * f64::EPSILON * right.nrows() as f64 {
        return Err(Error::Singular { what });
    }
    Ok(factor.solve(right))
}

impl Probe for RidgeParams {
    fn name(&self) -> String {
        format!("ridge, penalty {}", self.penalty)
    }

    /// One target of ±1 per class, or one for two classes, as scikit-learn's `RidgeClassifier`;
    /// scores, not probabilities.
    fn fit(&self, features: &Features, labels: &Labels) -> Result<Box<dyn Fitted>, Error> {
        same_length("labels", features.rows(), labels.rows())?;
        labels.expect_every_class()?;
        let (classes, values) = (labels.classes(), labels.values());
        let targets = if classes == 2 {
            DMatrix::from_fn(
                values.len(),
                1,
                |i, _| if values[i] == 1 { 1.0 } else { -1.0 },
            )
        } else {
            DMatrix::from_fn(values.len(), classes, |i, k| {
                if values[i] == k { 1.0 } else { -1.0 }
            })
        };
        Ok(Box::new(Ridge::fit(features, &targets, self)?))
    }
}

impl Fitted for Ridge {
    fn predict(&self, features: &Features) -> Result<ProbeOutcome, Error> {
        let found = Ridge::predict(self, features)?;
        if found.ncols() > 1 {
            return Ok(ProbeOutcome::scores(found));
        }
        let both = DMatrix::from_fn(found.nrows(), 2, |i, k| {
            if k == 1 {
                found[(i, 0)]
            } else {
                -found[(i, 0)]
            }
        });
        Ok(ProbeOutcome::scores(both))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_routes_agree() {
        let values: Vec<f64> = (0..60)
            .map(|i| ((i * 29 % 17) as f64) / 7.0 + 1.0)
            .collect();
        let features = Features::new(values, 6).unwrap();
        let targets = DMatrix::from_fn(10, 2, |i, t| (i * (t + 2) % 5) as f64);
        let centre = means(&features);
        let centred = DMatrix::from_fn(10, 2, |i, t| targets[(i, t)] - targets.column(t).mean());
        let one = by_rows(&features, &centre, &centred, 0.3).unwrap();
        let other = by_columns(&features, &centre, &centred, 0.3).unwrap();
        assert!((one - other).amax() < 1e-9);
    }

    #[test]
    fn equal_columns_without_penalty_are_singular() {
        let features = Features::new((0..10).map(|i| (i / 2) as f64).collect(), 2).unwrap();
        let targets = DMatrix::from_fn(5, 1, |i, _| i as f64);
        let none = RidgeParams::default().with_penalty(0.0);
        assert!(matches!(
            Ridge::fit(&features, &targets, &none),
            Err(Error::Singular { .. })
        ));
    }

    #[test]
    fn a_negative_penalty_is_refused() {
        let features = Features::new(vec![1.0, 2.0], 1).unwrap();
        let targets = DMatrix::zeros(2, 1);
        let params = RidgeParams::default().with_penalty(-1.0);
        assert!(matches!(
            Ridge::fit(&features, &targets, &params),
            Err(Error::Parameter {
                name: "penalty",
                ..
            })
        ));
    }
}
