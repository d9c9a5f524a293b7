//! Centred kernel alignment.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

pub use crate::hsic::Estimator;
use crate::hsic::{Marginal, Sums};
use crate::points::Points;
use crate::procrustes::{Frame, Procrustes, finite};
use crate::product::{times_transposed, transposed_times};
use crate::rbf::gaussian;
use crate::{Error, Score};

/// The kernel whose matrices are compared.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Kernel {
    /// K_ij = x_i · x_j.
    #[default]
    Linear,
    /// K_ij = exp(−‖x_i − x_j‖² / (2 σ²)), σ² = fraction² · the lower median of all n² squared
    /// distances.
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
/// debiased: HSIC = Σ_{i≠j} K_ij L_ij + (1ᵀK̃1)(1ᵀL̃1) / ((n−1)(n−2)) − 2/(n−2) · 1ᵀK̃L̃1,
///           K̃ = K without its diagonal
/// ```
///
/// The chance level is the exact expectation over permutations of one table's rows: tr(KH) tr(LH) /
/// ((n−1) ‖KH‖ ‖LH‖) biased (about d / (n + d) for Gaussian tables and the linear kernel), 0
/// debiased. The linear kernel goes through d × d products in `f64`, or n × n ones where n is
/// smaller; the Gaussian one through tiles of `f32` distances, right to about 1e-6. No matrix of
/// more than the smaller of both sizes is held.
///
/// Where all rows of a table are equally far from each other (one-hot rows, the corners of a
/// simplex) the debiased criterion of the table with itself is 0 but for rounding, and the
/// alignment has no value.
///
/// Kornblith et al., *Similarity of neural network representations revisited*, ICML 2019; Song et
/// al., *Feature selection via dependence maximization*, JMLR 13 (2012).
///
/// # Errors
/// [`Error::Shape`] when the rows differ in number, [`Error::TooFewRows`] below 4,
/// [`Error::NotFinite`], [`Error::NoSpread`] when a table's rows (or, for the Gaussian kernel, more
/// than about half of their pairs) coincide, [`Error::Undefined`] when the debiased criterion of a
/// table with itself is no more than rounding, [`Error::Parameter`] for a fraction that is not
/// positive.
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CkaScores {
    /// [`Estimator::Biased`], the published choice.
    pub biased: Score,
    /// [`Estimator::Debiased`], whose chance level is 0; `None` where all rows of a table are
    /// equally far from each other.
    pub debiased: Option<Score>,
}

/// Centres vectors (as columns) and scales them to unit norm.
fn prepare(vectors: DMatrix<f64>, which: usize) -> Result<(Frame, DMatrix<f64>), Error> {
    if vectors.ncols() < 4 {
        return Err(Error::TooFewRows {
            needed: 4,
            found: vectors.ncols(),
            dropped: 0,
        });
    }
    Frame::learn(Procrustes::default(), vectors, which)
}

/// How far sums of products of one precision are from what they should be, relative to their terms.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Precision {
    /// Products in `f64`.
    Double,
    /// Products in `f32`.
    Single,
    /// Kernels of `f32` distances: their errors are squared, and of n rows they add up.
    Tiles,
}

impl Precision {
    fn rounding(self, rows: usize) -> f64 {
        match self {
            Self::Double => 1e-12,
            Self::Single => 1e-6,
            Self::Tiles => 1e-10 * rows as f64,
        }
    }
}

/// The three criteria of one pair, both estimators' sums within.
pub(crate) struct Dependence {
    pub marginals: [Marginal; 2],
    /// Σ_{i≠j} of K L, K K and L L.
    pub cross: [f64; 3],
    pub precision: Precision,
}

impl Dependence {
    /// Of linear kernels, given ‖XᵀY‖², ‖XᵀX‖² and ‖YᵀY‖².
    pub(crate) fn linear(
        marginals: [Marginal; 2],
        [xy, xx, yy]: [f64; 3],
        precision: Precision,
    ) -> Self {
        let [k, l] = &marginals;
        let cross = [
            linear_cross(xy, k, l),
            linear_cross(xx, k, k),
            linear_cross(yy, l, l),
        ];
        Self {
            marginals,
            cross,
            precision,
        }
    }

