//! A matrix of features: one row per example.

use nalgebra::DMatrix;

use crate::Error;
use crate::error::{at_least, same_length};

/// The largest size of a value: sums of squares of as large ones stay far from the end of double
/// precision.
pub(crate) const LARGEST: f64 = 1e100;

/// Features of examples, rows × columns, row-major, every value finite and at most 1e100 in size,
/// at least one of each.
///
/// Numbers are kept in double precision; those of a model are `f32` and stay exactly what they are.
///
/// ```
/// use dissensus_probe::Features;
///
/// let features = Features::from_f32(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2)?;
/// assert_eq!((features.rows(), features.columns()), (3, 2));
/// assert_eq!(features.row(1), [3.0, 4.0]);
/// assert_eq!(features.select(&[2, 0])?.row(0), [5.0, 6.0]);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    values: Vec<f64>,
    columns: usize,
}

impl Features {
    /// Takes row-major `values` of `columns` columns.
    ///
    /// # Errors
    /// No row or column, values that do not fill whole rows, a NaN, an infinity or a value whose
    /// square might overflow (named by row and column).
    pub fn new(values: Vec<f64>, columns: usize) -> Result<Self, Error> {
        at_least("columns of features", 1, columns)?;
        at_least("rows of features", 1, values.len() / columns)?;
        let whole = values.len() / columns * columns;
        same_length("values of whole rows of features", whole, values.len())?;
        let is_refused = |v: &f64| v.is_nan() || v.abs() > LARGEST;
        if let Some(at) = values.iter().position(is_refused) {
            return Err(Error::NotFinite {
                what: "features",
                row: at / columns,
                column: at % columns,
                value: values[at],
            });
        }
        Ok(Self { values, columns })
    }

    /// [`Features::new`] of single-precision values, as models give them.
    ///
    /// # Errors
    /// As [`Features::new`].
    pub fn from_f32(values: &[f32], columns: usize) -> Result<Self, Error> {
        Self::new(values.iter().map(|&v| f64::from(v)).collect(), columns)
    }

    /// Copies a matrix with one row per example.
    ///
    /// # Errors
    /// As [`Features::new`].
    pub fn from_matrix(matrix: &DMatrix<f64>) -> Result<Self, Error> {
        Self::new(matrix.transpose().as_slice().to_vec(), matrix.ncols())
    }

    /// The same numbers as a matrix, rows × columns.
    #[must_use]
    pub fn to_matrix(&self) -> DMatrix<f64> {
        DMatrix::from_row_slice(self.rows(), self.columns, &self.values)
    }

    /// Number of examples.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Number of features.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The features of example `row`.
    ///
    /// # Panics
    /// Where there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// All values, row after row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The rows named, in the order named.
    ///
    /// # Errors
    /// No row named, or one that there is not.
    pub fn select(&self, rows: &[usize]) -> Result<Self, Error> {
        at_least("rows of features", 1, rows.len())?;
        let mut values = Vec::with_capacity(rows.len() * self.columns);
        for &row in rows {
            if row >= self.rows() {
                let rows = self.rows();
                return Err(Error::Row { row, rows });
            }
            values.extend_from_slice(self.row(row));
        }
        Ok(Self {
            values,
            columns: self.columns,
        })
    }

    /// These columns and those of `other` behind them.
    ///
    /// # Errors
    /// Different numbers of rows.
    pub fn beside(&self, other: &Self) -> Result<Self, Error> {
        same_length("rows of features", self.rows(), other.rows())?;
        let rows = (0..self.rows()).flat_map(|i| self.row(i).iter().chain(other.row(i)).copied());
        Ok(Self {
            values: rows.collect(),
            columns: self.columns + other.columns,
        })
    }

    /// Fails unless the number of columns is the one that was fitted.
    pub(crate) fn expect_columns(&self, fitted: usize) -> Result<(), Error> {
        same_length("columns of features", fitted, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_named_by_its_place() {
        let error = Features::new(vec![0.0, 1.0, 2.0, f64::NAN], 2).unwrap_err();
        assert!(
            matches!(error, Error::NotFinite { row: 1, column: 1, value, .. } if value.is_nan())
        );
    }

    #[test]
    fn ragged_and_empty_values_are_refused() {
        assert!(matches!(
            Features::new(vec![0.0; 5], 2),
            Err(Error::Length { .. })
        ));
        assert!(matches!(
            Features::new(vec![], 2),
            Err(Error::TooFew { .. })
        ));
        assert!(matches!(
            Features::new(vec![1.0], 0),
            Err(Error::TooFew { .. })
        ));
    }

    #[test]
    fn a_matrix_comes_back_as_it_went() {
        let matrix = DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let features = Features::from_matrix(&matrix).unwrap();
        assert_eq!(features.row(1), [4.0, 5.0, 6.0]);
        assert_eq!(features.to_matrix(), matrix);
    }

    #[test]
    fn columns_stand_side_by_side() {
        let left = Features::new(vec![1.0, 2.0], 1).unwrap();
        let right = Features::new(vec![3.0, 4.0, 5.0, 6.0], 2).unwrap();
        assert_eq!(left.beside(&right).unwrap().row(1), [2.0, 5.0, 6.0]);
    }
}
