//! How alike the members' input tables are.

use dissensus_alignment::null::NullLevel;
use dissensus_alignment::{
    ComparisonParams, EmbeddingTable, EmbeddingTables, Error as Unaligned, Pair, Procrustes,
    Reason, Score, compare,
};
use dissensus_lm::Encoder;
use dissensus_report::Measure;

use crate::intervals::over_pairs;
use crate::{
    CatalogueRow, Error, GAUSSIAN_CKA, LINEAR_CKA, LOCAL_SPEARMAN, MeasureKey, OVERLAP,
    PROCRUSTES_CHANCE_ERROR, PROCRUSTES_COSINE, PROCRUSTES_DISPARITY, PROCRUSTES_HELD_OUT,
    PROCRUSTES_P,
};

/// Times an alignment is repeated with rows in random order for its chance level: the fewest that
/// can show p = 0.05.
const NULL_DRAWS: usize = 19;

/// Seed of those orders, which belong to the measure and not to the run.
const NULL_SEED: u64 = 0;

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
    // Of the tables as they are: a padding token's row of zeros is dropped by the next line
    // already.
    let padding: Vec<usize> = (left_out.tokens..tables[0].rows()).collect();
    let tables = EmbeddingTables::new(tables)?;
    let rows = |ids: &[u32]| ids.iter().map(|&id| id as usize).collect::<Vec<usize>>();
    let tables = tables
        .without(&rows(&left_out.special), Reason::Special)?
        .without(&rows(&left_out.unseen), Reason::Unseen)?
        .without(&padding, Reason::Unseen)?;
    let params = ComparisonParams::for_rows(tables.rows()).with_null(NULL_DRAWS, NULL_SEED);
    let found = compare(&tables, &params)?;
    let mut all = neighbours(&found.pairs, members.len())?;
    all.extend(aligned(&found.pairs, members.len())?);
    all.extend(held_out(&tables)?);
    Ok(all)
}

/// How well the alignment of every other row fits the rows between: a map with as many freedoms as
/// there are rows fits these and says nothing of those. None where the tables have too few rows, or
/// rows without spread.
fn held_out(tables: &EmbeddingTables) -> Result<Option<Measure>, Error> {
    let rows = |first: usize| (first..tables.rows()).step_by(2).collect::<Vec<usize>>();
    let (train, test) = (rows(0), rows(1));
    let matrices: Vec<_> = tables
        .members()
        .iter()
        .map(EmbeddingTable::matrix)
        .collect();
    let mut values = Vec::new();
    for (first, second) in tables.pairs() {
        let (reference, moving) = (&matrices[first], &matrices[second]);
        match Procrustes::default().held_out(reference, moving, &train, &test) {
            Ok(fit) if fit.cosine.is_finite() => values.push(fit.cosine),
            Ok(_) => return Ok(None),
            Err(
                Unaligned::TooFewRows { .. }
                | Unaligned::NoSpread { .. }
                | Unaligned::Undefined { .. },
            ) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    let measure = over_pairs(&PROCRUSTES_HELD_OUT, tables.members().len(), &values)?;
    Ok(Some(measure.with_chance(0.0)?))
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

/// What is left after the best alignment, and kernel alignment; a score that some pair lacks is
/// left out.
fn aligned(pairs: &[Pair], members: usize) -> Result<Vec<Measure>, Error> {
    let scores: [(&CatalogueRow, PairScore); 4] = [
        (&PROCRUSTES_COSINE, |pair| Some(pair.procrustes?.cosine)),
        (&PROCRUSTES_DISPARITY, |pair| {
            Some(pair.procrustes?.disparity)
        }),
        (&LINEAR_CKA, |pair| pair.linear_cka?.debiased),
        (&GAUSSIAN_CKA, |pair| pair.gaussian_cka?.debiased),
    ];
    let mut all = drawn_chance(pairs)?;
    for (row, of) in scores {
        if let Some(scores) = pairs.iter().map(of).collect::<Option<Vec<Score>>>() {
            let values: Vec<f64> = scores.iter().map(|score| score.value).collect();
            let levels: Option<Vec<f64>> = scores.iter().map(|score| score.chance).collect();
            let level = levels.map(|levels| levels.iter().sum::<f64>() / levels.len() as f64);
            all.push(chance(over_pairs(row, members, &values)?, level)?);
        }
    }
    Ok(all)
}

/// How sure the chance level of the alignment is, and how often it is reached.
fn drawn_chance(pairs: &[Pair]) -> Result<Vec<Measure>, Error> {
    let nulls = pairs.iter().map(|pair| pair.procrustes?.cosine_null);
    let Some(nulls) = nulls.collect::<Option<Vec<NullLevel>>>() else {
        return Ok(Vec::new());
    };
    let squares: f64 = nulls.iter().map(|null| null.standard_error.powi(2)).sum();
    let error = squares.sqrt() / nulls.len() as f64;
    let p = nulls.iter().map(|null| null.p).fold(0.0, f64::max);
    let measure = |row: &'static CatalogueRow, value| MeasureKey::from(row).measure(value);
    Ok(vec![
        measure(&PROCRUSTES_CHANCE_ERROR, error)?,
        measure(&PROCRUSTES_P, p)?,
    ])
}

fn table(model: &impl Encoder) -> Result<EmbeddingTable, Error> {
    let width = model.sizes().width;
    Ok(EmbeddingTable::new(model.input_embedding_values(), width)?)
}

fn chance(measure: Measure, level: Option<f64>) -> Result<Measure, Error> {
    Ok(match level {
        Some(level) => measure.with_chance(level)?,
        None => measure,
    })
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use dissensus_bert::{Config, MaskedLm};

    use super::*;

    #[test]
    fn an_alignment_of_unrelated_tables_holds_on_no_other_rows() {
        let config = Config::preset("micro").unwrap().with_vocabulary(600, 0);
        let member = |seed| MaskedLm::new(&config, seed, &Device::flex()).unwrap();
        let left_out = LeftOutRows {
            tokens: 600,
            ..LeftOutRows::default()
        };
        let held_out = |members: &[MaskedLm]| {
            let all = embeddings(members, &left_out).unwrap();
            let of = |id: &str| all.iter().find(|m| m.id == id).map(|m| m.value);
            (of("procrustes_held_out"), of("procrustes_cosine"))
        };
        let (same, _) = held_out(&[member(1), member(1)]);
        assert!((same.unwrap() - 1.0).abs() < 1e-6, "{same:?}");
        let (apart, fitted) = held_out(&[member(1), member(2)]);
        // 64 columns: the fit alone reaches .3, and says nothing.
        assert!(apart.unwrap().abs() < 0.05, "{apart:?}");
        assert!(fitted.unwrap() > 0.2, "{fitted:?}");
    }
}