    fn of(x: &DMatrix<f64>, y: &DMatrix<f64>, kernel: Kernel) -> Result<Self, Error> {
        match kernel {
            Kernel::Linear => {
                let marginals = [linear_marginal(x), linear_marginal(y)];
                Ok(Self::linear(marginals, squares(x, y), Precision::Double))
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
                        precision: Precision::Tiles,
                    }),
                    _ => Err(Error::TooFewTables {
                        needed: 2,
                        found: 0,
                    }),
                }
            }
        }
    }

    fn sums(&self) -> [Sums<'_>; 3] {
        let [k, l] = &self.marginals;
        let [kl, kk, ll] = self.cross;
        [
            Sums { cross: kl, k, l },
            Sums { cross: kk, k, l: k },
            Sums { cross: ll, k: l, l },
        ]
    }

    /// HSIC of K L, K K and L L.
    fn hsic(&self, estimator: Estimator) -> [f64; 3] {
        self.sums().map(|s| s.hsic(estimator))
    }

    /// The table, if any, whose criterion with itself is no more than rounding.
    fn undefined(&self, estimator: Estimator) -> Option<usize> {
        let [_, kk, ll] = self.sums();
        let rounding = self.precision.rounding(self.marginals[0].rows.len());
        // False for NaN as well.
        let stands = |s: &Sums<'_>| s.hsic(estimator) > rounding * s.size(estimator);
        [kk, ll].iter().position(|s| !stands(s))
    }

    /// Both estimates of one pair.
    pub fn scores(&self) -> Result<CkaScores, Error> {
        Ok(CkaScores {
            biased: self.score(Estimator::Biased)?,
            debiased: match self.score(Estimator::Debiased) {
                Ok(score) => Some(score),
                Err(Error::Undefined { .. }) => None,
                Err(error) => return Err(error),
            },
        })
    }

    fn score(&self, estimator: Estimator) -> Result<Score, Error> {
        if let Some(table) = self.undefined(estimator) {
            return Err(match estimator {
                Estimator::Biased => Error::NoSpread { table },
                Estimator::Debiased => Error::Undefined {
                    what: "debiased kernel alignment",
                    table,
                    why: "its rows are all equally far from each other",
                },
            });
        }
        let [k, l] = &self.marginals;
        let [kl, kk, ll] = self.hsic(estimator);
        let scale = kk.sqrt() * ll.sqrt();
        let chance = match estimator {
            Estimator::Biased => {
                k.centred_trace() * l.centred_trace() / ((k.rows.len() - 1) as f64 * scale)
            }
            Estimator::Debiased => 0.0,
        };
        Ok(Score::similarity(kl / scale, Some(chance)))
    }
}

/// ‖XᵀY‖², ‖XᵀX‖² and ‖YᵀY‖² of vectors given as columns, through the smaller of d × d and n × n
/// products.
fn squares(x: &DMatrix<f64>, y: &DMatrix<f64>) -> [f64; 3] {
    if x.nrows().max(y.nrows()) <= x.ncols() {
        let square = |a, b| times_transposed(a, b).norm_squared();
        return [square(x, y), square(x, x), square(y, y)];
    }
    // Σ (XᵀY)² = Σ (X Xᵀ) ∘ (Y Yᵀ).
    let [k, l] = [x, y].map(|vectors| transposed_times(vectors, vectors));
    [k.dot(&l), k.norm_squared(), l.norm_squared()]
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

/// The marginal of the linear kernel of centred vectors: each row of K sums to 0, its diagonal
/// entry included.
fn linear_marginal(vectors: &DMatrix<f64>) -> Marginal {
    let diagonal: Vec<f64> = vectors.column_iter().map(|v| v.norm_squared()).collect();
    Marginal {
        rows: diagonal.iter().map(|d| -d).collect(),
        diagonal,
    }
}

/// Σ_{i≠j} K_ij L_ij from `whole` = ‖XᵀY‖².
fn linear_cross(whole: f64, k: &Marginal, l: &Marginal) -> f64 {
    whole
        - k.diagonal
            .iter()
            .zip(&l.diagonal)
            .map(|(a, b)| a * b)
            .sum::<f64>()
}

/// Debiased alignment accumulated over batches of rows, for tables that do not fit in memory.
///
/// The three criteria are averaged over batches before they are divided; their expectation does not
/// depend on the batch size. Two accumulators [`merge`](MinibatchCka::merge) into what one pass
/// over both would have given, up to rounding. Batches of the Gaussian kernel each take their own
/// median distance. Nguyen et al., *Do wide and deep networks learn the same things?*, ICLR 2021.
///
/// ```
/// use dissensus_alignment::{Kernel, MinibatchCka};
/// use nalgebra::DMatrix;
/// let x = DMatrix::from_fn(60, 3, |i, j| ((i * 3 + j) as f64).sin());
/// let mut cka = MinibatchCka::new(Kernel::Linear)?;
/// for batch in 0..3 {
///     let rows = x.rows(batch * 20, 20).into_owned();
///     cka.push(&rows, &(&rows * 2.0))?;
/// }
/// assert!((cka.value().unwrap_or(0.0) - 1.0).abs() < 1e-12);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct MinibatchCka {
    kernel: Kernel,
    sums: [f64; 3],
    /// What of the second and third sum may be rounding.
    rounding: [f64; 2],
    batches: usize,
}

