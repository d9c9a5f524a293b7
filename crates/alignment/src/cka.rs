//! Centred kernel alignment.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

pub use crate::hsic::Estimator;
use crate::hsic::{Marginal, Sums};
use crate::points::Points;
use crate::procrustes::{Frame, Procrustes, finite};
use crate::product::times_transposed;
use crate::rbf::gaussian;
use crate::{Error, Score};

/// The kernel whose matrices are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Kernel {
    /// K_ij = x_i · x_j.
    #[default]
    Linear,
    /// K_ij = exp(−‖x_i − x_j‖² / (2 σ²)), σ² = fraction² · the lower median of all n² squared distances.
    Rbf {
        /// Bandwidth in units of the median distance; 1 is usual.
        fraction: f64,
    },
}

/// Centred kernel alignment of two tables of n rows; the columns may differ in number.
///
/// ```text
/// CKA(K, L) = HSIC(K, L) / √(HSIC(K, K) · HSIC(L, L))
/// biased:   HSIC = tr(K H L H),  H = I − 1 1ᵀ/n
/// debiased: HSIC = Σ_{i≠j} K_ij L_ij + (1ᵀK̃1)(1ᵀL̃1) / ((n−1)(n−2)) − 2/(n−2) · 1ᵀK̃L̃1,  K̃ = K without its diagonal
/// ```
///
/// The chance level is the exact expectation over permutations of one table's rows: tr(KH) tr(LH) / ((n−1) ‖KH‖ ‖LH‖) biased
/// (about d / (n + d) for Gaussian tables and the linear kernel), 0 debiased. The linear kernel goes through d × d products in
/// `f64`; the Gaussian one through tiles of `f32` distances, right to about 1e-6. No n × n matrix is held.
///
/// Kornblith et al., *Similarity of neural network representations revisited*, ICML 2019; Song et al., *Feature selection via
/// dependence maximization*, JMLR 13 (2012).
///
/// # Errors
/// [`Error::Shape`] when the rows differ in number, [`Error::TooFewRows`] below 4, [`Error::NotFinite`], [`Error::NoSpread`] when a
/// table's rows (or, for the Gaussian kernel, more than about half of their pairs) coincide, [`Error::Parameter`] for a
/// fraction that is not positive.
///
/// ```
/// use dissensus_alignment::{Estimator, Kernel, cka};
/// use nalgebra::dmatrix;
/// let x = dmatrix![1.0, 0.0; 0.0, 1.0; -1.0, 0.0; 0.0, -1.0];
/// let line = dmatrix![1.0; 0.0; -1.0; 0.0];
/// let found = cka(&x, &line, Kernel::Linear, Estimator::Biased)?;
/// // ‖XᵀY‖² = 4, ‖XᵀX‖ = √8, ‖YᵀY‖ = 2.
/// assert!((found.value - 0.5_f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn cka(
    x: &DMatrix<f64>,
    y: &DMatrix<f64>,
    kernel: Kernel,
    estimator: Estimator,
) -> Result<Score, Error> {
    if x.nrows() != y.nrows() {
        return Err(Error::Shape {
            expected: (x.nrows(), y.ncols()),
            found: y.shape(),
        });
    }
    finite(x)?;
    finite(y)?;
    let (_, x) = prepare(x.transpose(), 0)?;
    let (_, y) = prepare(y.transpose(), 1)?;
    Dependence::of(&x, &y, kernel)?.score(estimator)
}

/// Centred kernel alignment by both estimators.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CkaScores {
    /// [`Estimator::Biased`], the published choice.
    pub biased: Score,
    /// [`Estimator::Debiased`], whose chance level is 0.
    pub debiased: Score,
}

/// Centres vectors (as columns) and scales them to unit norm.
fn prepare(vectors: DMatrix<f64>, which: usize) -> Result<(Frame, DMatrix<f64>), Error> {
    if vectors.ncols() < 4 {
        return Err(Error::TooFewRows {
            needed: 4,
            found: vectors.ncols(),
        });
    }
    Frame::learn(Procrustes::default(), vectors, which)
}

/// The three criteria of one pair, both estimators' sums within.
pub(crate) struct Dependence {
    pub marginals: [Marginal; 2],
    /// Σ_{i≠j} of K L, K K and L L.
    pub cross: [f64; 3],
}

impl Dependence {
    fn of(x: &DMatrix<f64>, y: &DMatrix<f64>, kernel: Kernel) -> Result<Self, Error> {
        match kernel {
            Kernel::Linear => {
                let marginals = [linear_marginal(x), linear_marginal(y)];
                let square =
                    |a: &DMatrix<f64>, b: &DMatrix<f64>| times_transposed(a, b).norm_squared();
                let cross = [
                    linear_cross(square(x, y), &marginals[0], &marginals[1]),
                    linear_cross(square(x, x), &marginals[0], &marginals[0]),
                    linear_cross(square(y, y), &marginals[1], &marginals[1]),
                ];
                Ok(Self { marginals, cross })
            }
            Kernel::Rbf { fraction } => {
                check_fraction(fraction)?;
                let points = [x, y].map(Points::of_vectors);
                let found = gaussian(&points, fraction)?;
                let cross = [found.cross[0][1], found.cross[0][0], found.cross[1][1]];
                let mut marginals = found.marginals.into_iter();
                match (marginals.next(), marginals.next()) {
                    (Some(k), Some(l)) => Ok(Self {
                        marginals: [k, l],
                        cross,
                    }),
                    _ => Err(Error::TooFewTables {
                        needed: 2,
                        found: 0,
                    }),
                }
            }
        }
    }

