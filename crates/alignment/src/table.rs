//! One embedding table.

use nalgebra::DMatrix;

use crate::Error;

/// An embedding table: one row per token, row-major, every value finite.
///
/// ```
/// use dissensus_alignment::EmbeddingTable;
/// let table = EmbeddingTable::new(vec![3.0, 4.0, 0.0, 0.0], 2)?;
/// assert_eq!((table.rows(), table.dimension()), (2, 2));
/// assert_eq!(table.norm(0), 5.0);
/// assert_eq!(table.zero_rows(), [1]);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingTable {
    values: Vec<f32>,
    dimension: usize,
}

impl EmbeddingTable {
    /// Takes row-major `values` of `dimension` columns.
    ///
    /// # Errors
    /// [`Error::Ragged`] when the values do not fill whole rows, [`Error::NotFinite`] at the first
    /// NaN or infinity.
    pub fn new(values: Vec<f32>, dimension: usize) -> Result<Self, Error> {
        if dimension == 0 || !values.len().is_multiple_of(dimension) {
            return Err(Error::Ragged {
                values: values.len(),
                dimension,
            });
        }
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(Self { values, dimension }),
            Some(at) => Err(Error::NotFinite {
                row: at / dimension,
                column: at % dimension,
                value: f64::from(values[at]),
            }),
        }
    }

    /// Copies a matrix of any float type, one row per token, rounding to `f32`.
    ///
    /// # Errors
    /// As [`EmbeddingTable::new`]; a value beyond the range of `f32` counts as not finite.
    pub fn from_matrix<T: Copy + nalgebra::Scalar + Into<f64>>(
        matrix: &DMatrix<T>,
    ) -> Result<Self, Error> {
        let values = (0..matrix.nrows())
            .flat_map(|i| (0..matrix.ncols()).map(move |j| (i, j)))
            .map(|at| {
                let value: f64 = matrix[at].into();
                value as f32
            })
            .collect();
        Self::new(values, matrix.ncols())
    }

    /// The rows named, in the order named.
    ///
    /// # Errors
    /// [`Error::Row`] when an index lies beyond the table.
    pub fn select(&self, rows: &[usize]) -> Result<Self, Error> {
        let mut values = Vec::with_capacity(rows.len() * self.dimension);
        for &row in rows {
            if row >= self.rows() {
                return Err(Error::Row {
                    row,
                    rows: self.rows(),
                });
            }
            values.extend_from_slice(self.row(row));
        }
        Ok(Self {
            values,
            dimension: self.dimension,
        })
    }

    /// Number of rows V.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len() / self.dimension
    }

    /// Number of columns d.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        (self.rows(), self.dimension)
    }

    /// All values, row after row.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One row.
    ///
    /// # Panics
    /// When `row` is not below [`EmbeddingTable::rows`].
    #[must_use]
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dimension..][..self.dimension]
    }

    /// Euclidean norm of one row, summed in `f64`.
    #[must_use]
    pub fn norm(&self, row: usize) -> f64 {
        self.row(row)
            .iter()
            .map(|&v| f64::from(v).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    /// Indices of the rows without any non-zero value: they have no direction.
    #[must_use]
    pub fn zero_rows(&self) -> Vec<usize> {
        (0..self.rows())
            .filter(|&i| self.row(i).iter().all(|&v| v == 0.0))
            .collect()
    }

    /// The table as a matrix, one row per token.
    #[must_use]
    pub fn matrix(&self) -> DMatrix<f64> {
        DMatrix::from_row_iterator(
            self.rows(),
            self.dimension,
            self.values.iter().map(|&v| f64::from(v)),
        )
    }

    /// The rows scaled to norm 1 (in `f64`, then rounded), row-major; a zero row stays zero.
    pub(crate) fn unit_rows(&self) -> Vec<f32> {
        let mut unit = Vec::with_capacity(self.values.len());
        for i in 0..self.rows() {
            let norm = self.norm(i);
            let factor = if norm > 0.0 { 1.0 / norm } else { 0.0 };
            unit.extend(self.row(i).iter().map(|&v| (f64::from(v) * factor) as f32));
        }
        unit
    }
}
