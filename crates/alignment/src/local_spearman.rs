//! Rank correlation of similarities within neighbourhoods.

use serde::{Deserialize, Serialize};

use crate::neighbourhoods::{self, Requested, checked};
use crate::{EmbeddingTable, EmbeddingTables, Error};

/// The values of k that "Entropy, Disagreement, and the Limits of Foundation Models in Genomics"
/// reports.
pub const SPEARMAN_NEIGHBOURS: [usize; 8] = [3, 5, 10, 20, 50, 100, 1000, 4000];

/// How equal similarities are ranked, and which directions are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Ties {
    /// Average ranks, both directions.
    #[default]
    Average,
    /// As the code of "Entropy, Disagreement, and the Limits of Foundation Models in Genomics"
    /// has it: ordinal ranks, and the direction from the first table to the second only.
    AsPublished,
}

/// Mean rank correlation of the cosines within the k nearest neighbours. Unrelated tables give 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LocalSpearman {
    /// Neighbours of each row.
    pub k: usize,
    /// Over the first table's neighbours; `None` when no row has a correlation (all cosines tied).
    #[serde(with = "dissensus_kernels::non_finite")]
    pub forward: Option<f64>,
    /// Over the second table's neighbours; `None` also when only the published direction was asked
    /// for.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub backward: Option<f64>,
}

impl LocalSpearman {
    /// The mean of both directions, or the one there is.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match (self.forward, self.backward) {
            (Some(f), Some(b)) => Some((f + b) / 2.0),
            (f, b) => f.or(b),
        }
    }
}

/// Mean rank correlation of two tables' cosines within neighbourhoods, for every k at once.
///
/// ```text
/// forward(k) = mean over rows i of ρ( cos_A(i, j), cos_B(i, j) : j among the k nearest to i in A )
/// ```
///
/// and backward(k) the same over B's neighbours. ρ is Spearman's coefficient, Pearson's correlation
/// of average ranks. Rows whose cosines are all equal on one side have none and are left out of the
/// mean. The values come in increasing order of k. [`Ties::AsPublished`] ranks ties in order of
/// index and takes the forward direction only; the published code adds 1e-8 to the denominator,
/// which changes ρ by at most 5e-9 and is left out.
///
/// # Errors
/// [`Error::Shape`] when the shapes differ, [`Error::Neighbours`] when a k is below 2 (one value
/// has no order) or not below the number of rows.
///
/// ```
/// use dissensus_alignment::{EmbeddingTable, Ties, local_spearman};
/// let a = EmbeddingTable::new(vec![1.0, 0.0, 0.9, 0.1, 0.5, 0.5, 0.0, 1.0], 2)?;
/// let same = local_spearman(&a, &a, &[2, 3], Ties::Average)?;
/// assert_eq!(same[1].value(), Some(1.0));
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn local_spearman(
    a: &EmbeddingTable,
    b: &EmbeddingTable,
    ks: &[usize],
    ties: Ties,
) -> Result<Vec<LocalSpearman>, Error> {
    let tables = EmbeddingTables::new(vec![a.clone(), b.clone()])?;
    let ks = checked(ks, 2, tables.rows())?;
    let wanted = Requested {
        overlap: &[],
        spearman: &ks,
        ties,
    };
    Ok(neighbourhoods::compare(&tables, &wanted)
        .swap_remove(0)
        .spearman)
}
