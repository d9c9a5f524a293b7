//! The orthogonal matrix nearest to a matrix.

use faer::Mat;
use nalgebra::DMatrix;

use crate::Error;
use crate::factor::{Singular, ThinSingular, singular, thin};
use crate::product::{rows_times_rows, times, view};

/// The orthogonal factor of M, and the trace it reaches.
#[derive(Debug, Clone)]
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

/// The orthogonal factor in single precision, row-major.
pub(crate) struct SinglePolar {
    pub map: Vec<f32>,
    pub trace: f64,
}

/// [`polar`] to about 1e-6 in half the time, for an M that is known no better.
pub(crate) fn single_polar(m: &DMatrix<f64>, reflection: bool) -> Result<SinglePolar, Error> {
    let largest = m.amax();
    if !reflection || largest == 0.0 {
        let Polar { map, trace } = polar(m, reflection)?;
        // Column-major Qᵀ is row-major Q.
        let map = map.transpose().iter().map(|&v| v as f32).collect();
        return Ok(SinglePolar { map, trace });
    }
    let rounded = m.map(|v| (v / largest) as f32);
    let ThinSingular { u, w, .. } = thin(view(&rounded))?;
    let d = m.nrows();
    let mut map = vec![0.0; d * d];
    rows_times_rows(&mut map, &unit_columns(&u), &unit_columns(&w), d);
    // The trace hardly feels the directions of U and W, but it does feel their lengths.
    let entries = (0..d).flat_map(|i| (0..d).map(move |j| (i, j)));
    let products = entries.zip(&map).map(|(at, &q)| f64::from(q) * m[at]);
    let trace = products.sum();
    Ok(SinglePolar { map, trace })
}

/// The columns scaled to norm 1 in double precision, row-major.
fn unit_columns(matrix: &Mat<f32>) -> Vec<f32> {
    let norm = |j| {
        let squares = matrix.col(j).iter().map(|&v| f64::from(v).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let norms: Vec<f64> = (0..matrix.ncols()).map(norm).collect();
    let entries = (0..matrix.nrows()).flat_map(|i| (0..matrix.ncols()).map(move |j| (i, j)));
    entries
        .map(|(i, j)| (f64::from(matrix[(i, j)]) / norms[j]) as f32)
        .collect()
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

    #[test]
    fn single_precision_gives_the_map_and_trace_of_double() {
        for d in [1, 2, 7, 40] {
            let m = DMatrix::from_fn(d, d, |i, j| {
                ((3 * i + 5 * j * j + i * j) as f64).cos() * 1e3
            });
            for reflection in [false, true] {
                let wanted = polar(&m, reflection).unwrap();
                let found = single_polar(&m, reflection).unwrap();
                let map = DMatrix::from_row_slice(d, d, &found.map).cast::<f64>();
                assert!((&map * map.transpose() - DMatrix::identity(d, d)).amax() < 1e-5);
                assert!((found.trace - wanted.trace).abs() < 1e-5 * wanted.trace.abs());
                assert!((map.dot(&m) - wanted.trace).abs() < 1e-5 * wanted.trace.abs());
            }
        }
    }
}
