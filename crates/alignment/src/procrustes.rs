//! Orthogonal Procrustes alignment of two tables.

pub(crate) mod fit;
pub(crate) mod frame;
mod generalised;

pub(crate) use fit::finite;
pub use fit::{Fit, HeldOutFit};
pub(crate) use frame::Frame;
pub use generalised::Consensus;

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::Error;

/// What may be done to a table before and while it is turned onto another.
///
/// The default is the correct and the published choice alike (that of `scipy.spatial.procrustes`):
/// centre both tables, scale both to unit Frobenius norm, turn the moving one by the best
/// orthogonal map, reflections allowed, and scale it by the best factor.
///
/// ```text
/// X̂ = (X − 1 x̄ᵀ) / ‖X − 1 x̄ᵀ‖,   Ŷ likewise
/// U Σ Wᵀ = Ŷᵀ X̂,   Q = U Wᵀ,   s = Σσ
/// disparity = ‖X̂ − s Ŷ Q‖² = 1 − (Σσ)²
/// ```
///
/// X: the table of reference, V × d; Y: the one that moves. Schönemann, *A generalized solution of
/// the orthogonal Procrustes problem*, Psychometrika 31 (1966).
///
/// ```
/// use dissensus_alignment::Procrustes;
/// use nalgebra::dmatrix;
/// let x = dmatrix![0.0, 0.0; 1.0, 0.0; 0.0, 2.0];
/// let quarter_turn = dmatrix![0.0, 3.0; -3.0, 0.0];
/// let fit = Procrustes::default().fit(&x, &(&x * quarter_turn))?;
/// assert!(fit.disparity < 1e-14);
/// assert!((fit.cosine - 1.0).abs() < 1e-14);
/// assert!((fit.scale - 1.0 / 3.0).abs() < 1e-14);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Procrustes {
    /// Subtract each table's mean row.
    pub centre: bool,
    /// Divide each row by its norm first (before centring); a zero row stays zero.
    pub unit_rows: bool,
    /// Divide each table by its Frobenius norm.
    pub unit_norm: bool,
    /// Scale the moving table by the best factor; otherwise by 1.
    pub scale: bool,
    /// Allow maps of determinant −1.
    pub reflection: bool,
}

impl Default for Procrustes {
    fn default() -> Self {
        Self {
            centre: true,
            unit_rows: false,
            unit_norm: true,
            scale: true,
            reflection: true,
        }
    }
}

impl Procrustes {
    /// Finds the map that turns `moving` onto `reference`, rows being the same tokens.
    ///
    /// When the cross product of the tables has a rank below d (fewer rows than columns, dependent
    /// columns) the map is one of several best ones; scale, disparity, residuals and cosines are
    /// unique.
    ///
    /// # Errors
    /// [`Error::Shape`] when shapes differ, [`Error::TooFewRows`] for an empty table,
    /// [`Error::NotFinite`] for NaN and infinity, [`Error::NoSpread`] when a table has norm 0 after
    /// its preparation (all rows equal), [`Error::Parameter`] when the factor between the tables is
    /// beyond the numbers.
    pub fn fit(&self, reference: &DMatrix<f64>, moving: &DMatrix<f64>) -> Result<Fit, Error> {
        fit::fit(*self, reference, moving)
    }

    /// Fits on the rows `train` and judges on the rows `test`: alignment that holds on rows never
    /// seen.
    ///
    /// # Errors
    /// As [`Procrustes::fit`]; [`Error::Row`] for an index beyond the tables.
    pub fn held_out(
        &self,
        reference: &DMatrix<f64>,
        moving: &DMatrix<f64>,
        train: &[usize],
        test: &[usize],
    ) -> Result<HeldOutFit, Error> {
        let pick = |table: &DMatrix<f64>, rows: &[usize]| match rows
            .iter()
            .find(|&&row| row >= table.nrows())
        {
            Some(&row) => Err(Error::Row {
                row,
                rows: table.nrows(),
            }),
            None => Ok(table.select_rows(rows)),
        };
        let fit = self.fit(&pick(reference, train)?, &pick(moving, train)?)?;
        fit.judge(&pick(reference, test)?, &pick(moving, test)?)
    }
}
