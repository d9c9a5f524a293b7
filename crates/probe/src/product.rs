//! Matrix products and factorisations: threads split independent outputs or fixed blocks of rows,
//! never a sum.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatMut, MatRef, Par};
use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::{Error, Features};

/// Rows of a block: what one task works at, whatever the number of threads.
pub(crate) const BLOCK: usize = 512;

/// `features` · `right`, rows × k, row-major; `right` is columns × k, row-major.
pub(crate) fn times(features: &Features, right: &[f64], k: usize) -> Vec<f64> {
    let columns = features.columns();
    let mut out = vec![0.0; features.rows() * k];
    out.par_chunks_mut(BLOCK * k)
        .zip(features.values().par_chunks(BLOCK * columns))
        .for_each(|(out, rows)| rows_times(out, rows, columns, right, k));
    out
}

/// `out` = `rows` · `right` on one thread, all row-major.
pub(crate) fn rows_times(out: &mut [f64], rows: &[f64], columns: usize, right: &[f64], k: usize) {
    let n = rows.len() / columns;
    matmul(
        MatMut::from_row_major_slice_mut(out, n, k),
        Accum::Replace,
        MatRef::from_row_major_slice(rows, n, columns),
        MatRef::from_row_major_slice(right, columns, k),
        1.0,
        Par::Seq,
    );
}

/// `out` += `left`ᵀ · `rows` on one thread, all row-major: `left` n × k, `rows` n × columns, `out`
/// k × columns.
pub(crate) fn add_transposed(
    out: &mut [f64],
    left: &[f64],
    k: usize,
    rows: &[f64],
    columns: usize,
) {
    let n = rows.len() / columns;
    matmul(
        MatMut::from_row_major_slice_mut(out, k, columns),
        Accum::Add,
        MatRef::from_row_major_slice(left, n, k).transpose(),
        MatRef::from_row_major_slice(rows, n, columns),
        1.0,
        Par::Seq,
    );
}

/// Σ wᵢ xᵢ xᵢᵀ over the rows less their `centre`; columns × columns, symmetric. Blocks are added in
/// their order.
pub(crate) fn gram(features: &Features, centre: &[f64], weights: Option<&[f64]>) -> DMatrix<f64> {
    let columns = features.columns();
    let blocks: Vec<(usize, &[f64])> = features
        .values()
        .chunks(BLOCK * columns)
        .enumerate()
        .collect();
    let mut sum = DMatrix::zeros(columns, columns);
    // A few blocks at a time, so that the parts need little memory.
    for some in blocks.chunks(8) {
        let part = |&(block, rows): &(usize, &[f64])| {
            let weights = weights.map(|w| &w[block * BLOCK..]);
            block_gram(rows, centre, weights)
        };
        let parts: Vec<DMatrix<f64>> = some.par_iter().map(part).collect();
        parts.iter().for_each(|part| sum += part);
    }
    sum.fill_upper_triangle_with_lower_triangle();
    sum
}

