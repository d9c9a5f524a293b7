//! Our side of `benches/peers/training`: steps of the trainer, or forward passes, timed one by one.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use dissensus_bert::{Data, Masked, MaskedLm, Masking, Precision, Predicted, Trainer, predict};

use crate::steps;
use crate::turn::Turn;

const VOCABULARY: usize = 4096;
const MASK: u32 = 4;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    #[arg(long)]
    steps: usize,
    /// Steps before the clock starts.
    #[arg(long)]
    warm_up: usize,
    /// Of the script alone.
    #[arg(long)]
    rows: usize,
    /// Of the peer alone.
    #[arg(long)]
    published: u32,
    /// 1: logits at masked positions instead of steps.
    #[arg(long)]
    forward: u32,
    /// single or bf16.
    #[arg(long)]
    precision: String,
    /// Writes the masked batches of all steps instead of training.
    #[arg(long)]
    write: bool,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let sequences = sequences(&options.turn.work)?;
    if options.write {
        return steps::write(
            &options.turn.work.join("steps.json"),
            batches(&options, &sequences)?,
        );
    }
    let run = if options.forward == 1 {
        predict_all
    } else {
        train
    };
    let answer = run(&options, sequences).with_context(|| format!("case {}", options.turn.case))?;
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

fn batches(options: &Options, sequences: &[Vec<u32>]) -> Result<Vec<Vec<Masked>>> {
    steps::batches(&masking(), sequences, options.warm_up + options.steps)
}

/// Logits at the masked positions of every batch; their losses are not part of the time.
fn predict_all(options: &Options, sequences: Vec<Vec<u32>>) -> Result<serde_json::Value> {
    let model = MaskedLm::load(options.turn.work.join("model"), &options.turn.device()?)?;
    let (mut losses, mut seconds) = (Vec::new(), Vec::new());
    for masked in batches(options, &sequences)? {
        let start = Instant::now();
        let predicted = predict(&model, &masked, masked.len()).next();
        seconds.push(start.elapsed().as_secs_f64());
        losses.push(mean_loss(&predicted.context("an empty batch")??));
    }
    Ok(serde_json::json!({ "seconds": steps::median(seconds, options.warm_up), "losses": losses }))
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

fn train(options: &Options, sequences: Vec<Vec<u32>>) -> Result<serde_json::Value> {
    let model = MaskedLm::load(options.turn.work.join("model"), &options.turn.device()?)?;
    let precision = match options.precision.as_str() {
        "bf16" => Precision::Bf16,
        _ => Precision::Single,
    };
    let steps = options.warm_up + options.steps;
    let config = steps::settings(sequences.len(), steps).with_precision(precision);
    let trainer = Trainer::new(model, config, Data::new(sequences, vec![], masking()))?;
    steps::timed(trainer, options.warm_up)
}
