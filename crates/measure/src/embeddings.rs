//! How alike the members' input tables are.

use dissensus_alignment::{Plan, Reason, Table, Tables, compare};
use dissensus_bert::MaskedLm;
use dissensus_report::Measure;

use crate::Error;
use crate::intervals::over_pairs;

/// Overlap, local rank correlation and alignment of every pair of members, special rows left out.
///
/// Nothing is measured on fewer than two members.
///
/// # Errors
/// [`Error::Alignment`] if the tables have different shapes or hold values that are not finite.
pub fn embeddings(members: &[MaskedLm], special: &[u32]) -> Result<Vec<Measure>, Error> {
    if members.len() < 2 {
        return Ok(Vec::new());
    }
    let tables = members
        .iter()
        .map(table)
        .collect::<Result<Vec<_>, Error>>()?;
    let special: Vec<usize> = special.iter().map(|&id| id as usize).collect();
    let tables = Tables::new(tables)?.without(&special, Reason::Special)?;
    let found = compare(&tables, &Plan::for_rows(tables.rows()))?;
    let count = members.len();
    let mut measures = Vec::new();
    for (place, first) in found.pairs[0].overlap.iter().enumerate() {
        let values: Vec<f64> = found
            .pairs
            .iter()
            .map(|p| p.overlap[place].score.value)
            .collect();
        let measure = over_pairs("overlap", "1", count, &values)?.at(first.k as f64)?;
        measures.push(chance(measure, first.score.chance)?);
    }
    for (place, first) in found.pairs[0].spearman.iter().enumerate() {
        let values: Option<Vec<f64>> = found
            .pairs
            .iter()
            .map(|pair| pair.spearman[place].value())
            .collect();
        if let Some(values) = values {
            let measure = over_pairs("local_spearman", "1", count, &values)?.at(first.k as f64)?;
            measures.push(measure.with_chance(0.0)?);
        }
    }
    let aligned: Option<Vec<_>> = found.pairs.iter().map(|pair| pair.procrustes).collect();
    if let Some(aligned) = aligned {
        let cosines: Vec<f64> = aligned.iter().map(|a| a.cosine.value).collect();
        let cosine = over_pairs("procrustes_cosine", "1", count, &cosines)?;
        measures.push(chance(cosine, aligned[0].cosine.chance)?);
        let disparities: Vec<f64> = aligned.iter().map(|a| a.disparity.value).collect();
        let disparity = over_pairs("procrustes_disparity", "1", count, &disparities)?;
        measures.push(chance(disparity, aligned[0].disparity.chance)?);
    }
    Ok(measures)
}

fn table(model: &MaskedLm) -> Result<Table, Error> {
    let width = model.config().hidden_size;
    Ok(Table::new(model.word_embeddings(), width)?)
}

fn chance(measure: Measure, level: Option<f64>) -> Result<Measure, Error> {
    Ok(match level {
        Some(level) => measure.with_chance(level)?,
        None => measure,
    })
}
