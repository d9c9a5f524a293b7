//! How one table was prepared: centre and norm.

use nalgebra::{DMatrix, DVector, RowDVector};

use super::Procrustes;
use crate::Error;

/// What is subtracted from every row and what every value is divided by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub mean: RowDVector<f64>,
    pub norm: f64,
}

impl Frame {
    /// Learns centre and norm from `table`, the `which`-th of those aligned.
    pub fn learn(choice: Procrustes, table: &DMatrix<f64>, which: usize) -> Result<Self, Error> {
        let table = rows_of(choice, table);
        let mean = if choice.centre {
            table.row_mean()
        } else {
            RowDVector::zeros(table.ncols())
        };
        let norm = norm(&centred(&table, &mean));
        // Rounding of the mean leaves a trace of equal rows: not spread.
        if norm <= 1e-14 * norm_floor(&table) {
            return Err(Error::NoSpread { table: which });
        }
        Ok(Self {
            mean,
            norm: if choice.unit_norm { norm } else { 1.0 },
        })
    }

    /// The table as seen in this frame.
    pub fn apply(&self, choice: Procrustes, table: &DMatrix<f64>) -> DMatrix<f64> {
        centred(&rows_of(choice, table), &self.mean) / self.norm
    }
}

fn norm_floor(table: &DMatrix<f64>) -> f64 {
    norm(table)
}

/// Frobenius norm without overflow or underflow.
pub(crate) fn norm(table: &DMatrix<f64>) -> f64 {
    let largest = table.amax();
    if largest == 0.0 {
        0.0
    } else {
        (table / largest).norm() * largest
    }
}

fn rows_of(choice: Procrustes, table: &DMatrix<f64>) -> DMatrix<f64> {
    let mut table = table.clone();
    if choice.unit_rows {
        for mut row in table.row_iter_mut() {
            let largest = row.amax();
            if largest > 0.0 {
                row /= largest;
                row /= row.norm();
            }
        }
    }
    table
}

fn centred(table: &DMatrix<f64>, mean: &RowDVector<f64>) -> DMatrix<f64> {
    let ones = DVector::from_element(table.nrows(), 1.0);
    table - ones * mean
}
