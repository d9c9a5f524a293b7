//! Which measures follow the entropy of the data, and which follow what was not learned of it? Trains small ensembles on a grid of
//! sources whose entropy and perfect predictor are known: entropy by distance of the information.
//!
//! `cargo run --release --example entropy_sweep -- --help`

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use dissensus_bert::{Budget, device};
use dissensus_ensemble::Existing;
use dissensus_study::{Grid, SweepOutcome, run_card, sweep, sweep_findings, write_sweep};

#[path = "support/bars.rs"]
mod bars;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Small ensembles on a grid of known sources.
#[derive(Parser)]
struct Arguments {
    /// Entropy rates of the sources, bits per letter
    #[arg(long, num_args = 1.., default_values_t = Grid::default().entropies)]
    entropies: Vec<f64>,
    /// Distances at which their information stands, letters
    #[arg(long, num_args = 1.., default_values_t = Grid::default().distances)]
    distances: Vec<usize>,
    /// Members of each ensemble
    #[arg(long, default_value_t = Grid::default().study.members)]
    members: usize,
    /// Training steps of each member
    #[arg(long)]
    steps: Option<u64>,
    /// micro, tiny, 4m, 20m, 90m or no_transformer
    #[arg(long, default_value = "tiny")]
    preset: String,
    /// cpu, ndarray, cuda, wgpu or vulkan, the last three also as cuda:N
    #[arg(long, env = "BURN_DEVICE", default_value = "cpu")]
    device: String,
    /// Seed of everything
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder of the cells and the results
    #[arg(long, default_value = "runs/entropy_sweep")]
    out: PathBuf,
    /// Continue a sweep that was broken off
    #[arg(long)]
    resume: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let mut grid = Grid {
        entropies: arguments.entropies.clone(),
        distances: arguments.distances.clone(),
        ..Grid::default()
    };
    grid.study.members = arguments.members;
    grid.study.preset.clone_from(&arguments.preset);
    grid.study.seed = arguments.seed;
    if let Some(steps) = arguments.steps {
        grid.study.training.budget = Budget::Steps(steps);
    }
    // Every cell is a run of its own: those that an earlier sweep began are continued.
    let (held, existing) = (arguments.out.exists(), Existing::Resume);
    anyhow::ensure!(
        arguments.resume || !held,
        "{} exists; continue it with --resume",
        arguments.out.display()
    );
    let device = device(&arguments.device)?;
    let mut bars = bars::Bars::new("")?;
    let results = match sweep(&grid, &arguments.out, &device, existing, &mut bars)? {
        SweepOutcome::Finished(results) => results,
        SweepOutcome::BrokenOff => {
            println!(
                "saved in {}; continue with --resume",
                arguments.out.display()
            );
            return Ok(());
        }
    };
    for finding in sweep_findings(&results)? {
        println!("{finding}");
    }
    for path in write_sweep(&results, run_card(&results, None), &arguments.out)? {
        println!("wrote {}", path.display());
    }
    let about = serde_json::json!({
        "seconds": began.elapsed().as_secs_f64(),
        "device": arguments.device,
        "threads": std::thread::available_parallelism().map_or(1, usize::from),
        "command": std::env::args().collect::<Vec<_>>(),
    });
    let path = arguments.out.join("run.json");
    std::fs::write(&path, format!("{about:#}\n")).with_context(|| path.display().to_string())
}
