//! Every pair of many tables, every measure, in one go.

use serde::{Deserialize, Serialize};

use crate::neighbourhoods::{self, Wanted, checked};
use crate::{
    Error, LocalSpearman, OVERLAP_NEIGHBOURS, Overlap, Procrustes, SPEARMAN_NEIGHBOURS, Score,
    Tables, Ties, chance,
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
}

impl Plan {
    /// The published lists of k, as far as tables of `rows` rows allow them.
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
/// [`Procrustes::fit`].
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
    let neighbours = neighbourhoods::compare(
        tables,
        &Wanted {
            overlap: &overlap,
            spearman: &spearman,
            ties: plan.ties,
        },
    );
    let aligned = aligned(tables, plan)?;
    let pairs = tables.pairs().into_iter().zip(neighbours).zip(aligned);
    Ok(Comparison {
        members,
        rows: tables.rows(),
        dimension: tables.dimension(),
        pairs: pairs
            .map(|(((first, second), found), procrustes)| Pair {
                first,
                second,
                overlap: found.overlap,
                spearman: found.spearman,
                procrustes,
            })
            .collect(),
    })
}

fn aligned(tables: &Tables, plan: &Plan) -> Result<Vec<Option<Aligned>>, Error> {
    let Some(choice) = plan.procrustes else {
        return Ok(vec![None; tables.pairs().len()]);
    };
    let matrices: Vec<_> = tables.members().iter().map(crate::Table::matrix).collect();
    let (rows, d) = (tables.rows(), tables.dimension());
    let one = |(i, j): (usize, usize)| {
        let fit = choice.fit(&matrices[i], &matrices[j])?;
        Ok(Some(Aligned {
            cosine: Score::similarity(fit.cosine, Some(chance::procrustes_cosine(rows, d))),
            disparity: Score::distance(fit.disparity, Some(chance::procrustes_disparity(rows, d))),
        }))
    };
    tables.pairs().into_iter().map(one).collect()
}
