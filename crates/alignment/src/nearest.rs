//! Nearest tokens of a token.

use serde::{Deserialize, Serialize};

use crate::ranking::{Ranker, Ranking};
use crate::{EmbeddingTable, Error};

/// A row near to another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Index of the row.
    pub row: usize,
    /// Cosine of the two rows.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub cosine: f64,
}

/// The k rows nearest to `row` by cosine, nearest first, the row itself and zero rows left out;
/// equal cosines in order of index.
///
/// Fewer than k come back when the table has fewer rows that are not zero.
///
/// # Errors
/// [`Error::Row`] when the row lies beyond the table, [`Error::ZeroRow`] when it is zero.
///
/// ```
/// use dissensus_alignment::{EmbeddingTable, nearest};
/// let table = EmbeddingTable::new(vec![1.0, 0.0, 0.6, 0.8, -1.0, 0.0, 0.8, 0.6], 2)?;
/// let found = nearest(&table, 0, 2)?;
/// assert_eq!((found[0].row, found[1].row), (3, 1));
/// assert!((found[0].cosine - 0.8).abs() < 1e-6);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn nearest(table: &EmbeddingTable, row: usize, k: usize) -> Result<Vec<Neighbour>, Error> {
    if row >= table.rows() {
        return Err(Error::Row {
            row,
            rows: table.rows(),
        });
    }
    let own = table.norm(row);
    if own == 0.0 {
        return Err(Error::ZeroRow { row });
    }
    let cosine = |other: usize| dot(table, row, other) / (own * table.norm(other));
    let zero = table.zero_rows();
    let cosines: Vec<f32> = (0..table.rows())
        .map(|other| {
            if zero.binary_search(&other).is_ok() {
                -2.0
            } else {
                cosine(other) as f32
            }
        })
        .collect();
    let k = k.min(table.rows() - 1 - zero.len());
    let mut ranking = Ranking::default();
    Ranker::default().rank(&cosines, row, k, false, &mut ranking);
    Ok(ranking
        .order
        .iter()
        .take(k)
        .map(|&row| Neighbour {
            row: row as usize,
            cosine: cosine(row as usize),
        })
        .collect())
}

fn dot(table: &EmbeddingTable, one: usize, other: usize) -> f64 {
    let both = table.row(one).iter().zip(table.row(other));
    both.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}
