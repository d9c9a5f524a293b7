//! Matrix products: threads split independent outputs, never a sum.

use faer::linalg::matmul::matmul;
use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, Par};
use nalgebra::{DMatrix, Scalar};
use rayon::prelude::*;

/// Columns of an output that one task computes.
const STRIP: usize = 128;

/// `out` = `left` · `right`ᵀ on one thread, all row-major: `left` m × k, `right` n × k, `out` m ×
/// n.
pub(crate) fn rows_times_rows<T: ComplexField>(out: &mut [T], left: &[T], right: &[T], k: usize) {
    let (m, n) = (left.len() / k, right.len() / k);
    let left = MatRef::from_row_major_slice(left, m, k);
    let right = MatRef::from_row_major_slice(right, n, k);
    let out = MatMut::from_row_major_slice_mut(out, m, n);
    matmul(
        out,
        Accum::Replace,
        left,
        right.transpose(),
        T::one_impl(),
        Par::Seq,
    );
}

/// `out` = `left` · `right` on one thread, all row-major: `left` m × k, `right` k × n, `out` m × n.
pub(crate) fn rows_times_columns<T: ComplexField>(
    out: &mut [T],
    left: &[T],
    k: usize,
    right: &[T],
    n: usize,
) {
    let m = left.len() / k;
    let left = MatRef::from_row_major_slice(left, m, k);
    let right = MatRef::from_row_major_slice(right, k, n);
    let out = MatMut::from_row_major_slice_mut(out, m, n);
    matmul(out, Accum::Replace, left, right, T::one_impl(), Par::Seq);
}

/// `out` = `left`ᵀ · `right` on one thread, all row-major: `left` and `right` m × d, `out` d × d.
pub(crate) fn square_product<T: ComplexField>(out: &mut [T], left: &[T], right: &[T], d: usize) {
    let m = left.len() / d;
    let left = MatRef::from_row_major_slice(left, m, d);
    let right = MatRef::from_row_major_slice(right, m, d);
    let out = MatMut::from_row_major_slice_mut(out, d, d);
    matmul(
        out,
        Accum::Replace,
        left.transpose(),
        right,
        T::one_impl(),
        Par::Seq,
    );
}

/// `left` · `right`.
pub(crate) fn times(left: &DMatrix<f64>, right: &DMatrix<f64>) -> DMatrix<f64> {
    strips(view(left), right)
}

/// `left`ᵀ · `right`.
pub(crate) fn transposed_times(left: &DMatrix<f64>, right: &DMatrix<f64>) -> DMatrix<f64> {
    strips(view(left).transpose(), right)
}

/// `left` · `right`ᵀ.
pub(crate) fn times_transposed(left: &DMatrix<f64>, right: &DMatrix<f64>) -> DMatrix<f64> {
    let (m, n) = (left.nrows(), right.nrows());
    let mut out = DMatrix::zeros(m, n);
    if left.is_empty() {
        return out;
    }
    let (left, right) = (view(left), view(right));
    out.as_mut_slice()
        .par_chunks_mut(m * STRIP)
        .enumerate()
        .for_each(|(strip, out)| {
            let columns = out.len() / m;
            let right = right.subrows(strip * STRIP, columns).transpose();
            matmul(
                MatMut::from_column_major_slice_mut(out, m, columns),
                Accum::Replace,
                left,
                right,
                1.0,
                Par::Seq,
            );
        });
    out
}

/// A matrix as faer sees it.
pub(crate) fn view<T: Scalar>(matrix: &DMatrix<T>) -> MatRef<'_, T> {
    MatRef::from_column_major_slice(matrix.as_slice(), matrix.nrows(), matrix.ncols())
}

fn strips(left: MatRef<'_, f64>, right: &DMatrix<f64>) -> DMatrix<f64> {
    let (m, k, n) = (left.nrows(), left.ncols(), right.ncols());
    let mut out = DMatrix::zeros(m, n);
    if m * k == 0 {
        return out;
    }
    let tasks = out
        .as_mut_slice()
        .par_chunks_mut(m * STRIP)
        .zip(right.as_slice().par_chunks(k * STRIP));
    tasks.for_each(|(out, right)| {
        let columns = out.len() / m;
        let right = MatRef::from_column_major_slice(right, k, columns);
        let out = MatMut::from_column_major_slice_mut(out, m, columns);
        matmul(out, Accum::Replace, left, right, 1.0, Par::Seq);
    });
    out
}
