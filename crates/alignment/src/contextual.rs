//! The shape of one cloud of vectors, and how it changes from layer to layer.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::factor::eigenvalues;
use crate::points::dot;
use crate::product::rows_times_rows;
use crate::{EmbeddingTable, Error, Estimator, Kernel, Overlap, Score, cka, top_k_overlap};

/// The shape of a cloud of n vectors (one per text, say the mean over its unpadded tokens) in d
/// dimensions.
///
/// ```
/// use dissensus_alignment::{EmbeddingGeometry, EmbeddingTable};
/// // The corners of a square: two equal directions, no common one.
/// let square = EmbeddingTable::new(vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0], 2)?;
/// let cloud = EmbeddingGeometry::of(&square)?;
/// assert!((cloud.average_cosine + 1.0 / 3.0).abs() < 1e-12);
/// assert!((cloud.effective_rank - 2.0).abs() < 1e-12);
/// assert!((cloud.participation_ratio - 2.0).abs() < 1e-12);
/// assert!((cloud.anisotropy - 0.5).abs() < 1e-12);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingGeometry {
    /// Vectors that took part; zero vectors do not.
    pub rows: usize,
    /// Mean cosine of two different vectors; 0 when directions are spread evenly, 1 when all agree.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub average_cosine: f64,
    /// Fraction of the largest squared singular value of the unit vectors, not centred: 1/d when
    /// isotropic, 1 on one line.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub anisotropy: f64,
    /// log mean exp(−2 ‖u_i − u_j‖²) over pairs i < j of unit vectors, in nats; lower is more
    /// uniform on the sphere.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub uniformity: f64,
    /// exp of the entropy (nats) of the normalised singular values of the centred vectors.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub effective_rank: f64,
    /// (Σλ)² / Σλ² of the eigenvalues λ of the covariance.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub participation_ratio: f64,
}

impl EmbeddingGeometry {
    /// Measures a cloud.
    ///
    /// Uniformity: Wang and Isola, ICML 2020. Anisotropy: Ethayarajh, EMNLP 2019, and Mu and
    /// Viswanath, ICLR 2018. Effective rank: Roy and Vetterli, EUSIPCO 2007 (entropy of the
    /// singular values).
    ///
    /// # Errors
    /// [`Error::TooFewRows`] for fewer than two vectors that are not zero; [`Error::NoSpread`] when
    /// they all coincide.
    pub fn of(table: &EmbeddingTable) -> Result<Self, Error> {
        let zero = table.zero_rows();
        let kept: Vec<usize> = (0..table.rows())
            .filter(|i| zero.binary_search(i).is_err())
            .collect();
        let table = &table.select(&kept)?;
        let n = table.rows();
        if n < 2 {
            return Err(Error::TooFewRows {
                needed: 2,
                found: n,
                dropped: zero.len(),
            });
        }
        let unit = table.unit_rows();
        let raw = spectrum(&unit, table.dimension(), false)?;
        let covariance = spectrum(table.values(), table.dimension(), true)?;
        let total: f64 = covariance.iter().sum();
        if total
            <= 1e-13
                * table
                    .values()
                    .iter()
                    .map(|&v| f64::from(v).powi(2))
                    .sum::<f64>()
        {
            return Err(Error::NoSpread { table: 0 });
        }
        Ok(Self {
            rows: n,
            average_cosine: average_cosine(&unit, table.dimension()),
            anisotropy: raw.iter().copied().fold(0.0, f64::max) / raw.iter().sum::<f64>(),
            uniformity: uniformity(&unit, table.dimension()),
            effective_rank: effective_rank(&covariance),
            participation_ratio: total.powi(2) / covariance.iter().map(|l| l * l).sum::<f64>(),
        })
    }
}

/// Eigenvalues of XᵀX (or of X Xᵀ, whichever is smaller; the others are 0), centred if asked, never
/// below 0.
fn spectrum(values: &[f32], d: usize, centred: bool) -> Result<Vec<f64>, Error> {
    let mut columns =
        DMatrix::from_iterator(d, values.len() / d, values.iter().map(|&v| f64::from(v)));
    let largest = columns.amax();
    if largest > 0.0 {
        columns /= largest;
    }
    if centred {
        let mean = columns.column_mean();
        columns
            .column_iter_mut()
            .for_each(|mut column| column -= &mean);
    }
    let gram = if d <= columns.ncols() {
        crate::product::times_transposed(&columns, &columns)
    } else {
        crate::product::transposed_times(&columns, &columns)
    };
    let scale = largest * largest;
    Ok(eigenvalues(&gram)?
        .into_iter()
        .map(|l| l.max(0.0) * scale)
        .collect())
}

