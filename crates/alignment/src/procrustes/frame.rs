//! How one table is prepared before it is turned: rows, centre and norm.

use nalgebra::{DMatrix, DVector};

use super::Procrustes;
use crate::Error;

/// What is subtracted from every token's vector and what it is then divided by.
///
/// Vectors are held as columns (d × V), which is how a row-major table lies in memory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub mean: DVector<f64>,
    pub norm: f64,
}

impl Frame {
    /// Learns centre and norm from `vectors`, the `which`-th of those aligned, and returns the
    /// vectors as seen in the frame.
    pub fn learn(
        choice: Procrustes,
        vectors: DMatrix<f64>,
        which: usize,
    ) -> Result<(Self, DMatrix<f64>), Error> {
        let mut vectors = vectors;
        if choice.unit_rows {
            unit_columns(&mut vectors);
        }
        let before = norm(&vectors);
        let mean = if choice.centre {
            mean_column(&vectors)
        } else {
            DVector::zeros(vectors.nrows())
        };
        centre(&mut vectors, &mean);
        let norm = norm(&vectors);
        // Rounding of the mean leaves a trace of equal rows, which is no spread.
        if norm <= 1e-14 * before {
            return Err(Error::NoSpread { table: which });
        }
        let norm = if choice.unit_norm { norm } else { 1.0 };
        vectors /= norm;
        Ok((Self { mean, norm }, vectors))
    }

    /// Other vectors as seen in the frame.
    pub fn apply(&self, choice: Procrustes, mut vectors: DMatrix<f64>) -> DMatrix<f64> {
        if choice.unit_rows {
            unit_columns(&mut vectors);
        }
        centre(&mut vectors, &self.mean);
        vectors / self.norm
    }
}

/// Frobenius norm without overflow or underflow.
pub(crate) fn norm(matrix: &DMatrix<f64>) -> f64 {
    let largest = matrix.amax();
    if largest == 0.0 {
        return 0.0;
    }
    matrix
        .iter()
        .map(|v| (v / largest).powi(2))
        .sum::<f64>()
        .sqrt()
        * largest
}

fn unit_columns(vectors: &mut DMatrix<f64>) {
    for mut column in vectors.column_iter_mut() {
        let largest = column.amax();
        if largest > 0.0 {
            column /= largest;
            let norm = column.norm();
            column /= norm;
        }
    }
}

/// The mean, each term divided first so that huge values do not overflow.
pub(crate) fn mean_column(vectors: &DMatrix<f64>) -> DVector<f64> {
    let mut mean = DVector::zeros(vectors.nrows());
    let weight = 1.0 / vectors.ncols() as f64;
    for column in vectors.column_iter() {
        mean.axpy(weight, &column, 1.0);
    }
    mean
}

pub(crate) fn centre(vectors: &mut DMatrix<f64>, mean: &DVector<f64>) {
    for mut column in vectors.column_iter_mut() {
        column -= mean;
    }
}