    /// HSIC of K L, K K and L L.
    fn hsic(&self, estimator: Estimator) -> [f64; 3] {
        let [k, l] = &self.marginals;
        let [kl, kk, ll] = self.cross;
        [
            Sums { cross: kl, k, l },
            Sums { cross: kk, k, l: k },
            Sums { cross: ll, k: l, l },
        ]
        .map(|s| s.hsic(estimator))
    }

    /// Both estimates of one pair.
    pub fn scores(&self) -> Result<CkaScores, Error> {
        Ok(CkaScores {
            biased: self.score(Estimator::Biased)?,
            debiased: self.score(Estimator::Debiased)?,
        })
    }

    fn score(&self, estimator: Estimator) -> Result<Score, Error> {
        let [k, l] = &self.marginals;
        let [kl, kk, ll] = self.hsic(estimator);
        let scale = kk.max(0.0).sqrt() * ll.max(0.0).sqrt();
        if scale == 0.0 {
            return Err(Error::NoSpread {
                table: usize::from(kk > 0.0),
            });
        }
        let chance = match estimator {
            Estimator::Biased => {
                k.centred_trace() * l.centred_trace() / ((k.rows.len() - 1) as f64 * scale)
            }
            Estimator::Debiased => 0.0,
        };
        Ok(Score::similarity(kl / scale, Some(chance)))
    }
}

pub(crate) fn check_fraction(fraction: f64) -> Result<(), Error> {
    if fraction > 0.0 && fraction.is_finite() {
        return Ok(());
    }
    Err(Error::Parameter {
        name: "fraction",
        value: fraction,
        expected: "a positive number",
    })
}

/// The marginal of the linear kernel of centred vectors: each row of K sums to 0, its diagonal entry included.
fn linear_marginal(vectors: &DMatrix<f64>) -> Marginal {
    let diagonal: Vec<f64> = vectors.column_iter().map(|v| v.norm_squared()).collect();
    Marginal {
        rows: diagonal.iter().map(|d| -d).collect(),
        diagonal,
    }
}

/// Σ_{i≠j} K_ij L_ij from `whole` = ‖XᵀY‖².
pub(crate) fn linear_cross(whole: f64, k: &Marginal, l: &Marginal) -> f64 {
    whole
        - k.diagonal
            .iter()
            .zip(&l.diagonal)
            .map(|(a, b)| a * b)
            .sum::<f64>()
}

/// Debiased alignment accumulated over batches of rows, for tables that do not fit in memory.
///
/// The three criteria are averaged over batches before they are divided; their expectation does not depend on the batch
/// size. Two accumulators [`merge`](MinibatchCka::merge) into what one pass over both would have given, up to rounding.
/// Batches of the Gaussian kernel each take their own median distance. Nguyen et al., *Do wide and deep networks learn the same
/// things?*, ICLR 2021.
///
/// ```
/// use dissensus_alignment::{Kernel, MinibatchCka};
/// use nalgebra::DMatrix;
/// let x = DMatrix::from_fn(60, 3, |i, j| ((i * 3 + j) as f64).sin());
/// let mut cka = MinibatchCka::new(Kernel::Linear);
/// for batch in 0..3 {
///     let rows = x.rows(batch * 20, 20).into_owned();
///     cka.push(&rows, &(&rows * 2.0))?;
/// }
/// assert!((cka.value().unwrap_or(0.0) - 1.0).abs() < 1e-12);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinibatchCka {
    kernel: Kernel,
    sums: [f64; 3],
    batches: usize,
}

impl MinibatchCka {
    /// An accumulator without batches.
    pub fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            sums: [0.0; 3],
            batches: 0,
        }
    }

    /// Adds one batch: the same rows of both tables.
    ///
    /// # Errors
    /// As [`cka`].
    pub fn push(&mut self, x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<(), Error> {
        if x.nrows() != y.nrows() {
            return Err(Error::Shape {
                expected: (x.nrows(), y.ncols()),
                found: y.shape(),
            });
        }
        finite(x)?;
        finite(y)?;
        let ((fx, x), (fy, y)) = (prepare(x.transpose(), 0)?, prepare(y.transpose(), 1)?);
        let n = x.ncols() as f64;
        let found = Dependence::of(&x, &y, self.kernel)?.hsic(Estimator::Debiased);
        // The linear kernel of the batch as given, not of the batch scaled to unit norm.
        let (ux, uy) = match self.kernel {
            Kernel::Linear => (fx.norm.powi(2), fy.norm.powi(2)),
            Kernel::Rbf { .. } => (1.0, 1.0),
        };
        for (sum, value) in
            self.sums
                .iter_mut()
                .zip([found[0] * ux * uy, found[1] * ux * ux, found[2] * uy * uy])
        {
            *sum += value / (n * (n - 3.0));
        }
        self.batches += 1;
        Ok(())
    }

    /// Adds what another accumulator of the same kernel saw.
    pub fn merge(&mut self, other: &Self) {
        self.sums
            .iter_mut()
            .zip(&other.sums)
            .for_each(|(a, b)| *a += b);
        self.batches += other.batches;
    }

    /// Batches seen.
    pub fn batches(&self) -> usize {
        self.batches
    }

    /// The alignment so far; `None` before the first batch.
    pub fn value(&self) -> Option<f64> {
        let [kl, kk, ll] = self.sums;
        let scale = kk.sqrt() * ll.sqrt();
        (scale > 0.0).then(|| kl / scale)
    }
}
