//! A table made ready for geometry in single precision: centred and of unit norm.

use nalgebra::DMatrix;

use crate::hsic::Marginal;
use crate::product::{rows_times_columns, rows_times_rows, square_product};
use crate::{EmbeddingTable, Error};

/// Rows whose partial products are summed in `f32` before they are added up in `f64`.
const BLOCK: usize = 512;

/// Squared norms up to which a row lies at the mean, the mean squared norm being 1: what rounding
/// left has no direction.
const AT_THE_MEAN: f64 = 1e-28;

/// Rows minus their mean, divided so that the mean squared norm is 1, with their squared norms.
pub(crate) struct Points {
    pub values: Vec<f32>,
    pub squares: Vec<f32>,
    pub dimension: usize,
}

impl Points {
    /// Prepares `table`, the `which`-th of those compared.
    pub fn of_table(table: &EmbeddingTable, which: usize) -> Result<Self, Error> {
        let d = table.dimension();
        let mut mean = vec![0.0; d];
        for row in table.values().chunks_exact(d) {
            mean.iter_mut()
                .zip(row)
                .for_each(|(mean, &v)| *mean += f64::from(v));
        }
        mean.iter_mut().for_each(|m| *m /= table.rows() as f64);
        let (mut whole, mut spread) = (0.0, 0.0);
        for row in table.values().chunks_exact(d) {
            for (&v, m) in row.iter().zip(&mean) {
                whole += f64::from(v).powi(2);
                spread += (f64::from(v) - m).powi(2);
            }
        }
        // Rounding of the mean leaves a trace of equal rows, which is no spread.
        if spread <= 1e-28 * whole {
            return Err(Error::NoSpread { table: which });
        }
        let factor = (table.rows() as f64 / spread).sqrt();
        let centred = |(&v, m): (&f32, &f64)| ((f64::from(v) - m) * factor) as f32;
        let values = table
            .values()
            .chunks_exact(d)
            .flat_map(|row| row.iter().zip(&mean).map(centred))
            .collect();
        Ok(Self::new(values, d))
    }

    /// Takes vectors (as columns) that are centred and of unit norm.
    pub fn of_vectors(vectors: &DMatrix<f64>) -> Self {
        let factor = (vectors.ncols() as f64).sqrt();
        Self::new(
            vectors.iter().map(|v| (v * factor) as f32).collect(),
            vectors.nrows(),
        )
    }

    fn new(values: Vec<f32>, dimension: usize) -> Self {
        let square = |row: &[f32]| row.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() as f32;
        let squares = values.chunks_exact(dimension).map(square).collect();
        Self {
            values,
            squares,
            dimension,
        }
    }

    pub fn rows(&self) -> usize {
        self.squares.len()
    }

    /// The marginal of the linear kernel: each row of K sums to 0, its diagonal entry included.
    pub fn linear_marginal(&self) -> Marginal {
        let diagonal: Vec<f64> = self.squares.iter().map(|&s| f64::from(s)).collect();
        Marginal {
            rows: diagonal.iter().map(|d| -d).collect(),
            diagonal,
        }
    }

    /// Xᵀ Y, d × d, on one thread: `f32` products of blocks of rows, added in `f64`.
    pub fn cross(&self, other: &Self) -> DMatrix<f64> {
        let d = self.dimension;
        let mut out = vec![0.0_f64; d * d];
        let mut part = vec![0.0_f32; d * d];
        for (x, y) in self
            .values
            .chunks(BLOCK * d)
            .zip(other.values.chunks(BLOCK * d))
        {
            square_product(&mut part, x, y, d);
            out.iter_mut()
                .zip(&part)
                .for_each(|(sum, &part)| *sum += f64::from(part));
        }
        DMatrix::from_row_slice(d, d, &out)
    }

    /// X Xᵀ, n × n, row-major.
    pub fn gram(&self) -> Vec<f32> {
        let mut out = vec![0.0; self.rows() * self.rows()];
        rows_times_rows(&mut out, &self.values, &self.values, self.dimension);
        out
    }

    /// The points in another order.
    pub fn permuted(&self, order: &[usize]) -> Self {
        let d = self.dimension;
        let rows = order.iter().flat_map(|&row| &self.values[row * d..][..d]);
        Self {
            values: rows.copied().collect(),
            squares: order.iter().map(|&row| self.squares[row]).collect(),
            dimension: d,
        }
    }

    /// Mean cosine of corresponding rows of X and Y Q (row-major), over those that are zero in
    /// neither.
    #[inline(always)]
    pub fn mean_cosine(&self, moving: &Self, map: &[f32]) -> f64 {
        let d = self.dimension;
        let mut turned = vec![0.0; BLOCK * d];
        let (mut sum, mut rows) = (0.0, 0);
        for (x, y) in self
            .values
            .chunks(BLOCK * d)
            .zip(moving.values.chunks(BLOCK * d))
        {
            let turned = &mut turned[..y.len()];
            rows_times_columns(turned, y, d, map, d);
            for (a, b) in x.chunks_exact(d).zip(turned.chunks_exact(d)) {
                let (own, other) = (dot(a, a), dot(b, b));
                if own > AT_THE_MEAN && other > AT_THE_MEAN {
                    sum += dot(a, b) / (own * other).sqrt();
                    rows += 1;
                }
            }
        }
        if rows == 0 {
            0.0
        } else {
            sum / f64::from(rows)
        }
    }
}

/// Products in `f32`, summed in `f64` lanes that a compiler turns into vector code.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; 16];
    let (a_chunks, b_chunks) = (a.chunks_exact(16), b.chunks_exact(16));
    let tails = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let tail: f64 = tails.map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..16 {
            lanes[lane] += f64::from(x[lane] * y[lane]);
        }
    }
    lanes.iter().sum::<f64>() + tail
}