/// The lower triangle of one block's part.
fn block_gram(rows: &[f64], centre: &[f64], weights: Option<&[f64]>) -> DMatrix<f64> {
    let columns = centre.len();
    let n = rows.len() / columns;
    let mut scaled = rows.to_vec();
    for (i, row) in scaled.chunks_exact_mut(columns).enumerate() {
        let factor = weights.map_or(1.0, |w| w[i].sqrt());
        for (value, centre) in row.iter_mut().zip(centre) {
            *value = (*value - centre) * factor;
        }
    }
    let scaled = MatRef::from_row_major_slice(&scaled[..], n, columns);
    let mut out = DMatrix::zeros(columns, columns);
    triangular::matmul(
        MatMut::from_column_major_slice_mut(out.as_mut_slice(), columns, columns),
        BlockStructure::TriangularLower,
        Accum::Replace,
        scaled.transpose(),
        BlockStructure::Rectangular,
        scaled,
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
    out
}

/// X Xᵀ of the rows less their `centre`; rows × rows.
pub(crate) fn row_gram(features: &Features, centre: &[f64]) -> DMatrix<f64> {
    let (n, columns) = (features.rows(), features.columns());
    let centred: Vec<f64> = features
        .values()
        .chunks_exact(columns)
        .flat_map(|row| row.iter().zip(centre).map(|(v, c)| v - c))
        .collect();
    let all = MatRef::from_row_major_slice(&centred[..], n, columns);
    let mut out = DMatrix::zeros(n, n);
    out.as_mut_slice()
        .par_chunks_mut(n * 64)
        .zip(centred.par_chunks(64 * columns))
        .for_each(|(out, rows)| {
            let m = rows.len() / columns;
            matmul(
                MatMut::from_column_major_slice_mut(out, n, m),
                Accum::Replace,
                all,
                MatRef::from_row_major_slice(rows, m, columns).transpose(),
                1.0,
                Par::Seq,
            );
        });
    out
}

/// Mean of every column.
pub(crate) fn means(features: &Features) -> Vec<f64> {
    let mut sums = vec![0.0; features.columns()];
    for row in features.values().chunks_exact(features.columns()) {
        sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
    }
    let rows = features.rows() as f64;
    sums.into_iter().map(|sum| sum / rows).collect()
}

/// Eigenvalues of a symmetric matrix, falling, with their vectors as columns.
pub(crate) struct Eigen {
    pub values: Vec<f64>,
    pub vectors: DMatrix<f64>,
}

/// The eigenvalue decomposition of a symmetric matrix, on one thread.
pub(crate) fn eigen(matrix: &DMatrix<f64>) -> Result<Eigen, Error> {
    let n = matrix.nrows();
    let mut values = faer::diag::Diag::zeros(n);
    let mut vectors = Mat::zeros(n, n);
    let scratch =
        self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::Yes, Par::Seq, Default::default());
    self_adjoint_evd(
        MatRef::from_column_major_slice(matrix.as_slice(), n, n),
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::NoConvergence {
        what: "eigenvalue decomposition",
    })?;
    Ok(Eigen {
        values: values.column_vector().iter().rev().copied().collect(),
        vectors: DMatrix::from_fn(n, n, |i, j| vectors[(i, n - 1 - j)]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(rows: usize, columns: usize) -> Features {
        let values = (0..rows * columns).map(|i| ((i * 37 % 101) as f64 - 50.0) / 25.0);
        Features::new(values.collect(), columns).unwrap()
    }

    #[test]
    fn products_are_those_of_nalgebra() {
        let x = features(BLOCK * 2 + 7, 5);
        let right: Vec<f64> = (0..15).map(|i| i as f64 - 7.0).collect();
        let found = DMatrix::from_row_slice(x.rows(), 3, &times(&x, &right, 3));
        let wanted = x.to_matrix() * DMatrix::from_row_slice(5, 3, &right);
        assert!((found - wanted).amax() < 1e-10);
    }

    #[test]
    fn gram_matrices_are_those_of_nalgebra() {
        let x = features(BLOCK + 3, 6);
        let centre = means(&x);
        let weights: Vec<f64> = (0..x.rows()).map(|i| (i % 4) as f64).collect();
        let centred = DMatrix::from_fn(x.rows(), 6, |i, j| x.row(i)[j] - centre[j]);
        let weighted = DMatrix::from_fn(x.rows(), 6, |i, j| centred[(i, j)] * weights[i]);
        let found = gram(&x, &centre, Some(&weights));
        assert!((found - centred.transpose() * weighted).amax() < 1e-9);
        let rows = row_gram(&x, &centre);
        assert!((rows - &centred * centred.transpose()).amax() < 1e-9);
    }

    #[test]
    fn eigenvalues_fall_and_their_vectors_rebuild_the_matrix() {
        let matrix = gram(&features(40, 4), &[0.0; 4], None);
        let found = eigen(&matrix).unwrap();
        assert!(found.values.windows(2).all(|w| w[0] >= w[1]));
        let diagonal = DMatrix::from_diagonal(&found.values.clone().into());
        let rebuilt = &found.vectors * diagonal * found.vectors.transpose();
        assert!((rebuilt - matrix).amax() < 1e-9);
    }
}
