//! Which measures follow the entropy of the data, and which follow what was not learned of it?
//! Trains small ensembles on a grid of sources whose entropy and perfect predictor are known:
//! entropy by distance of the information.
//!
//! `cargo run --release --example entropy_sweep -- --help`

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_bert::Budget;
use dissensus_ensemble::Existing;
use dissensus_study::{
    Grid, StudyProgress, SweepOutcome, run_card, sweep, sweep_findings, sweep_tables, write_sweep,
};
use dissensus_workbench::{Computing, Ending, Given, Job, Output, program};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Small ensembles on a grid of known sources.
#[derive(Parser)]
#[command(version)]
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
    /// Continue a sweep that was interrupted
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(run)
}

fn run(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    // Every cell is a run of its own: those that an earlier sweep began are continued.
    let (held, existing) = (job.folder.exists(), Existing::Resume);
    anyhow::ensure!(
        arguments.resume || !held,
        "{} exists; continue it with --resume, or give another --out",
        job.folder.display()
    );
    let devices = job.devices(&arguments.computing)?;
    let mut grid = grid(arguments);
    grid.study = grid.study.shared_by(devices.count());
    let folder = job.folder.clone();
    let mut growing = job.grow(StudyProgress::of_sweep(&grid, &folder));
    let outcome = sweep(&grid, &folder, &devices, existing, &mut growing)?;
    growing.finish(matches!(outcome, SweepOutcome::Finished(_)))?;
    let SweepOutcome::Finished(results) = outcome else {
        return Ok(job.interrupted());
    };
    let ended = job.end()?;
    let card = run_card(&results, Some(&ended.facts));
    let paths = write_sweep(&results, card, &ended.folder)?;
    ended.print(&Output {
        tables: sweep_tables(&results)?,
        findings: sweep_findings(&results)?,
        json: results.to_json()?,
        paths,
        ..Output::default()
    })
}

fn grid(arguments: &Arguments) -> Grid {
    let mut grid = Grid {
        entropies: arguments.entropies.clone(),
        distances: arguments.distances.clone(),
        ..Grid::default()
    };
    grid.study.members = arguments.members;
    grid.study.preset.clone_from(&arguments.preset);
    grid.study.seed = arguments.computing.seed;
    if let Some(steps) = arguments.steps {
        grid.study.training.budget = Budget::Steps(steps);
    }
    grid
}
