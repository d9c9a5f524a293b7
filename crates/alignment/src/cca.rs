//! Canonical correlations.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::factor::{Singular, singular};
use crate::procrustes::{Frame, Procrustes, finite};
use crate::product::transposed_times;

/// Canonical correlations of two tables, falling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CanonicalCorrelations {
    /// ρ_1 ≥ ρ_2 ≥ …, as many as the smaller rank.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub correlations: Vec<f64>,
    /// Directions of the first table that took part.
    pub first_rank: usize,
    /// Directions of the second table that took part.
    pub second_rank: usize,
}

impl CanonicalCorrelations {
    /// Mean correlation Σρ / r, r the smaller rank: the usual similarity of SVCCA.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.correlations.iter().sum::<f64>() / self.correlations.len() as f64
    }

    /// Mean squared correlation Σρ² / r.
    #[must_use]
    pub fn mean_square(&self) -> f64 {
        self.correlations.iter().map(|r| r * r).sum::<f64>() / self.correlations.len() as f64
    }

    /// Expected [`mean_square`](Self::mean_square) of unrelated Gaussian tables of n rows: max(r₁,
    /// r₂) / (n − 1), at most 1.
    #[must_use]
    pub fn chance_mean_square(&self, rows: usize) -> f64 {
        (self.first_rank.max(self.second_rank) as f64 / (rows as f64 - 1.0)).min(1.0)
    }
}

/// Canonical correlation analysis of two tables of n rows, after each is reduced to the directions
/// that hold `variance` of its variance (SVCCA; 1 keeps all of its rank and gives plain CCA).
///
/// ```text
/// X = U_X Σ_X V_Xᵀ,  Y = U_Y Σ_Y V_Yᵀ  (centred)
/// ρ = singular values of U_Xᵀ U_Y over the directions kept
/// ```
///
/// Unrelated tables reach mean ρ² = max(r₁, r₂) / (n − 1), so with n near d every pair of tables
/// looks alike: read it beside [`CanonicalCorrelations::chance_mean_square`]. Raghu et al.,
/// *SVCCA*, NeurIPS 2017.
///
/// # Errors
/// [`Error::Shape`] when the rows differ in number, [`Error::TooFewRows`] below 2,
/// [`Error::NotFinite`], [`Error::NoSpread`] when all rows of a table coincide,
/// [`Error::Parameter`] for a `variance` outside (0, 1].
///
/// ```
/// use dissensus_alignment::svcca;
/// use nalgebra::dmatrix;
/// let x = dmatrix![1.0, 0.0; 0.0, 1.0; -1.0, 0.0; 0.0, -1.0];
/// let stretched = &x * dmatrix![5.0, 1.0; 0.0, 0.1];
/// assert!((svcca(&x, &stretched, 1.0)?.mean() - 1.0).abs() < 1e-12);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn svcca(
    x: &DMatrix<f64>,
    y: &DMatrix<f64>,
    variance: f64,
) -> Result<CanonicalCorrelations, Error> {
    if x.nrows() != y.nrows() {
        return Err(Error::Shape {
            expected: (x.nrows(), y.ncols()),
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
    if !(variance > 0.0 && variance <= 1.0) {
        return Err(Error::Parameter {
            name: "variance",
            value: variance,
            expected: "a fraction above 0 and at most 1",
        });
    }
    let (u, v) = (directions(x, variance, 0)?, directions(y, variance, 1)?);
    let correlations = singular(&transposed_times(&u, &v))?
        .sigma
        .into_iter()
        .map(|r| r.min(1.0))
        .collect();
    Ok(CanonicalCorrelations {
        correlations,
        first_rank: u.ncols(),
        second_rank: v.ncols(),
    })
}

/// Orthonormal directions over the rows that hold `variance` of it, without those below the rank.
fn directions(table: &DMatrix<f64>, variance: f64, which: usize) -> Result<DMatrix<f64>, Error> {
    finite(table)?;
    let (_, columns) = Frame::learn(Procrustes::default(), table.transpose(), which)?;
    let Singular { u, sigma, .. } = singular(&columns.transpose())?;
    let floor = sigma[0] * table.nrows().max(table.ncols()) as f64 * f64::EPSILON;
    let total: f64 = sigma.iter().map(|s| s * s).sum();
    let mut held = 0.0;
    let mut kept = 0;
    while kept < sigma.len() && sigma[kept] > floor && (variance == 1.0 || held < variance * total)
    {
        held += sigma[kept].powi(2);
        kept += 1;
    }
    Ok(u.columns(0, kept).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_kept_up_to_their_share_of_the_variance() {
        // Three orthogonal columns of variances 9 : 4 : 1, and a column of nothing.
        let sign = |i: usize, bit: usize| if i >> bit & 1 == 0 { 1.0 } else { -1.0 };
        let table = DMatrix::from_fn(8, 4, |i, j| [3.0, 2.0, 1.0, 0.0][j] * sign(i, j.min(2)));
        for (variance, rank) in [(0.1, 1), (0.6, 1), (0.7, 2), (0.9, 2), (0.95, 3), (1.0, 3)] {
            let found = svcca(&table, &table, variance).unwrap();
            let ranks = (found.first_rank, found.second_rank);
            assert_eq!(ranks, (rank, rank), "{variance}");
            assert_eq!(found.correlations.len(), rank);
            assert!(
                (found.mean() - 1.0).abs() < 1e-12 && (found.mean_square() - 1.0).abs() < 1e-12
            );
            assert_eq!(found.chance_mean_square(8), rank as f64 / 7.0);
        }
        let found = CanonicalCorrelations {
            correlations: vec![1.0, 0.5, 0.0, 0.5],
            first_rank: 4,
            second_rank: 9,
        };
        assert_eq!((found.mean(), found.mean_square()), (0.5, 0.375));
        assert_eq!(
            (found.chance_mean_square(19), found.chance_mean_square(4)),
            (0.5, 1.0)
        );
    }

    #[test]
    fn shares_of_the_variance_outside_their_range_are_refused() {
        let table = DMatrix::from_fn(4, 2, |i, j| ((i * 3 + j * 5) % 7) as f64);
        for variance in [0.0, -0.5, 1.1, f64::NAN] {
            let refused = svcca(&table, &table, variance);
            assert!(
                matches!(refused, Err(Error::Parameter { .. })),
                "{variance}"
            );
        }
        let one = table.rows(0, 1).into_owned();
        assert!(matches!(
            svcca(&one, &one, 1.0),
            Err(Error::TooFewRows { .. })
        ));
        let two = table.rows(0, 2).into_owned();
        assert!(svcca(&two, &two, 1.0).is_ok() && svcca(&table, &one, 1.0).is_err());
    }
}
