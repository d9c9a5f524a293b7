//! How alike the members' input tables are.

use dissensus_alignment::{Pair, Plan, Reason, Score, Table, Tables, compare};
use dissensus_lm::Encoder;
use dissensus_report::Measure;

use crate::intervals::over_pairs;
use crate::{
    CatalogueRow, Error, GAUSSIAN_CKA, LINEAR_CKA, LOCAL_SPEARMAN, OVERLAP, PROCRUSTES_COSINE,
    PROCRUSTES_DISPARITY,
};

/// Rows of the input tables that are left out of their comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOutRows {
    /// Ids of special tokens.
    pub special: Vec<u32>,
    /// Ids of tokens that were not seen.
    pub unseen: Vec<u32>,
    /// Tokens of the vocabulary: rows from here on belong to none.
    pub tokens: usize,
}

/// Overlap, local rank correlation and alignment of every pair of members.
///
/// Nothing is measured on fewer than two members.
///
/// # Errors
/// [`Error::Alignment`] if the tables have different shapes or hold values that are not finite.
pub fn embeddings(members: &[impl Encoder], left_out: &LeftOutRows) -> Result<Vec<Measure>, Error> {
    if members.len() < 2 {
        return Ok(Vec::new());
    }
    let tables = members
        .iter()
        .map(table)
        .collect::<Result<Vec<_>, Error>>()?;
    // Of the tables as they are: a padding token's row of zeros is dropped by the next line already.
    let padding: Vec<usize> = (left_out.tokens..tables[0].rows()).collect();
    let tables = Tables::new(tables)?;
    let rows = |ids: &[u32]| ids.iter().map(|&id| id as usize).collect::<Vec<usize>>();
    let tables = tables
        .without(&rows(&left_out.special), Reason::Special)?
        .without(&rows(&left_out.unseen), Reason::Unseen)?
        .without(&padding, Reason::Unseen)?;
    let found = compare(&tables, &Plan::for_rows(tables.rows()))?;
    let mut all = neighbours(&found.pairs, members.len())?;
    all.extend(aligned(&found.pairs, members.len())?);
    Ok(all)
}

/// Overlap and rank correlation at each number of neighbours.
fn neighbours(pairs: &[Pair], members: usize) -> Result<Vec<Measure>, Error> {
    let mut all = Vec::new();
    for (index, first) in pairs[0].overlap.iter().enumerate() {
        let values: Vec<f64> = pairs.iter().map(|p| p.overlap[index].score.value).collect();
        let measure = over_pairs(OVERLAP.at(first.k as f64), members, &values)?;
        all.push(chance(measure, first.score.chance)?);
    }
    for (index, first) in pairs[0].spearman.iter().enumerate() {
        let values: Option<Vec<f64>> = pairs.iter().map(|p| p.spearman[index].value()).collect();
        if let Some(values) = values {
            let measure = over_pairs(LOCAL_SPEARMAN.at(first.k as f64), members, &values)?;
            all.push(measure.with_chance(0.0)?);
        }
    }
    Ok(all)
}

/// Reads one score off a comparison, where it has it.
type PairScore = fn(&Pair) -> Option<Score>;

/// What is left after the best alignment, and kernel alignment; a score that some pair lacks is left out.
fn aligned(pairs: &[Pair], members: usize) -> Result<Vec<Measure>, Error> {
    let scores: [(&CatalogueRow, PairScore); 4] = [
        (&PROCRUSTES_COSINE, |pair| Some(pair.procrustes?.cosine)),
        (&PROCRUSTES_DISPARITY, |pair| {
            Some(pair.procrustes?.disparity)
        }),
        (&LINEAR_CKA, |pair| finite(pair.linear_cka?.debiased)),
        (&GAUSSIAN_CKA, |pair| finite(pair.rbf_cka?.debiased)),
    ];
    let mut all = Vec::new();
    for (row, of) in scores {
        if let Some(scores) = pairs.iter().map(of).collect::<Option<Vec<Score>>>() {
            let values: Vec<f64> = scores.iter().map(|score| score.value).collect();
            all.push(chance(
                over_pairs(row, members, &values)?,
                scores[0].chance,
            )?);
        }
    }
    Ok(all)
}

/// A score that is a number.
fn finite(score: Score) -> Option<Score> {
    score.value.is_finite().then_some(score)
}

fn table(model: &impl Encoder) -> Result<Table, Error> {
    let width = model.sizes().width;
    Ok(Table::new(model.input_embedding_values(), width)?)
}

fn chance(measure: Measure, level: Option<f64>) -> Result<Measure, Error> {
    Ok(match level {
        Some(level) => measure.with_chance(level)?,
        None => measure,
    })
}
