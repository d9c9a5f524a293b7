//! Our side of `benches/peers/fisher`: group sums or the full diagonal, per sequence, by the fast route.

use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use burn::tensor::{Device, Int, Tensor, TensorData};
use clap::Parser;
use dissensus_bert::{Batch, Masked, MaskedLm, Pass};
use dissensus_fisher::{Diagonal, Fast, Figure, Forward, GroupSums, Labels, Sample, Tie, Tokens};
use dissensus_layers::cross_entropy;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Options {
    #[arg(long)]
    work: PathBuf,
    #[arg(long)]
    case: String,
    #[arg(long)]
    sequences: u64,
    /// Sequences of a pass.
    #[arg(long)]
    batch: usize,
    /// Of the peer's choice of its route.
    #[arg(long)]
    trial: usize,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (model, config) = MaskedLm::load(options.work.join("model"), &Device::flex().autodiff())
        .context("the peer's model")
        .map(|model| (model.clone(), model.config().clone()))?;
    let text = std::fs::read_to_string(options.work.join("sequences.json"))?;
    let sequences: Vec<Masked> = serde_json::from_str(&text)?;
    let forward = |range: Range<u64>, pass: Pass| -> Result<Forward, dissensus_bert::Error> {
        let sequences = &sequences[range.start as usize..range.end as usize];
        let ids: Vec<&[u32]> = sequences.iter().map(|s| &s.ids[..]).collect();
        let batch = Batch::new(&ids, &config)?;
        let flat = |(row, s): (usize, &Masked)| {
            s.positions
                .iter()
                .map(|&p| batch.flat(row, p))
                .collect::<Vec<_>>()
        };
        let positions: Vec<usize> = sequences.iter().enumerate().flat_map(flat).collect();
        Ok(Forward {
            logits: model.logits_at(&batch, &positions, &pass),
            targets: sequences.iter().flat_map(|s| s.targets.clone()).collect(),
            tokens: sequences.iter().map(|s| s.positions.len()).collect(),
        })
    };
    let plain = plain_backward(&options, &forward)?;
    let mut sums = GroupSums::new(Sample::Sequence, Labels::Observed);
    let mut diagonal = Diagonal::new(Sample::Sequence, Labels::Observed);
    let route = Fast::new(Sample::Sequence, Labels::Observed)
        .batch(options.batch)
        .tied(Tie::default());
    let tapped = |range: Range<u64>, tap| Ok(Some(forward(range, Pass::default().with_tap(tap))?));
    let clock = Instant::now();
    match options.case.starts_with("groups") {
        true => route.run(0..options.sequences, tapped, Some(&mut sums), None)?,
        false => route.run(0..options.sequences, tapped, None, Some(&mut diagonal))?,
    }
    let spent = clock.elapsed();
    let clock = Instant::now();
    let mut signs = GroupSums::new(Sample::Token, Labels::Observed);
    let draw = Fast::new(Sample::Token, Labels::Observed).tokens(Tokens::Signs { seed: 0 });
    draw.batch(options.batch).tied(Tie::default()).run(
        0..options.sequences,
        tapped,
        Some(&mut signs),
        None,
    )?;
    let answer = serde_json::json!({
        "seconds": spent.as_secs_f64(),
        "plain_backward_seconds": plain.as_secs_f64(),
        "sign_draw_seconds": clock.elapsed().as_secs_f64(),
        "squares": squares(&options, &sums, &diagonal)?,
    });
    println!("{answer}");
    Ok(())
}

/// The bound: the same passes with the gradients of the parameters and nothing else.
fn plain_backward(
    options: &Options,
    forward: &impl Fn(Range<u64>, Pass) -> Result<Forward, dissensus_bert::Error>,
) -> Result<Duration> {
    let clock = Instant::now();
    for start in (0..options.sequences).step_by(options.batch) {
        let passed = forward(
            start..options.sequences.min(start + options.batch as u64),
            Pass::default(),
        )?;
        let targets: Vec<i32> = passed.targets.iter().map(|&t| t as i32).collect();
        let count = targets.len();
        let targets =
            Tensor::<1, Int>::from_data(TensorData::new(targets, [count]), &passed.logits.device());
        let _ = cross_entropy(passed.logits, targets).sum().backward();
    }
    Ok(clock.elapsed())
}

/// Sums of squares of embeddings, transformer and head; of the diagonal its three largest tables too.
fn squares(options: &Options, sums: &GroupSums, diagonal: &Diagonal) -> Result<Vec<f64>> {
    if options.case.starts_with("groups") {
        let shares = sums.shares(Figure::Three)?;
        let of = |label: &str| {
            shares
                .iter()
                .find(|s| s.label == label)
                .map_or(0.0, |s| s.information)
        };
        return Ok(["embeddings", "transformer", "head"].map(of).to_vec());
    }
    let of = |name: &str| -> Result<f64> { Ok(diagonal.mean(name)?.iter().sum()) };
    Ok(vec![
        of("bert.embeddings.word_embeddings.weight")?,
        of("bert.encoder.layer.0.intermediate.dense.weight")?,
        of("cls.predictions.transform.dense.weight")?,
    ])
}
