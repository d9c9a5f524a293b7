//! Our side of `benches/peers/fisher`: group sums or the full diagonal, per sequence, by the fast
//! route.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::{Int, Tensor, TensorData};
use dissensus_bert::{Config, Masked, MaskedLanguageModel, MaskedLm, Pass};
use dissensus_fisher::{
    Diagonal, FisherParams, GroupSums, LabelChoice, RoleGrouping, Sample, Tokens,
};
use dissensus_layers::cross_entropy;
use dissensus_layers::product::{Matrix, Threads, product};

use crate::turn::Turn;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    #[arg(long)]
    sequences: u64,
    /// Sequences of a pass.
    #[arg(long)]
    batch: usize,
    /// Of the peer's choice of its route.
    #[arg(long)]
    trial: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let model = MaskedLm::load(options.turn.work.join("model"), &options.turn.device()?)
        .context("the peer's model")?;
    let text = std::fs::read_to_string(options.turn.work.join("sequences.json"))?;
    let masked: Vec<Masked> = serde_json::from_str(&text)?;
    let quarter = &masked[..options.quarter() as usize];
    let (plain, plain_peak) = (plain_backward(&options, &model, quarter)?, peak_mb()?);
    let how = FisherParams::default().with_batch(options.batch);
    let whole = &masked[..options.sequences as usize];
    let mut sums = GroupSums::new(Sample::Sequence, LabelChoice::Observed);
    let mut diagonal = Diagonal::new(Sample::Sequence, LabelChoice::Observed);
    let clock = Instant::now();
    match options.turn.case.starts_with("groups") {
        true => how.run(&model, whole, &mut sums)?,
        false => how.run(&model, whole, &mut diagonal)?,
    }
    let (spent, peak) = (clock.elapsed(), peak_mb()?);
    let clock = Instant::now();
    let tokens = how.with_sample(Sample::Token);
    let signs = tokens.with_tokens(Tokens::Signs { seed: 0 });
    signs.group_sums(&model, quarter)?;
    let draw = clock.elapsed();
    let clock = Instant::now();
    let few = &quarter[..quarter.len().min(4)];
    how.by_the_general_route().group_sums(&model, few)?;
    let general = few.len() as f64 / clock.elapsed().as_secs_f64();
    let per = |time: Duration, sequences: u64| time.as_secs_f64() / sequences as f64;
    let spent_each = per(spent, options.sequences);
    let (operations, rate) = (operations(model.config(), &masked[0]), product_rate());
    let answer = serde_json::json!({
        "seconds": spent.as_secs_f64(),
        "sequences_per_second": 1.0 / spent_each,
        "sequences_per_second_one_by_one": general,
        "over_plain_backward": spent_each / per(plain, options.quarter()),
        "sign_draw_over_plain_backward": per(draw, options.quarter()) / per(plain, options.quarter()),
        "peak_over_plain_backward": peak / plain_peak,
        "plain_peak_mb": plain_peak,
        "gigaflop_per_sequence": operations / 1e9,
        "product_gigaflop_per_second": rate / 1e9,
        "fraction_of_product_rate": operations / spent_each / rate,
        "squares": squares(&options, &sums, &diagonal)?,
    });
    println!("{answer}");
    Ok(())
}

impl Options {
    /// The sequences that the bound and the draw of signs are timed on.
    fn quarter(&self) -> u64 {
        (self.sequences / 4).max(1)
    }
}

/// Operations of a forward and a plain backward pass over one sequence, those of the matrix
/// products.
///
/// The per-sequence squares replace the products of the weights' gradients and take at most as
/// many.
fn operations(config: &Config, sequence: &Masked) -> f64 {
    let [h, inner, layers, v] = [
        config.hidden_size,
        config.intermediate_size,
        config.num_hidden_layers,
        config.vocab_size,
    ]
    .map(|size| size as f64);
    let (time, masked) = (sequence.ids.len() as f64, sequence.positions.len() as f64);
    let linears = layers * time * (4.0 * h * h + 2.0 * h * inner) + masked * (h * h + h * v);
    // Forward two products of T × T × H; backward four, and the scores once more.
    let attention = layers * 7.0 * time * time * h;
    2.0 * (3.0 * linears + attention)
}

/// Operations a second of the matrix product at the shape of a feed-forward layer, on all threads.
fn product_rate() -> f64 {
    let (m, k, n) = (1024, 256, 512);
    let (a, b) = (vec![0.5; m * k], vec![0.5; k * n]);
    let multiply = || {
        let (a, b) = (Matrix::row_major(&a, m, k), Matrix::row_major(&b, k, n));
        std::hint::black_box(product(a, b, Threads::All));
    };
    (0..20).for_each(|_| multiply());
    let clock = Instant::now();
    (0..100).for_each(|_| multiply());
    100.0 * 2.0 * (m * k * n) as f64 / clock.elapsed().as_secs_f64()
}

/// The highest memory of this process so far.
fn peak_mb() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kb
        .context("a peak in /proc/self/status")?
        .trim()
        .parse::<f64>()?
        / 1024.0)
}

/// The bound: the same passes with the gradients of the parameters and nothing else.
fn plain_backward(options: &Options, model: &MaskedLm, masked: &[Masked]) -> Result<Duration> {
    let model = model.clone().train();
    let clock = Instant::now();
    for masked in masked.chunks(options.batch) {
        let logits = model.logits_at_masked(masked, &Pass::default())?;
        let logits = logits.context("every sequence of the peer has masked tokens")?;
        let targets = masked.iter().flat_map(|m| &m.targets);
        let targets: Vec<i32> = targets.map(|&t| t as i32).collect();
        let shape = [targets.len()];
        let targets =
            Tensor::<1, Int>::from_data(TensorData::new(targets, shape), &logits.device());
        let _ = cross_entropy(logits, targets).sum().backward();
    }
    Ok(clock.elapsed())
}

/// Sums of squares of embeddings, transformer and head; of the diagonal its three largest tables
/// too.
fn squares(options: &Options, sums: &GroupSums, diagonal: &Diagonal) -> Result<Vec<f64>> {
    if options.turn.case.starts_with("groups") {
        let shares = sums.shares(RoleGrouping::Three)?;
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
