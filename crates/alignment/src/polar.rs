//! The orthogonal matrix nearest to a matrix.

use nalgebra::DMatrix;

use crate::Error;
use crate::factor::{Singular, singular};
use crate::product::times;

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
    let Singular { mut u, sigma, w } = singular(m)?;
    let mut trace: f64 = sigma.iter().sum();
    let mut map = times(&u, &w.transpose());
    if !reflection && map.determinant() < 0.0 {
        let last = u.ncols() - 1;
        u.column_mut(last).neg_mut();
        trace -= 2.0 * sigma[last];
        map = times(&u, &w.transpose());
    }
    Ok(Polar { map, trace })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tr(Qᵀ M) over a fine grid of rotations and reflections of the plane.
    fn best_of_grid(m: &DMatrix<f64>, reflection: bool) -> f64 {
        let steps = 20_000;
        let traces = (0..steps).map(|i| {
            let (s, c) = (std::f64::consts::TAU * f64::from(i) / f64::from(steps)).sin_cos();
            let turned = c * m[(0, 0)] - s * m[(0, 1)] + s * m[(1, 0)] + c * m[(1, 1)];
            let mirrored = c * m[(0, 0)] + s * m[(0, 1)] + s * m[(1, 0)] - c * m[(1, 1)];
            if reflection {
                turned.max(mirrored)
            } else {
                turned
            }
        });
        traces.fold(f64::MIN, f64::max)
    }

    #[test]
    fn no_other_map_of_the_plane_does_better() {
        for m in [
            nalgebra::dmatrix![1.0, 2.0; 3.0, -1.0],
            nalgebra::dmatrix![2.0, 0.5; 0.1, 3.0],
        ] {
            for reflection in [false, true] {
                let found = polar(&m, reflection).unwrap();
                assert!((found.trace - best_of_grid(&m, reflection)).abs() < 1e-6);
                assert!((found.map.dot(&m) - found.trace).abs() < 1e-12);
            }
        }
    }
}
