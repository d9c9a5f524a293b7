//! What is each part of the recipe worth? Trains small models by the recipe and with one part of it
//! changed, each for as many seconds of the processor, on sources that the study does not use.
//!
//! `cargo run --release --example recipe_sweep -- --help`

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_study::{Arm, RecipeSweep, recipe_sweep, recipe_table, write_recipes};
use dissensus_workbench::{Computing, Ending, Given, Job, Output, processor_seconds, program};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Recipes beside each other in equal time. A sweep that was interrupted goes on when it is started
/// again with the same --out.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Ensembles to train for: text-bpe, text-bpe-spaces, dna-bpe, dna-kmer, dna-char
    #[arg(long, num_args = 1.., default_values_t = RecipeSweep::default().arms)]
    arms: Vec<Arm>,
    /// Seeds of sources, weights, order and masks
    #[arg(long, num_args = 1.., default_values_t = RecipeSweep::default().seeds)]
    seeds: Vec<u64>,
    /// Seconds of the processor that each model trains
    #[arg(long, default_value_t = RecipeSweep::default().seconds)]
    seconds: f64,
    /// micro, tiny, 4m, 20m or 90m
    #[arg(long, default_value = "micro")]
    preset: String,
    /// Only the parts whose name has this in it, beside the whole recipe
    #[arg(long)]
    part: Option<String>,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(run)
}

fn run(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    let devices = job.devices(&arguments.computing)?;
    let (sweep, folder, bars) = (sweep(arguments), &job.folder, &mut job.bars);
    let found = recipe_sweep(&sweep, folder, &devices, &mut processor_seconds, bars)?;
    let Some(cells) = found else {
        bars.say(&format!(
            "saved in {}; start it again to continue",
            folder.display()
        ));
        return Ok(Ending::Interrupted);
    };
    let ended = job.end()?;
    let paths = write_recipes(&cells, &ended.folder)?;
    ended.print(&Output {
        lines: vec![recipe_table(&cells)?.to_string()],
        json: serde_json::to_string_pretty(&cells)?,
        paths,
        ..Output::default()
    })
}

fn sweep(arguments: &Arguments) -> RecipeSweep {
    let mut sweep = RecipeSweep {
        arms: arguments.arms.clone(),
        seeds: arguments.seeds.clone(),
        seconds: arguments.seconds,
        ..RecipeSweep::default()
    };
    sweep.study.preset.clone_from(&arguments.preset);
    if let Some(part) = &arguments.part {
        let first = sweep.variants[0].clone();
        sweep
            .variants
            .retain(|variant| *variant == first || variant.part.contains(part));
    }
    sweep
}
