//! Factorisations on one thread, so that their bits do not depend on how many there are.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::traits::ComplexField;
use faer::{Mat, MatRef, Par};
use nalgebra::DMatrix;

use crate::Error;
use crate::product::view;

/// M = U Σ Wᵀ, singular values falling; U m × r, W n × r, r = min(m, n).
pub(crate) struct Singular {
    pub u: DMatrix<f64>,
    pub sigma: Vec<f64>,
    pub w: DMatrix<f64>,
}

/// [`Singular`] as faer leaves it.
pub(crate) struct ThinSingular<T> {
    pub u: Mat<T>,
    pub sigma: Vec<T>,
    pub w: Mat<T>,
}

/// The thin singular value decomposition.
pub(crate) fn singular(matrix: &DMatrix<f64>) -> Result<Singular, Error> {
    // Entries near the limits of f64 would overflow when squared.
    let largest = matrix.amax();
    let factor = if largest > 0.0 { largest } else { 1.0 };
    let ThinSingular { u, sigma, w } = thin(view(&(matrix / factor)))?;
    Ok(Singular {
        u: owned(u.as_ref()),
        sigma: sigma.iter().map(|s| s * factor).collect(),
        w: owned(w.as_ref()),
    })
}

/// The factors U, σ and W of a matrix whose entries are far from the limits of its type.
pub(crate) fn thin<T: ComplexField<Real = T>>(
    matrix: MatRef<'_, T>,
) -> Result<ThinSingular<T>, Error> {
    let (m, n) = matrix.shape();
    let r = m.min(n);
    let (mut u, mut w) = (Mat::zeros(m, r), Mat::zeros(n, r));
    let mut sigma = faer::diag::Diag::zeros(r);
    let thin = ComputeSvdVectors::Thin;
    let scratch = svd_scratch::<T>(m, n, thin, thin, Par::Seq, Default::default());
    svd(
        matrix,
        sigma.as_mut(),
        Some(u.as_mut()),
        Some(w.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::NoConvergence {
        what: "singular value decomposition",
    })?;
    let sigma = sigma.column_vector().iter().cloned().collect();
    Ok(ThinSingular { u, sigma, w })
}

/// Eigenvalues of a symmetric matrix, rising.
pub(crate) fn eigenvalues(matrix: &DMatrix<f64>) -> Result<Vec<f64>, Error> {
    let n = matrix.nrows();
    let mut values = faer::diag::Diag::zeros(n);
    let scratch =
        self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::No, Par::Seq, Default::default());
    self_adjoint_evd(
        view(matrix),
        values.as_mut(),
        None,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .map_err(|_| Error::NoConvergence {
        what: "eigenvalue decomposition",
    })?;
    Ok(values.column_vector().iter().copied().collect())
}

fn owned(matrix: MatRef<'_, f64>) -> DMatrix<f64> {
    DMatrix::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)])
}
