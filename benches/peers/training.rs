//! Our side of `benches/peers/training`: steps of the trainer, timed one by one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::Parser;
use dissensus_bert::{Budget, Data, MaskedLm, Masking, Precision, Seeds, Trainer, TrainingConfig};

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
    let answer = train(&options, sequences).with_context(|| format!("case {}", options.case))?;
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
fn write_batches(options: &Options, sequences: &[Vec<u32>]) -> Result<()> {
    let (masking, mut steps) = (masking(), Vec::new());
    for epoch in 0..(WARM_UP + options.steps) as u64 {
        let mut rows = Vec::new();
        for (index, ids) in sequences.iter().enumerate() {
            let masked = masking.mask(ids, MASKS_SEED, epoch, index as u64)?;
            rows.push((masked.ids, masked.positions, masked.targets));
        }
        steps.push(rows);
    }
    fs::write(options.work.join("steps.json"), serde_json::to_vec(&steps)?)?;
    Ok(())
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
    let mut timed = seconds.split_off(WARM_UP);
    timed.sort_by(f64::total_cmp);
    Ok(serde_json::json!({ "seconds": timed[timed.len() / 2], "losses": losses, "rates": rates }))
}
