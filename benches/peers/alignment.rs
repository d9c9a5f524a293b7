//! Our side of `benches/peers/alignment`: every measure of every pair in one comparison.

use std::time::Instant;

use anyhow::Result;
use dissensus_alignment::{ComparisonParams, EmbeddingTable, EmbeddingTables, Pair, compare};

use crate::turn::Turn;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    #[arg(long)]
    members: usize,
    #[arg(long)]
    rows: usize,
    #[arg(long)]
    dimension: usize,
    #[arg(long)]
    peer_pairs: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let bytes = std::fs::read(options.turn.work.join("tables.f32"))?;
    let values: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let members: Vec<EmbeddingTable> = values
        .chunks_exact(options.rows * options.dimension)
        .map(|table| EmbeddingTable::new(table.to_vec(), options.dimension))
        .collect::<Result<_, _>>()?;
    let clock = Instant::now();
    let tables = EmbeddingTables::new(members)?;
    let found = compare(&tables, &ComparisonParams::for_rows(options.rows))?;
    let seconds = clock.elapsed().as_secs_f64();
    let pairs: Vec<_> = found
        .pairs
        .iter()
        .take(options.peer_pairs)
        .map(answer)
        .collect();
    println!(
        "{}",
        serde_json::json!({ "seconds": seconds, "pairs": pairs })
    );
    Ok(())
}

/// The published direction and estimators, by which the peer's numbers are checked.
fn answer(pair: &Pair) -> serde_json::Value {
    let overlap: Vec<f64> = pair.overlap.iter().map(|o| o.score.value).collect();
    let spearman: Vec<Option<f64>> = pair.spearman.iter().map(|s| s.forward).collect();
    serde_json::json!({
        "overlap": overlap,
        "spearman": spearman,
        "disparity": pair.procrustes.map(|p| p.disparity.value),
        "cosine": pair.procrustes.map(|p| p.cosine.value),
        "linear_cka": pair.linear_cka.map(|c| c.biased.value),
        "rbf_cka": pair.gaussian_cka.map(|c| c.biased.value),
    })
}
