//! The orthogonal matrix nearest to a matrix.

use nalgebra::DMatrix;

use crate::Error;
use crate::product::{times, view};

/// The orthogonal factor of M, and the trace it reaches.
#[derive(Clone, Debug)]
pub(crate) struct Polar {
    /// Q = U Wᵀ for M = U Σ Wᵀ: the orthogonal matrix of the largest tr(Qᵀ M).
    pub map: DMatrix<f64>,
    /// tr(Qᵀ M) = Σσ, or Σσ − 2 σ_min where a rotation was asked for and Q would reflect.
    pub trace: f64,
}

/// Maximises tr(Qᵀ M) over orthogonal Q, or over rotations only when `reflection` is false.
pub(crate) fn polar(m: &DMatrix<f64>, reflection: bool) -> Result<Polar, Error> {
    let d = m.nrows();
    let svd = view(m).svd().map_err(|_| Error::NoConvergence {
        what: "singular value decomposition",
    })?;
    let mut u = DMatrix::from_fn(d, d, |i, j| svd.U()[(i, j)]);
    let w = DMatrix::from_fn(d, d, |i, j| svd.V()[(i, j)]);
    let sigma = svd.S().column_vector();
    let mut trace: f64 = (0..d).map(|i| sigma[i]).sum();
    let mut map = times(&u, &w.transpose());
    if !reflection && map.determinant() < 0.0 {
        u.column_mut(d - 1).neg_mut();
        trace -= 2.0 * sigma[d - 1];
        map = times(&u, &w.transpose());
    }
    Ok(Polar { map, trace })
}
