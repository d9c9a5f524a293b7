//! The shape of the members' hidden states, layer by layer, and how alike it is.

use dissensus_alignment::{
    EmbeddingGeometry, EmbeddingTable, Error as Unaligned, Estimator, Kernel, Overlap, Score, cka,
    top_k_overlap,
};
use dissensus_lm::{Encoder, Masked, mean_hidden_states};
use dissensus_report::Measure;

use crate::analysis_set::unmasked;
use crate::intervals::{over_members, over_pairs};
use crate::{
    CatalogueRow, Error, STATE_ANISOTROPY, STATE_CKA, STATE_COSINE, STATE_EFFECTIVE_RANK,
    STATE_OVERLAP, STATE_PARTICIPATION, STATE_UNIFORMITY,
};

/// Sequences that go through a model at once.
const BATCH: usize = 16;

/// Neighbours of a sequence that are held against each other.
const NEIGHBOURS: usize = 10;

/// Reads one number off the shape of a cloud.
type Reading = fn(&EmbeddingGeometry) -> f64;

/// Geometry and agreement of the mean hidden states of the sequences, nothing masked, after the
/// embeddings and after each layer.
///
/// No coordinates of two members are compared: each has a basis of its own. A layer whose states
/// all coincide has no shape and is left out; of two members, the layers that both have are
/// compared.
///
/// # Errors
/// [`Error::Model`] for sequences that do not fit a model, [`Error::Alignment`] for states that are
/// not finite.
pub fn states(members: &[impl Encoder], masked: &[Masked]) -> Result<Vec<Measure>, Error> {
    let sequences: Vec<Vec<u32>> = masked.iter().map(unmasked).collect();
    let tables = members
        .iter()
        .map(|model| layers(model, &sequences))
        .collect::<Result<Vec<_>, Error>>()?;
    let depth = tables.iter().map(Vec::len).min().unwrap_or_default();
    let mut all = Vec::new();
    for layer in 0..depth {
        let layer_tables: Vec<&EmbeddingTable> = tables.iter().map(|of| &of[layer]).collect();
        let shapes = shapes(&layer_tables, layer)?;
        if !shapes.is_empty() {
            all.extend(shapes);
            all.extend(agreement(&layer_tables, layer)?);
        }
    }
    Ok(all)
}

/// One table a layer, one row a sequence.
fn layers(model: &impl Encoder, sequences: &[Vec<u32>]) -> Result<Vec<EmbeddingTable>, Error> {
    let width = model.sizes().width;
    let states = mean_hidden_states(model, sequences, BATCH)?;
    let tables = states
        .into_iter()
        .map(|values| EmbeddingTable::new(values, width));
    Ok(tables.collect::<Result<_, _>>()?)
}

/// The shape of the cloud in each member.
fn shapes(tables: &[&EmbeddingTable], layer: usize) -> Result<Vec<Measure>, Error> {
    let readings: [(&CatalogueRow, Reading); 5] = [
        (&STATE_COSINE, |shape| shape.average_cosine),
        (&STATE_ANISOTROPY, |shape| shape.anisotropy),
        (&STATE_UNIFORMITY, |shape| shape.uniformity),
        (&STATE_EFFECTIVE_RANK, |shape| shape.effective_rank),
        (&STATE_PARTICIPATION, |shape| shape.participation_ratio),
    ];
    let shapes = tables
        .iter()
        .map(|table| defined(EmbeddingGeometry::of(table)));
    let Some(shapes) = shapes.collect::<Result<Option<Vec<_>>, Error>>()? else {
        return Ok(Vec::new());
    };
    let of = |(row, read): (&'static CatalogueRow, Reading)| {
        let values: Vec<f64> = shapes.iter().map(read).collect();
        over_members(row.at(layer as f64), &values)
    };
    readings.into_iter().map(of).collect()
}

