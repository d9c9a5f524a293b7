//! Our side of `benches/peers/probe`: logistic regression, or trees boosted by histograms.

use std::fs;
use std::time::Instant;

use anyhow::{Result, ensure};
use dissensus_probe::{Features, Fitted, Labels, LogisticParams, Probe, TreeEngine, TreesParams};
use serde_json::json;

use crate::turn::Turn;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    #[arg(long)]
    rows: usize,
    #[arg(long)]
    columns: usize,
    #[arg(long)]
    classes: usize,
    #[arg(long)]
    boosts: usize,
    #[arg(long)]
    tolerance: f64,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let (features, labels) = read(&options)?;
    let trees = TreesParams::default().with_rounds(options.boosts);
    let logistic = LogisticParams::default().with_tolerance(options.tolerance);
    let is_logistic = options.turn.case == "logistic";
    let probe: &dyn Probe = match is_logistic {
        true => &logistic,
        false => &trees.with_engine(TreeEngine::Histogram),
    };
    let all: Vec<usize> = (0..labels.rows()).collect();
    let (training, held_out) = all.split_at(options.rows);
    let (x, y) = (features.select(training)?, labels.select(training)?);
    let clock = Instant::now();
    let fitted = probe.fit(&x, &y)?;
    let seconds = clock.elapsed().as_secs_f64();
    ensure!(fitted.converged(), "the fit did not converge");
    let unseen = (features.select(held_out)?, labels.select(held_out)?);
    let found = scores(&*fitted, &unseen.0, &unseen.1)?;
    let training = match is_logistic {
        true => Some(scores(&*fitted, &x, &y)?.loss),
        false => None,
    };
    let answer = json!({"seconds": seconds, "loss": found.loss, "right": found.right, "training_loss": training});
    println!("{answer}");
    Ok(())
}

/// All rows, those to learn from first.
fn read(options: &Options) -> Result<(Features, Labels)> {
    let bytes = fs::read(options.turn.work.join("features.f32"))?;
    let (words, _) = bytes.as_chunks();
    let values = words
        .iter()
        .map(|&word| f64::from(f32::from_le_bytes(word)));
    let bytes = fs::read(options.turn.work.join("labels.u32"))?;
    let (words, _) = bytes.as_chunks();
    let labels = words.iter().map(|&word| u32::from_le_bytes(word) as usize);
    let features = Features::new(values.collect(), options.columns)?;
    Ok((features, Labels::new(labels.collect(), options.classes)?))
}

/// What a fit says of some rows.
struct RowScores {
    /// Nats a row.
    loss: f64,
    /// The fraction of rows whose class is the most probable one.
    right: f64,
}

fn scores(fitted: &dyn Fitted, features: &Features, labels: &Labels) -> Result<RowScores> {
    let outcome = fitted.predict(features)?;
    let rows = labels.rows() as f64;
    let truth = labels.values().iter().enumerate();
    let own = truth.map(|(row, &class)| outcome.scores[(row, class)]);
    let loss: f64 = own.map(|p| -p.max(1e-12).ln()).sum();
    let classes = outcome.classes();
    let hits = classes.iter().zip(labels.values()).filter(|(a, b)| a == b);
    Ok(RowScores {
        loss: loss / rows,
        right: hits.count() as f64 / rows,
    })
}
