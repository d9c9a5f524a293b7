//! Our side of `benches/peers/training`: steps of the trainer, or forward passes, timed one by one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::Parser;
use dissensus_bert::{
    Budget, Data, Masked, MaskedLm, Masking, Precision, Predicted, Seeds, Trainer, TrainingConfig,
    predict,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Steps before the clock starts.
const WARM_UP: usize = 2;
const VOCABULARY: usize = 4096;
const MASK: u32 = 4;
const MASKS_SEED: u64 = 5;

#[derive(Parser)]
struct Options {
    #[arg(long)]
    work: PathBuf,
    #[arg(long)]
    case: String,
    #[arg(long)]
    steps: usize,
    /// Of the peer alone.
    #[arg(long)]
    published: u32,
    /// 1: logits at hidden positions instead of steps.
    #[arg(long)]
    forward: u32,
    /// single or bf16.
    #[arg(long)]
    precision: String,
    /// Writes the masked batches of all steps instead of training.
    #[arg(long)]
    write: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let sequences = sequences(&options.work)?;
    if options.write {
        return write_batches(&options, &sequences);
    }
    let run = if options.forward == 1 {
        predict_all
    } else {
        train
    };
    let answer = run(&options, sequences).with_context(|| format!("case {}", options.case))?;
    println!("{answer}");
    Ok(())
}

/// The sequences the script wrote: rows of equal length.
fn sequences(work: &Path) -> Result<Vec<Vec<u32>>> {
    Ok(serde_json::from_slice(&fs::read(
        work.join("sequences.json"),
    )?)?)
}

fn masking() -> Masking {
    Masking::training(VOCABULARY, MASK, &[0, 1, 2, 3, 4])
}

/// Every step sees all sequences, each epoch with new masks.
fn batches(options: &Options, sequences: &[Vec<u32>]) -> Result<Vec<Vec<Masked>>> {
    let masking = masking();
    let mask = |epoch: usize, index: usize| {
        masking.mask(&sequences[index], MASKS_SEED, epoch as u64, index as u64)
    };
    let step = |epoch| {
        (0..sequences.len())
            .map(|index| Ok(mask(epoch, index)?))
            .collect()
    };
    (0..WARM_UP + options.steps).map(step).collect()
}

fn write_batches(options: &Options, sequences: &[Vec<u32>]) -> Result<()> {
    let row = |masked: Masked| (masked.ids, masked.positions, masked.targets);
    let steps: Vec<Vec<_>> = batches(options, sequences)?
        .into_iter()
        .map(|step| step.into_iter().map(row).collect())
        .collect();
    fs::write(options.work.join("steps.json"), serde_json::to_vec(&steps)?)?;
    Ok(())
}

/// Logits at the hidden positions of every batch; their losses are not part of the time.
fn predict_all(options: &Options, sequences: Vec<Vec<u32>>) -> Result<serde_json::Value> {
    let model = MaskedLm::load(options.work.join("model"), &Device::flex())?;
    let (mut losses, mut seconds) = (Vec::new(), Vec::new());
    for masked in batches(options, &sequences)? {
        let start = Instant::now();
        let predicted = predict(&model, &masked, masked.len()).next();
        seconds.push(start.elapsed().as_secs_f64());
        losses.push(mean_loss(&predicted.context("an empty batch")??));
    }
    Ok(serde_json::json!({ "seconds": median(seconds), "losses": losses }))
}

fn mean_loss(predicted: &Predicted) -> f64 {
    let rows = predicted
        .logits
        .chunks_exact(VOCABULARY)
        .zip(&predicted.targets);
    let loss = |(row, &target): (&[f32], &u32)| {
        let top = row.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        let sum: f64 = row.iter().map(|x| f64::from(x - top).exp()).sum();
        sum.ln() + f64::from(top) - f64::from(row[target as usize])
    };
    rows.map(loss).sum::<f64>() / predicted.targets.len() as f64
}

/// The median behind the warm-up.
fn median(mut seconds: Vec<f64>) -> f64 {
    let mut timed = seconds.split_off(WARM_UP);
    timed.sort_by(f64::total_cmp);
    timed[timed.len() / 2]
}

fn train(options: &Options, sequences: Vec<Vec<u32>>) -> Result<serde_json::Value> {
    let model = MaskedLm::load(options.work.join("model"), &Device::flex())?;
    let total = WARM_UP + options.steps;
    let config = TrainingConfig {
        warmup: 0.0,
        batch: sequences.len(),
        precision: match options.precision.as_str() {
            "bf16" => Precision::Bf16,
            _ => Precision::Single,
        },
        budget: Budget::Epochs(total as u64),
        seeds: Seeds {
            masks: MASKS_SEED,
            ..Seeds::default()
        },
        ..TrainingConfig::default()
    };
    let mut trainer = Trainer::new(model, config, Data::new(sequences, vec![], masking()))?;
    let (mut losses, mut rates, mut seconds) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let start = Instant::now();
        let Some(step) = trainer.step()? else { break };
        seconds.push(start.elapsed().as_secs_f64());
        losses.push(step.loss);
        rates.push(step.learning_rate);
    }
    Ok(serde_json::json!({ "seconds": median(seconds), "losses": losses, "rates": rates }))
}
