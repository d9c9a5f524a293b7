//! The main job: trains ensembles on text and DNA, measures how flat, how unsure and how alike
//! their members are, untrained and trained, against chance, and writes a report.
//!
//! `cargo run --release --example entropy_study -- --help`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_ensemble::Existing;
use dissensus_input::Modality;
use dissensus_study::{Options, StudyOutcome, StudyPart, StudyProgress, run_part};
use dissensus_workbench::{Computing, Ending, Given, Job, Parts, Reading, StudySettings, program};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Entropy and disagreement of masked-language models of text and DNA.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Text files (txt, jsonl, csv; plain, gz, zst); without any, the built-in text-like source
    #[arg(long, num_args = 1..)]
    text: Vec<PathBuf>,
    /// FASTA files (plain, gz, zst); without any, the built-in DNA-like source
    #[arg(long, num_args = 1..)]
    dna: Vec<PathBuf>,
    /// Half a minute: two small members an arm, that have learned most of what there is to learn
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    settings: StudySettings,
    #[command(flatten)]
    parts: Parts,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(study)
}

fn study(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    job.reads(arguments.text.iter().chain(&arguments.dna))?;
    let devices = job.devices(&arguments.computing)?;
    let options = options(arguments, &job).shared_by(devices.count());
    let part = arguments.parts.part();
    let existing = Existing::resume_if(arguments.parts.resume);
    let folder = job.folder.clone();
    let growing = job.grow(StudyProgress::of_study(&options, &folder));
    let mut growing = growing.alone(part == StudyPart::Whole);
    let outcome = run_part(&options, &part, &folder, &devices, existing, &mut growing)?;
    growing.finish(matches!(outcome, StudyOutcome::Finished(_)))?;
    let found = match outcome {
        StudyOutcome::Finished(found) => found,
        StudyOutcome::PartFinished => return Ok(Ending::Finished),
        StudyOutcome::Interrupted => return Ok(job.interrupted()),
    };
    for (ensemble, checksum) in &found.checksums {
        job.checksum(ensemble, checksum);
    }
    job.end()?.measured(&found.results, &found.losses)
}

/// The study's own options, with what was given in their place.
fn options(arguments: &Arguments, job: &Job) -> Options {
    let mut options = Options::default();
    if arguments.quick {
        options = options.quick();
    }
    let reading = &arguments.reading;
    options.text = reading.input_or(&arguments.text, Modality::Text, options.text);
    options.dna = reading.input_or(&arguments.dna, Modality::Dna, options.dna);
    options.seed = arguments.computing.seed;
    arguments.settings.training.announced(&job.bars);
    arguments.settings.apply(options)
}
