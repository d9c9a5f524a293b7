//! Our side of `benches/peers/tokenize`: training and encoding of DNA.

use std::time::{Duration, Instant};

use anyhow::Result;
use dissensus_tokenize::{Bpe, BpeParams, Character, Error, Kmer, Layout, Tokenizer};
use serde_json::{Value, json};

use crate::turn::Turn;

/// Bases that byte pairs are learned from before something is encoded with them.
const LEARNED_FROM: usize = 4_000_000;

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
    #[arg(long)]
    window: usize,
    /// Bases that the peer encodes; 0: all.
    #[arg(long)]
    peer_bases: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let text = std::fs::read_to_string(options.turn.work.join("dna.txt"))?;
    let windows: Vec<&str> = text.split('\n').collect();
    let learned_from = &windows[..windows.len().min(LEARNED_FROM.div_ceil(options.window))];
    let answer = match options.turn.case.as_str() {
        "encode-kmer" => encode(&options, &windows, &Kmer::new(6, Layout::Standard)?)?,
        "encode-char" => encode(&options, &windows, &Character::dna(Layout::Standard)?)?,
        "encode-bpe" => encode(&options, &windows, &bpe(&options, learned_from)?)?,
        _ => train(&options, &windows)?,
    };
    println!("{answer}");
    Ok(())
}

fn bpe(options: &Options, windows: &[&str]) -> Result<Bpe, Error> {
    let params = BpeParams::default().with_vocabulary_size(options.vocabulary);
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
    let (first, second) = windows.split_at(windows.len() / 2);
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| Encoded::of(tokenizer, second));
        (Encoded::of(tokenizer, first), other.join())
    });
    let second = second.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let spent = [first?.spent, second.spent].map(|spent| spent.as_secs_f64());
    let bases: usize = windows.iter().map(|window| window.len()).sum();
    let of_peer = match options.peer_bases.div_ceil(options.window) {
        0 => windows,
        part => &windows[..part.min(windows.len())],
    };
    let encoded = Encoded::of(tokenizer, of_peer)?;
    Ok(json!({
        "seconds": spent[0].max(spent[1]),
        "megabytes_per_second_per_thread": 1e-6 * bases as f64 / (spent[0] + spent[1]),
        "tokens": encoded.tokens,
        "checksum": encoded.checksum % (1 << 53),
    }))
}

/// What is kept of ids.
#[derive(Default)]
struct Encoded {
    spent: Duration,
    tokens: u64,
    /// Each id times its place, the first of which is 1.
    checksum: u128,
}

impl Encoded {
    /// Of all windows, one after the other in the same memory.
    fn of(tokenizer: &dyn Tokenizer, windows: &[&str]) -> Result<Self, Error> {
        let (mut encoded, mut ids) = (Self::default(), Vec::new());
        for window in windows {
            ids.clear();
            let clock = Instant::now();
            tokenizer.encode_ids(window, &mut ids)?;
            encoded.spent += clock.elapsed();
            for &id in &ids {
                encoded.tokens += 1;
                encoded.checksum += u128::from(encoded.tokens) * u128::from(id);
            }
        }
        Ok(encoded)
    }
}
