//! Every pair of many tables, every measure, in one go.

mod geometry;

use serde::{Deserialize, Serialize};

use crate::cka::check_fraction;
use crate::neighbourhoods::{self, Requested, checked};
use crate::null::NullLevel;
use crate::{
    CkaScores, EmbeddingTables, Error, LocalSpearman, OVERLAP_NEIGHBOURS, Overlap, Procrustes,
    SPEARMAN_NEIGHBOURS, Score, Ties,
};

/// What [`compare`] computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ComparisonParams {
    /// Numbers of neighbours for the overlap.
    pub overlap: Vec<usize>,
    /// Numbers of neighbours for the local rank correlation.
    pub spearman: Vec<usize>,
    /// How neighbourhoods and ranks treat ties, and the rank correlation directions.
    pub ties: Ties,
    /// Whether and how to align the tables.
    pub procrustes: Option<Procrustes>,
    /// How often the alignment is repeated with the rows of one table in random order; without
    /// draws its chance level is that of Gaussian tables, which trained tables undercut.
    pub null_draws: usize,
    /// Seed of those orders.
    pub seed: u64,
    /// Whether to compute linear centred kernel alignment.
    pub linear_cka: bool,
    /// Whether to compute Gaussian centred kernel alignment: the bandwidth in units of the median
    /// distance.
    pub gaussian_cka: Option<f64>,
}

impl ComparisonParams {
    /// Every measure, with the published lists of k as far as tables of `rows` rows allow them; no
    /// null draws.
    ///
    /// ```
    /// use dissensus_alignment::ComparisonParams;
    /// assert_eq!(ComparisonParams::for_rows(4096).overlap.last(), Some(&4000));
    /// assert_eq!(ComparisonParams::for_rows(64).overlap, [1, 3, 5, 10, 20, 50]);
    /// ```
    #[must_use]
    pub fn for_rows(rows: usize) -> Self {
        let below = |ks: &[usize]| ks.iter().copied().filter(|&k| k < rows).collect();
        Self {
            overlap: below(&OVERLAP_NEIGHBOURS),
            spearman: below(&SPEARMAN_NEIGHBOURS),
            ties: Ties::Average,
            procrustes: Some(Procrustes::default()),
            null_draws: 0,
            seed: 0,
            linear_cka: true,
            gaussian_cka: Some(1.0),
        }
    }

    /// Neither overlap, rank correlation, alignment nor kernel alignment: to build on.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            procrustes: None,
            linear_cka: false,
            gaussian_cka: None,
            ..Self::for_rows(0)
        }
    }

    /// Sets the numbers of neighbours for the overlap.
    #[must_use]
    pub fn with_overlap(mut self, ks: impl Into<Vec<usize>>) -> Self {
        self.overlap = ks.into();
        self
    }

    /// Sets the numbers of neighbours for the local rank correlation.
    #[must_use]
    pub fn with_spearman(mut self, ks: impl Into<Vec<usize>>) -> Self {
        self.spearman = ks.into();
        self
    }

    /// Sets how ties are treated.
    #[must_use]
    pub fn with_ties(mut self, ties: Ties) -> Self {
        self.ties = ties;
        self
    }

    /// Sets whether and how to align.
    #[must_use]
    pub fn with_procrustes(mut self, procrustes: Option<Procrustes>) -> Self {
        self.procrustes = procrustes;
        self
    }

    /// Sets how often the alignment is repeated with rows in random order, and the seed of the
    /// orders.
    #[must_use]
    pub fn with_null(mut self, draws: usize, seed: u64) -> Self {
        (self.null_draws, self.seed) = (draws, seed);
        self
    }

    /// Sets whether to compute linear centred kernel alignment.
    #[must_use]
    pub fn with_linear_cka(mut self, linear_cka: bool) -> Self {
        self.linear_cka = linear_cka;
        self
    }

    /// Sets whether, and with which bandwidth, to compute Gaussian centred kernel alignment.
    #[must_use]
    pub fn with_gaussian_cka(mut self, fraction: Option<f64>) -> Self {
        self.gaussian_cka = fraction;
        self
    }
}

/// How alike two of the tables are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    pub gaussian_cka: Option<CkaScores>,
}

/// What an alignment of a pair found. The chance levels are means over the null draws where there
/// are any, otherwise those of Gaussian tables.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Aligned {
    /// Mean cosine of corresponding rows after alignment.
    pub cosine: Score,
    /// What the alignment leaves: ‖X̂ − s Ŷ Q‖².
    pub disparity: Score,
    /// The cosine with the rows of the second table in random order, where draws were asked for.
    pub cosine_null: Option<NullLevel>,
    /// The disparity likewise.
    pub disparity_null: Option<NullLevel>,
}

/// All pairs of the tables compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableComparison {
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
/// Each table's similarities are computed once per block of rows, its neighbours ranked once per
/// row, and both are shared by all pairs and all k. Memory grows as O(V · block), never V². The
/// result is bit for bit the same for any number of threads (of the current rayon pool).
///
/// # Errors
/// [`Error::TooFewTables`] for fewer than two, [`Error::Neighbours`] for a k that the rows do not
/// allow, and the errors of [`Procrustes::fit`] and [`cka`](crate::cka).
///
/// ```
/// use dissensus_alignment::{ComparisonParams, EmbeddingTable, EmbeddingTables, compare};
/// let a = EmbeddingTable::new((0..40).map(|i| ((i * i) as f32).sin()).collect(), 2)?;
/// let found =
///     compare(&EmbeddingTables::new(vec![a.clone(), a])?, &ComparisonParams::for_rows(20))?;
/// assert_eq!(found.pairs[0].overlap[0].score.value, 1.0);
/// assert_eq!(found.pairs[0].spearman[0].value(), Some(1.0));
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn compare(
    tables: &EmbeddingTables,
    params: &ComparisonParams,
) -> Result<TableComparison, Error> {
    let members = tables.members().len();
    if members < 2 {
        return Err(Error::TooFewTables {
            needed: 2,
            found: members,
        });
    }
    let overlap = checked(&params.overlap, 1, tables.rows())?;
    let spearman = checked(&params.spearman, 2, tables.rows())?;
    params.gaussian_cka.map_or(Ok(()), check_fraction)?;
    let neighbours = neighbourhoods::compare(
        tables,
        &Requested {
            overlap: &overlap,
            spearman: &spearman,
            ties: params.ties,
        },
    );
    let geometry = geometry::compare(tables, params)?;
    let pairs = tables.pairs().into_iter().zip(neighbours).zip(geometry);
    Ok(TableComparison {
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
                gaussian_cka: geometry.gaussian_cka,
            })
            .collect(),
    })
}
