//! Scores of variants by the members of an ensemble and by their random twins.

use std::path::PathBuf;

use anyhow::{Context, Result};
use dissensus_lm::Devices;
use dissensus_study::{Share, open_model};
use dissensus_variant::{Scan, VariantScore, VariantWindow, score_model};

use crate::{Bars, model_key};

/// Ratios of every variant, one list a model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoredModels {
    /// Of the members.
    pub members: Vec<Vec<f64>>,
    /// Of their random twins.
    pub twins: Vec<Vec<f64>>,
}

/// How far the scoring of a scan came.
#[derive(Debug, Clone, PartialEq)]
pub enum Scoring {
    /// Every shard is there.
    Whole(ScoredModels),
    /// The shards of this process are made, those of others are not yet.
    Shared,
    /// A signal interrupted it; what was scored is kept.
    Interrupted,
}

/// Scores the windows of a scan by models and by so many random twins of each, from a first seed:
/// the shards of one of several processes. The models are on the devices in turn, the twins of each
/// on the device behind its own.
///
/// # Errors
/// If a model cannot be opened, or does not score.
pub fn score_models(
    folders: &[PathBuf],
    (seed, twins): (u64, u64),
    devices: &Devices,
    scan: &Scan<'_>,
    share: Share,
    bars: &mut Bars,
) -> Result<Scoring> {
    let mut is_whole = true;
    let mut scored = ScoredModels::default();
    for (index, folder) in folders.iter().enumerate() {
        let (model, tokenizer) = open_model(folder, devices.of(index))?;
        let key = model_key(folder)?.digest();
        // Members have one configuration, so their twins are told apart by their seeds alone.
        let first = seed + index as u64 * twins;
        let drawn = (first..first + twins).map(Some);
        for seed in std::iter::once(None).chain(drawn) {
            let twin = seed.map(|seed| model.twin(seed, devices.of(index + 1)));
            let twin = twin.transpose()?;
            let network = twin.as_ref().unwrap_or(&model);
            let score = |some: &[VariantWindow]| {
                score_model(network.masked(), network.causal(), tokenizer.as_ref(), some)
            };
            let name = match seed {
                None => format!("member-{index}"),
                Some(seed) => format!("twin-{index}-{seed}"),
            };
            bars.count(&name, scan.len() as u64);
            let key = format!("{key}, seed {seed:?}");
            let (index, of) = (share.index, share.of);
            let mut count = |done: usize| bars.counted(done as u64);
            let made = scan.share(index, of, &name, &key, score, &mut count);
            if !made.with_context(|| folder.display().to_string())? {
                return Ok(Scoring::Interrupted);
            }
            let Some(found) = scan.gathered(&name, &key)? else {
                is_whole = false;
                continue;
            };
            let list = match seed {
                None => &mut scored.members,
                Some(_) => &mut scored.twins,
            };
            list.push(found.iter().map(VariantScore::ratio).collect());
        }
    }
    Ok(if is_whole {
        Scoring::Whole(scored)
    } else {
        Scoring::Shared
    })
}
