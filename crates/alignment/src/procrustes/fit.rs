//! The map found, and how well it does.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::frame::norm;
use super::{Frame, Procrustes};
use crate::Error;
use crate::polar::{Polar, polar};
use crate::product::{times_transposed, transposed_times};

/// An alignment: moving ↦ scale · (moving − moving_mean) · map + reference_mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The choices made.
    pub choice: Procrustes,
    /// The orthogonal map Q, d × d, applied to rows from the right.
    pub map: DMatrix<f64>,
    /// Factor in the units of the tables given (norms and best factor together), never negative; 0
    /// when no rotation is better than leaving the moving table out.
    pub scale: f64,
    /// Mean row of the table of reference.
    pub reference_mean: DVector<f64>,
    /// Mean row of the moving table.
    pub moving_mean: DVector<f64>,
    /// Divisor of the moving table: its norm, or 1.
    pub moving_norm: f64,
    /// Divisor of the table of reference: its norm, or 1.
    pub reference_norm: f64,
    /// Σσ of the prepared tables' cross product (less twice the smallest σ where a reflection was
    /// forbidden and wanted).
    pub trace: f64,
    /// ‖X̂ − s Ŷ Q‖² of the prepared tables; 1 − trace² with the default choices, 1 where the trace
    /// is negative.
    pub disparity: f64,
    /// Mean cosine of corresponding rows after alignment, over the rows that are zero in neither
    /// table.
    pub cosine: f64,
    /// Distance of corresponding rows after alignment, in the units of the prepared table of
    /// reference.
    pub residuals: Vec<f64>,
}

/// How well a map found on some rows does on others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOutFit {
    /// ‖X − f(Y)‖² / ‖X − 1 x̄ᵀ‖², with the means and norms of the rows fitted: 0 is perfect, 1 is
    /// no better than the mean.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub relative_error: f64,
    /// Mean cosine of corresponding rows, both measured from the fitted means.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub cosine: f64,
    /// Distance of corresponding rows, in the units of the prepared table of reference.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub residuals: Vec<f64>,
}

impl Fit {
    /// Puts rows of the moving table where the alignment takes them, in the units of the table of
    /// reference.
    ///
    /// # Errors
    /// [`Error::Shape`] when the columns are not those of the fit, [`Error::NotFinite`] for NaN and
    /// infinity.
    pub fn transform(&self, moving: &DMatrix<f64>) -> Result<DMatrix<f64>, Error> {
        let mut turned = self.turned(moving)? * self.scale_of_prepared() * self.reference_norm;
        for mut column in turned.column_iter_mut() {
            column += &self.reference_mean;
        }
        Ok(turned.transpose())
    }

    /// Measures the alignment on other rows of the same two tables.
    ///
    /// # Errors
    /// As [`Fit::transform`]; [`Error::Shape`] when the two differ in shape, [`Error::NoSpread`]
    /// when all rows of `reference` lie at the mean of those fitted, which leaves nothing to
    /// compare an error with.
    pub fn judge(
        &self,
        reference: &DMatrix<f64>,
        moving: &DMatrix<f64>,
    ) -> Result<HeldOutFit, Error> {
        check(reference, moving)?;
        let frame = Frame {
            mean: self.reference_mean.clone(),
            norm: self.reference_norm,
        };
        let wanted = frame.apply(self.choice, reference.transpose());
        let spread = norm(&wanted).powi(2);
        // Rounding of the mean leaves a trace of rows that lie at it.
        let rounding = 1e-14 * self.reference_mean.norm() / self.reference_norm;
        if spread <= rounding.powi(2) * reference.nrows() as f64 {
            return Err(Error::NoSpread { table: 0 });
        }
        let mut turned = self.turned(moving)?;
        let cosine = mean_cosine(&wanted, &turned);
        turned *= self.scale_of_prepared();
        let residuals = residuals(&wanted, &turned);
        let error: f64 = residuals.iter().map(|r| r * r).sum();
        Ok(HeldOutFit {
            relative_error: error / spread,
            cosine,
            residuals,
        })
    }

    /// s, the factor between the prepared tables.
    fn scale_of_prepared(&self) -> f64 {
        self.scale * self.moving_norm / self.reference_norm
    }

