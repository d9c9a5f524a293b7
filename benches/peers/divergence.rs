//! Our side of `benches/peers/divergence`: the measures of an ensemble, batch by batch.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use dissensus_divergence::{EnsembleDivergence, Settings, Summary};

use crate::turn::Turn;

/// Positions per batch: the input of a batch is 5 × 256 × 4096 × 4 bytes, 21 MB.
const BATCH: usize = 256;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    #[arg(long)]
    members: usize,
    #[arg(long)]
    vocabulary: usize,
    #[arg(long)]
    positions: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let (found, spent) =
        measure(&options).with_context(|| format!("case {}", options.turn.case))?;
    // The peer's numbers come mass by mass.
    let distance: Vec<Vec<f64>> = (0..found.masses.len())
        .map(|mass| found.by_pair(|pair| pair.js_distance_as_published[mass]))
        .collect();
    let answer = serde_json::json!({
        "seconds": spent.as_secs_f64(),
        "entropy_bits": found.by_member(|member| member.entropy_bits),
        "kl_to_uniform_bits": found.by_member(|member| member.kl_to_uniform_bits),
        "rank_curve": &found.rank_curve()[..10],
        "js_distance": distance,
    });
    println!("{answer}");
    Ok(())
}

/// Reads and measures batch after batch; the time is that of the measuring.
fn measure(options: &Options) -> Result<(Summary, Duration)> {
    let settings = Settings::new(options.members, options.vocabulary)
        .holtzman(false)
        .as_published(true);
    let mut ensemble = EnsembleDivergence::new(settings)?;
    let mut logits = File::open(options.turn.work.join("logits.f32"))?;
    let targets = read_targets(&options.turn.work.join("targets.u32"))?;
    let mut spent = Duration::ZERO;
    for start in (0..options.positions).step_by(BATCH) {
        let rows = BATCH.min(options.positions - start);
        let batch = (0..options.members)
            .map(|member| read_rows(&mut logits, options, member, start, rows))
            .collect::<Result<Vec<_>>>()?;
        let members: Vec<&[f32]> = batch.iter().map(Vec::as_slice).collect();
        let clock = Instant::now();
        ensemble.push(&members, &targets[start..start + rows])?;
        spent += clock.elapsed();
    }
    Ok((ensemble.finish()?, spent))
}

fn read_rows(
    file: &mut File,
    options: &Options,
    member: usize,
    start: usize,
    rows: usize,
) -> Result<Vec<f32>> {
    let row = member * options.positions + start;
    file.seek(SeekFrom::Start(4 * (row * options.vocabulary) as u64))?;
    let mut bytes = vec![0; 4 * rows * options.vocabulary];
    file.read_exact(&mut bytes)?;
    Ok(bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect())
}

fn read_targets(path: &Path) -> Result<Vec<u32>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect())
}
