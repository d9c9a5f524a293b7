//! Our side of `benches/peers/tokenize`: training and encoding of DNA.

use std::time::Instant;

use anyhow::Result;
use dissensus_tokenize::{Bpe, BpeParams, Error, Kmer, Layout, Tokenizer};
use serde_json::{Value, json};

use crate::turn::Turn;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    #[arg(long)]
    vocabulary: usize,
    /// The input is prepared already.
    #[arg(long, hide = true)]
    fasta: String,
    #[arg(long, hide = true)]
    bases: usize,
    #[arg(long, hide = true)]
    window: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let text = std::fs::read_to_string(options.turn.work.join("dna.txt"))?;
    let windows: Vec<&str> = text.split('\n').collect();
    let answer = match options.turn.case.as_str() {
        "encode-kmer" => encode(&options, &windows, &Kmer::new(6, Layout::Standard)?)?,
        "encode-bpe" => encode(&options, &windows, &bpe(&options, &windows)?)?,
        _ => train(&options, &windows)?,
    };
    println!("{answer}");
    Ok(())
}

fn bpe(options: &Options, windows: &[&str]) -> Result<Bpe, Error> {
    let params = BpeParams {
        vocabulary_size: options.vocabulary,
        ..BpeParams::default()
    };
    Bpe::train(windows, params)
}

fn train(options: &Options, windows: &[&str]) -> Result<Value> {
    let clock = Instant::now();
    let bpe = bpe(options, windows)?;
    let seconds = clock.elapsed().as_secs_f64();
    let merges: Vec<String> = bpe
        .merges()
        .map(|(left, right)| format!("{left} {right}"))
        .collect();
    Ok(json!({"seconds": seconds, "tokens": bpe.vocabulary().tokens(), "merges": merges}))
}

/// Encodes with two threads, as the peer does, and leaves the tokenizer for it.
fn encode(options: &Options, windows: &[&str], tokenizer: &dyn Tokenizer) -> Result<Value> {
    tokenizer.save(&options.turn.work.join("tokenizer.json"))?;
    let clock = Instant::now();
    let (first, second) = windows.split_at(windows.len() / 2);
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| ids(tokenizer, second));
        (ids(tokenizer, first), other.join())
    });
    let second = second.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let seconds = clock.elapsed().as_secs_f64();
    let (mut tokens, mut checksum) = (0u64, 0u64);
    for id in first?.into_iter().chain(second) {
        tokens += 1;
        checksum = (checksum + tokens * u64::from(id)) % (1 << 53);
    }
    Ok(json!({"seconds": seconds, "tokens": tokens, "checksum": checksum}))
}

fn ids(tokenizer: &dyn Tokenizer, windows: &[&str]) -> Result<Vec<u32>, Error> {
    let mut ids = Vec::new();
    for window in windows {
        tokenizer.encode_ids(window, &mut ids)?;
    }
    Ok(ids)
}