    /// Ŷ Q, vectors as columns.
    fn turned(&self, moving: &DMatrix<f64>) -> Result<DMatrix<f64>, Error> {
        if moving.ncols() != self.map.nrows() {
            return Err(Error::Shape {
                expected: (moving.nrows(), self.map.nrows()),
                found: moving.shape(),
            });
        }
        finite(moving)?;
        let frame = Frame {
            mean: self.moving_mean.clone(),
            norm: self.moving_norm,
        };
        Ok(transposed_times(
            &self.map,
            &frame.apply(self.choice, moving.transpose()),
        ))
    }
}

pub(super) fn fit(
    choice: Procrustes,
    reference: &DMatrix<f64>,
    moving: &DMatrix<f64>,
) -> Result<Fit, Error> {
    check(reference, moving)?;
    let (frame_x, x) = Frame::learn(choice, reference.transpose(), 0)?;
    let (frame_y, y) = Frame::learn(choice, moving.transpose(), 1)?;
    solve(
        choice,
        (&frame_x, &x),
        (&frame_y, &y),
        &times_transposed(&y, &x),
    )
}

/// Solves for prepared vectors (as columns) and their cross product Ŷ X̂ᵀ.
fn solve(
    choice: Procrustes,
    (frame_x, x): (&Frame, &DMatrix<f64>),
    (frame_y, y): (&Frame, &DMatrix<f64>),
    cross: &DMatrix<f64>,
) -> Result<Fit, Error> {
    let Polar { map, trace } = polar(cross, choice.reflection)?;
    // Among rotations the best trace may be negative; a negative factor would be the reflection
    // that was forbidden.
    let best = trace.max(0.0) / norm(y).powi(2);
    let scale = if choice.scale { best } else { 1.0 };
    let mut turned = transposed_times(&map, y);
    let cosine = mean_cosine(x, &turned);
    turned *= scale;
    let residuals = residuals(x, &turned);
    let disparity = residuals.iter().map(|r| r * r).sum();
    let between = scale * frame_x.norm / frame_y.norm;
    if !between.is_finite() {
        return Err(Error::Parameter {
            name: "scale of one table to the other",
            value: between,
            expected: "a finite number",
        });
    }
    Ok(Fit {
        choice,
        scale: between,
        trace,
        disparity,
        cosine,
        residuals,
        map,
        reference_mean: frame_x.mean.clone(),
        moving_mean: frame_y.mean.clone(),
        moving_norm: frame_y.norm,
        reference_norm: frame_x.norm,
    })
}

fn residuals(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Vec<f64> {
    x.column_iter()
        .zip(y.column_iter())
        .map(|(a, b)| a.metric_distance(&b))
        .collect()
}

/// Mean cosine of corresponding columns, over those that are zero in neither matrix; 0 when there
/// is none.
///
/// A column of less than 1e-14 of its matrix's norm is a row at the mean: what rounding left of it
/// has no direction.
pub(crate) fn mean_cosine(x: &DMatrix<f64>, y: &DMatrix<f64>) -> f64 {
    let [floor_x, floor_y] = [x, y].map(|matrix| 1e-14 * norm(matrix));
    let (mut sum, mut columns) = (0.0, 0);
    for (a, b) in x.column_iter().zip(y.column_iter()) {
        let (norm_a, norm_b) = (a.norm(), b.norm());
        if norm_a > floor_x && norm_b > floor_y {
            sum += a.dot(&b) / (norm_a * norm_b);
            columns += 1;
        }
    }
    if columns == 0 {
        0.0
    } else {
        sum / f64::from(columns)
    }
}

fn check(reference: &DMatrix<f64>, moving: &DMatrix<f64>) -> Result<(), Error> {
    if reference.shape() != moving.shape() {
        return Err(Error::Shape {
            expected: reference.shape(),
            found: moving.shape(),
        });
    }
    if reference.is_empty() {
        return Err(Error::TooFewRows {
            needed: 1,
            found: 0,
            dropped: 0,
        });
    }
    finite(reference)?;
    finite(moving)
}

/// Checks that every value is finite.
pub(crate) fn finite(table: &DMatrix<f64>) -> Result<(), Error> {
    match table.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Error::NotFinite {
            row: at % table.nrows(),
            column: at / table.nrows(),
            value: table[at],
        }),
    }
}
