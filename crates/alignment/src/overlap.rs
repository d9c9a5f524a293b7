//! Overlap of nearest neighbours.

use serde::{Deserialize, Serialize};

use crate::neighbourhoods::{self, Requested, checked};
use crate::{EmbeddingTable, EmbeddingTables, Error, Score, Ties, chance};

/// The values of k the published study reports.
pub const OVERLAP_NEIGHBOURS: [usize; 9] = [1, 3, 5, 10, 20, 50, 100, 1000, 4000];

/// Mean Jaccard index of the k nearest neighbours, beside its chance level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// Neighbours of each row.
    pub k: usize,
    /// Mean over the rows of |A ∩ B| / |A ∪ B|, and what unrelated tables give.
    pub score: Score,
}

impl Overlap {
    pub(crate) fn new(k: usize, value: f64, others: usize) -> Self {
        Self {
            k,
            score: Score::similarity(value, Some(chance::jaccard(k, others))),
        }
    }
}

/// Mean Jaccard index of the k nearest neighbours in two tables, for every k at once.
///
/// ```text
/// overlap(k) = mean over rows i of |A_k(i) ∩ B_k(i)| / |A_k(i) ∪ B_k(i)|
/// ```
///
/// A_k(i) are the k rows of the first table nearest to row i by cosine, i itself left out by its
/// index; of equal cosines at the edge it is the expectation over the ways to draw them. The values
/// come in increasing order of k. Rows that are zero in either table take no part. Cosines are
/// `f32` products of rows normalised in `f64`, so neighbours closer than about 1e-6 in cosine may
/// change places.
///
/// # Errors
/// [`Error::Shape`] when the shapes differ, [`Error::Neighbours`] when a k is 0 or not below the
/// number of rows.
///
/// ```
/// use dissensus_alignment::{EmbeddingTable, top_k_overlap};
/// // Row 0 is nearest to row 1 in the first table and to row 2 in the second.
/// let a = EmbeddingTable::new(vec![1.0, 0.0, 0.9, 0.1, 0.0, 1.0], 2)?;
/// let b = EmbeddingTable::new(vec![1.0, 0.0, 0.0, 1.0, 0.9, 0.1], 2)?;
/// let overlap = top_k_overlap(&a, &b, &[1, 2])?;
/// assert_eq!(overlap[0].score.value, 0.0);
/// assert_eq!(overlap[1].score.value, 1.0);
/// // With two other rows to choose from, unrelated tables agree half the time.
/// assert_eq!(overlap[0].score.chance, Some(0.5));
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn top_k_overlap(
    a: &EmbeddingTable,
    b: &EmbeddingTable,
    ks: &[usize],
) -> Result<Vec<Overlap>, Error> {
    let tables = EmbeddingTables::new(vec![a.clone(), b.clone()])?;
    let ks = checked(ks, 1, tables.rows())?;
    let wanted = Requested {
        overlap: &ks,
        spearman: &[],
        ties: Ties::Average,
    };
    Ok(neighbourhoods::compare(&tables, &wanted)
        .swap_remove(0)
        .overlap)
}
