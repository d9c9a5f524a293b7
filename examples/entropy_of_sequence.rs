//! Every model-free estimate of the entropy of FASTA or text files, beside those of their
//! surrogates.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use dissensus_input::{Documents, Modality};
use dissensus_report::Results;
use dissensus_study::{SurveyedSequence, run_card, sequences_json, write_sequences};
use dissensus_workbench::{Ending, Given, Job, Output, Reading, program};

/// Prints every estimate of the entropy of each file in bits per base or character, beside a
/// shuffle that keeps single letters, one that keeps words of three, and an order-5 resample;
/// writes table, JSON and figure.
///
/// DNA is upper-cased, U counts as T, and all but A, C, G, T interrupts, a run of N once. Text is
/// cleaned and lower-cased; its 63 most frequent letters are letters, all others one more.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// FASTA, text, JSONL or tables, plain, .gz or .zst.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What the files hold: text or dna; by default FASTA is DNA and all else text.
    #[arg(long)]
    modality: Option<Modality>,
    /// Symbols read from each file.
    #[arg(long, default_value_t = 1_000_000)]
    symbols: usize,
    /// Seed of the surrogates.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    reading: Reading,
}

fn main() -> ExitCode {
    program(estimate)
}

fn estimate(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    job.reads(&arguments.files)?;
    let mut found = Vec::new();
    for file in &arguments.files {
        job.bars.begin(&file.display().to_string());
        let file_alone = std::slice::from_ref(file);
        let modality = arguments.reading.modality(arguments.modality, file_alone)?;
        let params = arguments.reading.params(modality).with_whole(true);
        let documents = Documents::open(file_alone, &params)?;
        job.bars.say(&format!("read {}", documents.counts()));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let surveyed = SurveyedSequence::new(name, &documents, arguments.symbols, arguments.seed);
        found.push(surveyed.with_context(|| file.display().to_string())?);
    }
    let ended = job.end()?;
    let card = run_card(&Results::new(Vec::new()), Some(&ended.facts));
    let paths = write_sequences(&found, card, &ended.folder)?;
    let tables = found.iter().map(|found| Ok(found.table()?.to_string()));
    ended.print(&Output {
        lines: tables.collect::<Result<_>>()?,
        json: sequences_json(&found)?,
        paths,
        ..Output::default()
    })
}
