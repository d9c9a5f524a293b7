//! Which measures follow the entropy of the data, and which follow what was not learned of it? Trains small ensembles on a grid of
//! sources whose entropy and perfect predictor are known: entropy by distance of the information.
//!
//! `cargo run --release --example entropy_sweep -- --help`

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_bert::{Budget, device};
use dissensus_ensemble::Existing;
use dissensus_study::{
    Grid, SweepOutcome, run_card, sweep, sweep_findings, sweep_tables, write_sweep,
};
use dissensus_workbench::{
    Bars, Common, Computing, Ending, Given, Record, Signals, Terminal, program,
};

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
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "entropy_sweep";

fn main() -> ExitCode {
    program(run)
}

fn run(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let folder = arguments.common.folder(NAME);
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, &arguments.computing.device);
    // Every cell is a run of its own: those that an earlier sweep began are continued.
    let (held, existing) = (folder.exists(), Existing::Resume);
    anyhow::ensure!(
        arguments.resume || !held,
        "{} exists; continue it with --resume, or give another --out",
        folder.display()
    );
    let device = device(&arguments.computing.device)?;
    let mut bars = Bars::new("", &arguments.common, signals);
    let results = match sweep(&grid(arguments), &folder, &device, existing, &mut bars)? {
        SweepOutcome::Finished(results) => results,
        SweepOutcome::Interrupted => {
            bars.say(&format!(
                "saved in {}; continue with --resume",
                folder.display()
            ));
            return Ok(Ending::Interrupted);
        }
    };
    record.tokens(bars.tokens_read);
    drop(bars);
    let card = run_card(&results, Some(&record.end(&folder)?));
    let paths = write_sweep(&results, card, &folder)?;
    terminal.tables(&sweep_tables(&results)?)?;
    terminal.findings(&sweep_findings(&results)?)?;
    terminal.results(&results.to_json()?)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
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
