//! Every pair of many tables, every measure, in one go.

mod geometry;

use serde::{Deserialize, Serialize};

use crate::cka::check_fraction;
use crate::neighbourhoods::{self, Wanted, checked};
use crate::{
    CkaScores, Error, LocalSpearman, OVERLAP_NEIGHBOURS, Overlap, Procrustes, SPEARMAN_NEIGHBOURS,
    Score, Tables, Ties,
};

/// What [`compare`] computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Numbers of neighbours for the overlap.
    pub overlap: Vec<usize>,
    /// Numbers of neighbours for the local rank correlation.
    pub spearman: Vec<usize>,
    /// How the local rank correlation treats ties and directions.
    pub ties: Ties,
    /// Whether and how to align the tables.
    pub procrustes: Option<Procrustes>,
    /// Whether to compute linear centred kernel alignment.
    pub linear_cka: bool,
    /// Whether to compute Gaussian centred kernel alignment: the bandwidth in units of the median distance.
    pub rbf_cka: Option<f64>,
}

impl Plan {
    /// Every measure, with the published lists of k as far as tables of `rows` rows allow them.
    ///
    /// ```
    /// use dissensus_alignment::Plan;
    /// assert_eq!(Plan::for_rows(4096).overlap.last(), Some(&4000));
    /// assert_eq!(Plan::for_rows(64).overlap, [1, 3, 5, 10, 20, 50]);
    /// ```
    pub fn for_rows(rows: usize) -> Self {
        let below = |ks: &[usize]| ks.iter().copied().filter(|&k| k < rows).collect();
        Self {
            overlap: below(&OVERLAP_NEIGHBOURS),
            spearman: below(&SPEARMAN_NEIGHBOURS),
            ties: Ties::Average,
            procrustes: Some(Procrustes::default()),
            linear_cka: true,
            rbf_cka: Some(1.0),
        }
    }
}

/// How alike two of the tables are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Position of the first table.
    pub first: usize,
    /// Position of the second table.
    pub second: usize,
    /// Overlap of nearest neighbours, by k.
    pub overlap: Vec<Overlap>,
    /// Local rank correlation, by k.
    pub spearman: Vec<LocalSpearman>,
    /// Alignment, where asked for.
    pub procrustes: Option<Aligned>,
    /// Linear centred kernel alignment, where asked for.
    pub linear_cka: Option<CkaScores>,
    /// Gaussian centred kernel alignment, where asked for.
    pub rbf_cka: Option<CkaScores>,
}

/// What an alignment of a pair found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aligned {
    /// Mean cosine of corresponding rows after alignment.
    pub cosine: Score,
    /// What the alignment leaves: ‖X̂ − s Ŷ Q‖².
    pub disparity: Score,
}

/// All pairs of the tables compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Number of tables.
    pub members: usize,
    /// Rows that took part.
    pub rows: usize,
    /// Columns of the tables.
    pub dimension: usize,
    /// One entry per pair (i, j), i < j, in lexicographic order.
    pub pairs: Vec<Pair>,
}

/// Compares every pair of `tables` in one blocked pass.
///
/// Each table's similarities are computed once per block of rows, its neighbours ranked once per row, and both are shared by all
/// pairs and all k. Memory grows as O(V · block), never V². The result is bit for bit the same for any number of threads
/// (of the current rayon pool).
///
/// # Errors
/// [`Error::TooFewTables`] for fewer than two, [`Error::Neighbours`] for a k that the rows do not allow, and the errors of
/// [`Procrustes::fit`] and [`cka`](crate::cka).
///
/// ```
/// use dissensus_alignment::{Plan, Table, Tables, compare};
/// let a = Table::new((0..40).map(|i| ((i * i) as f32).sin()).collect(), 2)?;
/// let found = compare(&Tables::new(vec![a.clone(), a])?, &Plan::for_rows(20))?;
/// assert_eq!(found.pairs[0].overlap[0].score.value, 1.0);
/// assert_eq!(found.pairs[0].spearman[0].value(), Some(1.0));
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn compare(tables: &Tables, plan: &Plan) -> Result<Comparison, Error> {
    let members = tables.members().len();
    if members < 2 {
        return Err(Error::TooFewTables {
            needed: 2,
            found: members,
        });
    }
    let overlap = checked(&plan.overlap, 1, tables.rows())?;
    let spearman = checked(&plan.spearman, 2, tables.rows())?;
    plan.rbf_cka.map_or(Ok(()), check_fraction)?;
    let neighbours = neighbourhoods::compare(
        tables,
        &Wanted {
            overlap: &overlap,
            spearman: &spearman,
            ties: plan.ties,
        },
    );
    let geometry = geometry::compare(tables, plan)?;
    let pairs = tables.pairs().into_iter().zip(neighbours).zip(geometry);
    Ok(Comparison {
        members,
        rows: tables.rows(),
        dimension: tables.dimension(),
        pairs: pairs
            .map(|(((first, second), found), geometry)| Pair {
                first,
                second,
                overlap: found.overlap,
                spearman: found.spearman,
                procrustes: geometry.procrustes,
                linear_cka: geometry.linear_cka,
                rbf_cka: geometry.rbf_cka,
            })
            .collect(),
    })
}
