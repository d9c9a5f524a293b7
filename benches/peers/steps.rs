//! Steps of training that two sides take on the same masked batches.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use dissensus_lm::{
    Budget, Masked, Masking, Objective, Seeds, TrainableModel, Trainer, TrainingConfig,
};
use serde_json::{Value, json};

const MASKS_SEED: u64 = 5;

/// The batches of so many steps: each sees all sequences, with new masks.
pub fn batches(
    masking: &Masking,
    sequences: &[Vec<u32>],
    steps: usize,
) -> Result<Vec<Vec<Masked>>> {
    let mask = |epoch: usize, index: usize| {
        Ok(masking.mask(&sequences[index], MASKS_SEED, epoch as u64, index as u64)?)
    };
    let step = |epoch| {
        (0..sequences.len())
            .map(|index| mask(epoch, index))
            .collect()
    };
    (0..steps).map(step).collect()
}

/// Writes batches as the scripts read them.
pub fn write(path: &Path, batches: Vec<Vec<Masked>>) -> Result<()> {
    let row = |masked: Masked| (masked.ids, masked.positions, masked.targets);
    let batches = batches
        .into_iter()
        .map(|step| step.into_iter().map(row).collect());
    let batches: Vec<Vec<_>> = batches.collect();
    Ok(fs::write(path, serde_json::to_vec(&batches)?)?)
}

/// Training on the same batches.
pub fn settings(sequences: usize, steps: usize) -> TrainingConfig {
    TrainingConfig::default()
        .with_warmup(0.0)
        .with_batch(sequences)
        .with_budget(Budget::Epochs(steps as u64))
        .with_seeds(Seeds {
            masks: MASKS_SEED,
            ..Seeds::default()
        })
}

/// Takes all steps, each timed; the first `warm_up` do not count.
pub fn timed<M: TrainableModel, O: Objective<M>>(
    mut trainer: Trainer<M, O>,
    warm_up: usize,
) -> Result<Value> {
    let (mut losses, mut rates, mut seconds) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let start = Instant::now();
        let Some(step) = trainer.step()? else { break };
        seconds.push(start.elapsed().as_secs_f64());
        losses.push(step.loss);
        rates.push(step.learning_rate);
    }
    let total: f64 = seconds[warm_up..].iter().sum();
    Ok(json!({
        "seconds": median(seconds, warm_up),
        "total": total,
        "losses": losses,
        "rates": rates,
    }))
}

/// The median behind the warm-up.
pub fn median(mut seconds: Vec<f64>, warm_up: usize) -> f64 {
    let mut timed = seconds.split_off(warm_up);
    timed.sort_by(f64::total_cmp);
    timed[timed.len() / 2]
}