/// Overlap of neighbours and kernel alignment of every pair of members.
fn agreement(tables: &[&EmbeddingTable], layer: usize) -> Result<Vec<Measure>, Error> {
    let (members, rows) = (tables.len(), tables.first().map_or(0, |table| table.rows()));
    // The debiased alignment needs four rows.
    if members < 2 || rows <= NEIGHBOURS.max(3) {
        return Ok(Vec::new());
    }
    let (mut overlaps, mut kernels) = (Vec::new(), Vec::new());
    for (at, first) in tables.iter().enumerate() {
        for second in &tables[at + 1..] {
            let found: Option<Vec<Overlap>> = defined(top_k_overlap(first, second, &[NEIGHBOURS]))?;
            overlaps.push(found.map(|found| found[0].score));
            let (first, second) = (first.matrix(), second.matrix());
            let found = cka(&first, &second, Kernel::Linear, Estimator::Debiased);
            kernels.push(defined(found)?);
        }
    }
    let mut all = Vec::new();
    for (row, scores) in [(&STATE_OVERLAP, overlaps), (&STATE_CKA, kernels)] {
        let Some(scores) = scores.into_iter().collect::<Option<Vec<Score>>>() else {
            continue;
        };
        let values: Vec<f64> = scores.iter().map(|score| score.value).collect();
        let measure = over_pairs(row.at(layer as f64), members, &values)?;
        let chance = scores[0].chance.unwrap_or(0.0);
        all.push(measure.with_chance(chance)?);
    }
    Ok(all)
}

/// What vectors that coincide, or are too few, do not have.
fn defined<T>(found: Result<T, Unaligned>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(
            Unaligned::NoSpread { .. } | Unaligned::TooFewRows { .. } | Unaligned::Undefined { .. },
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use dissensus_bert::{Config, MaskedLm};
    use dissensus_lm::Masking;

    use super::*;

    fn member(seed: u64) -> MaskedLm {
        let config = Config::preset("micro").unwrap().with_vocabulary(20, 0);
        MaskedLm::new(&config, seed, &Device::flex()).unwrap()
    }

    fn masked(count: usize) -> Vec<Masked> {
        // A linear congruential generator: no two sequences have the same tokens.
        let mut state = 1_u32;
        let mut token = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            5 + (state >> 16) % 15
        };
        let sequences: Vec<Vec<u32>> = (0..count)
            .map(|_| (0..9).map(|_| token()).collect())
            .collect();
        let masking = Masking::analysis(20, 4, &[0, 1, 2, 3, 4]);
        masking.mask_all(&sequences, 1).unwrap()
    }

    fn value(measures: &[Measure], id: &str, layer: f64) -> Measure {
        let found = measures.iter().find(|m| m.id == id && m.at == Some(layer));
        found.unwrap().clone()
    }

    #[test]
    fn a_member_agrees_fully_with_itself_at_every_layer_and_less_with_another() {
        let masked = masked(24);
        let same = states(&[member(1), member(1)], &masked).unwrap();
        let other = states(&[member(1), member(2)], &masked).unwrap();
        // Five shapes and two agreements, after the embeddings and after two layers.
        assert_eq!((same.len(), other.len()), (21, 21));
        for layer in [0.0, 1.0, 2.0] {
            for id in ["state_overlap", "state_cka"] {
                let (same, other) = (value(&same, id, layer), value(&other, id, layer));
                assert!(
                    (same.value - 1.0).abs() < 1e-6,
                    "{id}, {layer}: {}",
                    same.value
                );
                assert!(other.value < 1.0 - 1e-3, "{id}, {layer}: {}", other.value);
            }
            let cosine = value(&other, "state_cosine", layer);
            assert!(cosine.per_member.iter().all(|c| (-1.0..=1.0).contains(c)));
            let rank = value(&other, "state_effective_rank", layer).value;
            assert!((1.0..=64.0).contains(&rank), "{rank}");
        }
        let chance = value(&same, "state_overlap", 1.0).chance.unwrap();
        assert!(
            (chance - 10.0 / (2.0 * 23.0 - 10.0)).abs() < 0.05,
            "{chance}"
        );
    }

    #[test]
    fn masks_change_nothing_and_few_or_equal_sequences_have_no_shape() {
        let (some, mut none) = (masked(12), masked(12));
        for one in &mut none {
            *one = Masked {
                ids: unmasked(one),
                positions: vec![],
                targets: vec![],
            };
        }
        let members = [member(1), member(2)];
        assert_eq!(
            states(&members, &some).unwrap(),
            states(&members, &none).unwrap()
        );
        assert_eq!(states(&members, &some[..1]).unwrap(), []);
        assert_eq!(states(&members, &vec![some[0].clone(); 12]).unwrap(), []);
        assert_eq!(states(&members, &[]).unwrap(), []);
        let alone = states(&members[..1], &some).unwrap();
        assert!(alone.iter().all(|m| m.id != "state_cka") && alone.len() == 15);
    }
}
