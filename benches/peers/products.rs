//! Our side of `benches/peers/products`: what the machine can do, matrix products and the copying
//! of memory.

use std::time::Instant;

use anyhow::{Result, ensure};
use dissensus_layers::product::{Bf16Way, Matrix, Precision, Threads, Update, product_into};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::sums::sums_of;
use crate::turn::Turn;

/// Elements that a thread copies at once.
const CHUNK: usize = 1 << 20;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    #[arg(long)]
    passes: usize,
    /// Of the array that is copied.
    #[arg(long)]
    megabytes: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let answer = match options.turn.case.split_once('-') {
        None => copy(&options),
        Some((precision, _)) => multiply(&options, precision)?,
    };
    println!("{answer}");
    Ok(())
}

fn copy(options: &Options) -> Value {
    let a = vec![1.0f32; options.megabytes << 18];
    let mut b = vec![0.0f32; a.len()];
    let seconds = fastest(options, || {
        let chunks = b.par_chunks_mut(CHUNK).zip(a.par_chunks(CHUNK));
        chunks.for_each(|(to, from)| to.copy_from_slice(from));
    });
    let rate = 2e-9 * size_of_val(&a[..]) as f64 / seconds;
    json!({ "seconds": seconds, "gigabytes_per_second": rate, "sums": sums_of(&b[..CHUNK.min(b.len())]) })
}

fn multiply(options: &Options, precision: &str) -> Result<Value> {
    let precision = match precision {
        "bf16" => Precision::Bf16,
        _ => Precision::Single,
    };
    let work = &options.turn.work;
    let [rows, columns, depth]: [usize; 3] =
        serde_json::from_slice(&std::fs::read(work.join("shape.json"))?)?;
    let bytes = std::fs::read(work.join("numbers.f32"))?;
    let words = bytes.as_chunks().0.iter();
    let numbers: Vec<f32> = words.map(|&word| f32::from_le_bytes(word)).collect();
    ensure!(
        numbers.len() == (rows + columns) * depth,
        "the input has another size"
    );
    let (a, b) = numbers.split_at(rows * depth);
    let a = Matrix::row_major(a, rows, depth).at(precision);
    let b = Matrix::row_major(b, depth, columns).at(precision);
    let mut c = vec![0.0; rows * columns];
    let seconds = fastest(options, || {
        product_into(&mut c, columns, a, b, Update::Overwrite, Threads::All);
    });
    let rate = 2e-9 * (rows * columns * depth) as f64 / seconds;
    let way = Bf16Way::of_this_cpu().to_string();
    Ok(json!({ "seconds": seconds, "gigaflop_per_second": rate, "bf16": way, "sums": sums_of(&c) }))
}

/// Seconds of the fastest pass.
fn fastest(options: &Options, mut pass: impl FnMut()) -> f64 {
    (0..3).for_each(|_| pass());
    let timed = (0..options.passes).map(|_| {
        let clock = Instant::now();
        pass();
        clock.elapsed().as_secs_f64()
    });
    timed.fold(f64::INFINITY, f64::min)
}
