//! Finding a token of one table in another.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::product::{rows_times_rows, times_transposed};
use crate::{EmbeddingTable, Error, Score};

/// Rows of similarities held at a time.
const BLOCK: usize = 256;

/// How well the rows of one aligned table find their partners in the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Retrieval {
    /// Fraction of rows whose nearest row of the other table, by cosine, is their partner; chance 1
    /// / V.
    pub accuracy: Score,
    /// The same by cross-domain similarity local scaling, which discounts hubs; chance 1 / V.
    pub csls_accuracy: Score,
}

/// Retrieves row i of `to` for row i of `from`, two tables in one space ([`crate::Fit::transform`]
/// puts them there).
///
/// ```text
/// csls(i, j) = 2 cos(x_i, y_j) − r_Y(x_i) − r_X(y_j)
/// ```
///
/// r_Y(x): mean cosine of x to its k nearest rows of Y, and the reverse. A row whose partner is one
/// of m equally near counts 1/m. Conneau et al., *Word translation without parallel data*,
/// ICLR 2018.
///
/// # Errors
/// [`Error::Shape`] when shapes differ, [`Error::Neighbours`] for k of 0 or above the rows,
/// [`Error::ZeroRow`] at the first zero row.
///
/// ```
/// use dissensus_alignment::{EmbeddingTable, retrieval};
/// let table = EmbeddingTable::new(vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.2], 2)?;
/// let found = retrieval(&table, &table, 2)?;
/// assert_eq!((found.accuracy.value, found.csls_accuracy.value), (1.0, 1.0));
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn retrieval(from: &EmbeddingTable, to: &EmbeddingTable, k: usize) -> Result<Retrieval, Error> {
    if from.shape() != to.shape() {
        return Err(Error::Shape {
            expected: from.shape(),
            found: to.shape(),
        });
    }
    let n = from.rows();
    if k == 0 || k > n {
        return Err(Error::Neighbours {
            k,
            minimum: 1,
            maximum: n,
        });
    }
    if let Some(&row) = from.zero_rows().iter().chain(&to.zero_rows()).min() {
        return Err(Error::ZeroRow { row });
    }
    let (x, y, d) = (from.unit_rows(), to.unit_rows(), from.dimension());
    let (near_x, near_y) = (mean_of_nearest(&x, &y, d, k), mean_of_nearest(&y, &x, d, k));
    let (mut plain, mut scaled) = (0.0, 0.0);
    each_row(&x, &y, d, |i, row| {
        plain += hit(row.iter().copied(), i);
        let csls = row
            .iter()
            .zip(&near_y)
            .map(|(&cosine, &near)| 2.0 * cosine - near_x[i] - near);
        scaled += hit(csls, i);
    });
    let score = |hits: f64| Score::similarity(hits / n as f64, Some(1.0 / n as f64));
    Ok(Retrieval {
        accuracy: score(plain),
        csls_accuracy: score(scaled),
    })
}

/// Calls `visit` with every row of X Yᵀ.
fn each_row(x: &[f32], y: &[f32], d: usize, mut visit: impl FnMut(usize, &mut [f32])) {
    let n = y.len() / d;
    let mut block = vec![0.0; BLOCK * n];
    for (b, rows) in x.chunks(BLOCK * d).enumerate() {
        let block = &mut block[..rows.len() / d * n];
        rows_times_rows(block, rows, y, d);
        block
            .chunks_exact_mut(n)
            .enumerate()
            .for_each(|(i, row)| visit(b * BLOCK + i, row));
    }
}

fn mean_of_nearest(x: &[f32], y: &[f32], d: usize, k: usize) -> Vec<f32> {
    let mut means = Vec::with_capacity(x.len() / d);
    each_row(x, y, d, |_, row| {
        row.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
        row[..k].sort_unstable_by(f32::total_cmp);
        means.push(row[..k].iter().sum::<f32>() / k as f32);
    });
    means
}

/// 1/m when the value of `partner` is the largest and m values are; 0 when another is larger.
fn hit(values: impl Iterator<Item = f32> + Clone, partner: usize) -> f64 {
    let Some(own) = values.clone().nth(partner) else {
        return 0.0;
    };
    let (mut equal, mut larger) = (0_u32, false);
    for value in values {
        equal += u32::from(value == own);
        larger |= value > own;
    }
    if larger { 0.0 } else { 1.0 / f64::from(equal) }
}

/// How well the units (columns) of two tables match one to one, by absolute correlation over rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UnitMatching {
    /// Mean over the first table's columns of their best absolute correlation with a column of the
    /// second.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub max: f64,
    /// Mean absolute correlation of columns of equal index: what is left when bases are not
    /// comparable.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub mean_same_index: f64,
}

/// Correlates the columns of two tables with each other.
///
/// Independently trained members have no common basis, so the value for equal indices is near
/// chance (about √(2 / (π n)) for n rows) even where the geometry agrees; the maximum has a chance
/// level of about √(2 ln d / n). Constant columns count as 0.
///
/// # Errors
/// [`Error::Shape`] when shapes differ, [`Error::TooFewRows`] below 2, [`Error::Ragged`] without
/// columns, [`Error::NotFinite`].
///
/// ```
/// use dissensus_alignment::match_units;
/// use nalgebra::dmatrix;
/// let x = dmatrix![1.0, 0.0; 0.0, 1.0; -1.0, 0.0; 0.0, -1.0];
/// let swapped = dmatrix![0.0, 1.0; 1.0, 0.0; 0.0, -1.0; -1.0, 0.0];
/// let found = match_units(&x, &swapped)?;
/// assert!((found.max - 1.0).abs() < 1e-15);
/// assert!(found.mean_same_index.abs() < 1e-15);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn match_units(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<UnitMatching, Error> {
    if x.shape() != y.shape() {
        return Err(Error::Shape {
            expected: x.shape(),
            found: y.shape(),
        });
    }
    if x.nrows() < 2 {
        return Err(Error::TooFewRows {
            needed: 2,
            found: x.nrows(),
            dropped: 0,
        });
    }
    if x.ncols() == 0 {
        return Err(Error::Ragged {
            values: 0,
            dimension: 0,
        });
    }
    crate::procrustes::finite(x)?;
    crate::procrustes::finite(y)?;
    let correlations = times_transposed(&unit_columns(x).transpose(), &unit_columns(y).transpose());
    let d = correlations.nrows() as f64;
    let max = correlations.row_iter().map(|row| row.amax()).sum::<f64>() / d;
    Ok(UnitMatching {
        max,
        mean_same_index: correlations.diagonal().abs().sum() / d,
    })
}

fn unit_columns(table: &DMatrix<f64>) -> DMatrix<f64> {
    let mut table = table.clone();
    for mut column in table.column_iter_mut() {
        // Squares of what lies between are normal numbers.
        let largest = column.amax();
        if largest > 0.0 && !(1e-100..1e100).contains(&largest) {
            column /= largest;
        }
        let mean = column.mean();
        let before = column.norm();
        column.add_scalar_mut(-mean);
        let norm = column.norm();
        column /= if norm > 1e-14 * before {
            norm
        } else {
            f64::INFINITY
        };
    }
    table
}