/// (‖Σu‖² − n) / (n (n − 1)).
fn average_cosine(unit: &[f32], d: usize) -> f64 {
    let n = (unit.len() / d) as f64;
    let mut sum = vec![0.0; d];
    for row in unit.chunks_exact(d) {
        sum.iter_mut()
            .zip(row)
            .for_each(|(sum, &v)| *sum += f64::from(v));
    }
    let own: f64 = unit.iter().map(|&v| f64::from(v).powi(2)).sum();
    (sum.iter().map(|s| s * s).sum::<f64>() - own) / (n * (n - 1.0))
}

/// Blocks of cosines; ‖u − v‖² = ‖u‖² + ‖v‖² − 2 u·v.
fn uniformity(unit: &[f32], d: usize) -> f64 {
    const BLOCK: usize = 256;
    let n = unit.len() / d;
    let squares: Vec<f64> = unit.chunks_exact(d).map(|row| dot(row, row)).collect();
    let mut cosines = vec![0.0_f32; BLOCK * n];
    let mut total = 0.0;
    for (block, rows) in unit.chunks(BLOCK * d).enumerate() {
        let cosines = &mut cosines[..rows.len() / d * n];
        rows_times_rows(cosines, rows, unit, d);
        for (i, row) in cosines.chunks_exact(n).enumerate() {
            let own = block * BLOCK + i;
            let after = row.iter().zip(&squares).skip(own + 1);
            total += after
                .map(|(&c, s)| (-2.0 * (squares[own] + s - 2.0 * f64::from(c))).exp())
                .sum::<f64>();
        }
    }
    (total / (n as f64 * (n as f64 - 1.0) / 2.0)).ln()
}

fn effective_rank(eigenvalues: &[f64]) -> f64 {
    // Rounding noise around zero eigenvalues would count as rank: its singular values are 1e-8 of
    // the largest.
    let largest = eigenvalues.iter().copied().fold(0.0, f64::max);
    let singular: Vec<f64> = eigenvalues
        .iter()
        .filter(|&&l| l > 1e-13 * largest)
        .map(|l| l.sqrt())
        .collect();
    let total: f64 = singular.iter().sum();
    let entropy: f64 = singular
        .iter()
        .map(|s| s / total)
        .map(|p| -p * p.ln())
        .sum();
    entropy.exp()
}

/// How one layer's cloud looks in two members, and how alike it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerAgreement {
    /// Position of the layer in the list given.
    pub layer: usize,
    /// The layer's shape in the first member.
    pub first: EmbeddingGeometry,
    /// The layer's shape in the second member.
    pub second: EmbeddingGeometry,
    /// Overlap of nearest neighbours, by k.
    pub overlap: Vec<Overlap>,
    /// Debiased linear centred kernel alignment.
    pub linear_cka: Score,
}

/// Compares two members layer by layer: shapes, neighbour overlap and kernel alignment, none of
/// which compares coordinates of independently trained bases.
///
/// `first[l]` and `second[l]` hold layer l's vectors of the same texts in the same order.
///
/// # Errors
/// [`Error::TooFewTables`] when the members have different numbers of layers, and the errors of
/// [`EmbeddingGeometry::of`], [`top_k_overlap`] and [`cka`](crate::cka()).
pub fn compare_layers(
    first: &[EmbeddingTable],
    second: &[EmbeddingTable],
    ks: &[usize],
) -> Result<Vec<LayerAgreement>, Error> {
    if first.len() != second.len() {
        return Err(Error::TooFewTables {
            needed: first.len(),
            found: second.len(),
        });
    }
    let layers = first.iter().zip(second).enumerate();
    layers
        .map(|(layer, (a, b))| {
            Ok(LayerAgreement {
                layer,
                first: EmbeddingGeometry::of(a)?,
                second: EmbeddingGeometry::of(b)?,
                overlap: top_k_overlap(a, b, ks)?,
                linear_cka: cka(
                    &a.matrix(),
                    &b.matrix(),
                    Kernel::Linear,
                    Estimator::Debiased,
                )?,
            })
        })
        .collect()
}