impl MinibatchCka {
    /// An accumulator without batches.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the fraction of a Gaussian kernel that is not positive.
    pub fn new(kernel: Kernel) -> Result<Self, Error> {
        if let Kernel::Rbf { fraction } = kernel {
            check_fraction(fraction)?;
        }
        Ok(Self {
            kernel,
            sums: [0.0; 3],
            rounding: [0.0; 2],
            batches: 0,
        })
    }

    /// Adds one batch: the same rows of both tables. On an error nothing is added.
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
        let batch = Dependence::of(&x, &y, self.kernel)?;
        let hsic = batch.hsic(Estimator::Debiased);
        let size = batch.sums().map(|s| s.size(Estimator::Debiased));
        // The linear kernel of the batch as given, not of the batch scaled to unit norm.
        let (ux, uy) = match self.kernel {
            Kernel::Linear => (fx.norm.powi(2), fy.norm.powi(2)),
            Kernel::Rbf { .. } => (1.0, 1.0),
        };
        let mut added = *self;
        let units = [ux * uy, ux * ux, uy * uy].map(|unit| unit / (n * (n - 3.0)));
        for which in 0..3 {
            added.sums[which] += hsic[which] * units[which];
        }
        let rounding = batch.precision.rounding(x.ncols());
        for which in 0..2 {
            added.rounding[which] += rounding * size[1 + which] * units[1 + which];
        }
        added.batches += 1;
        *self = added.checked()?;
        Ok(())
    }

    /// Adds what another accumulator of the same kernel saw.
    ///
    /// # Errors
    /// [`Error::Unlike`] when it is of another kernel, [`Error::NotFinite`] when the sums leave the
    /// range of `f64`; nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.kernel != other.kernel {
            return Err(Error::Unlike {
                own: format!("{:?}", self.kernel),
                other: format!("{:?}", other.kernel),
            });
        }
        let mut merged = *self;
        let sums = merged.sums.iter_mut().chain(&mut merged.rounding);
        let others = other.sums.iter().chain(&other.rounding);
        sums.zip(others).for_each(|(a, b)| *a += b);
        merged.batches += other.batches;
        *self = merged.checked()?;
        Ok(())
    }

    /// Refuses sums that overflowed.
    fn checked(self) -> Result<Self, Error> {
        let numbers = self.sums.iter().chain(&self.rounding);
        match numbers.copied().enumerate().find(|(_, v)| !v.is_finite()) {
            None => Ok(self),
            Some((column, value)) => Err(Error::NotFinite {
                row: self.batches,
                column,
                value,
            }),
        }
    }

    /// Batches seen.
    #[must_use]
    pub fn batches(&self) -> usize {
        self.batches
    }

    /// The alignment so far; `None` before the first batch, and where all rows of every batch are
    /// equally far from each other.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let [kl, kk, ll] = self.sums;
        let stands = kk > self.rounding[0] && ll > self.rounding[1];
        stands.then(|| kl / (kk.sqrt() * ll.sqrt()))
    }
}

/// [`MinibatchCka`] as it stands in a file.
#[derive(Deserialize)]
struct Stored {
    kernel: Kernel,
    sums: [f64; 3],
    rounding: [f64; 2],
    batches: usize,
}

impl TryFrom<Stored> for MinibatchCka {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let empty = Self::new(stored.kernel)?;
        if stored.batches == 0 && (stored.sums != empty.sums || stored.rounding != empty.rounding) {
            return Err(Error::Parameter {
                name: "batches",
                value: 0.0,
                expected: "at least 1 where there are sums",
            });
        }
        if let Some(&value) = stored.rounding.iter().find(|v| **v < 0.0) {
            return Err(Error::Parameter {
                name: "rounding",
                value,
                expected: "a number that is not negative",
            });
        }
        Self {
            sums: stored.sums,
            rounding: stored.rounding,
            batches: stored.batches,
            ..empty
        }
        .checked()
    }
}
