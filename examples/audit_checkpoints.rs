//! The measures of the study on Hugging Face folders that somebody else trained.
//!
//! `cargo run --release --example audit_checkpoints -- --dna genome.fa.gz MODEL_A MODEL_B MODEL_C`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_input::FramingChoice;
use dissensus_measure::{AnalysisParams, AuditParams, Input, MeasureParams, audit};
use dissensus_study::open_checkpoint;
use dissensus_workbench::{Computing, Ending, Given, Job, MeasuredOn, Reading, program};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Audits masked-language models, BERT and the published families: each folder has config.json,
/// weights and a tokenizer. Models that can be compared are one ensemble; a model without layers
/// among others that have some is their control, and the fraction learned is said.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Hugging Face folders, one a member
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Frame sequences with <CLS> and <SEP>, whatever the tokenizer's own post-processor says
    #[arg(long)]
    cls_sep: bool,
    /// Sequences that predictions are measured on
    #[arg(long, default_value_t = 128)]
    analysis_sequences: usize,
    /// Fraction of the tokens that is masked
    #[arg(long, default_value_t = 0.1)]
    mask_rate: f64,
    /// Sequences that the Fisher information is measured on; 0 leaves it out
    #[arg(long, default_value_t = 64)]
    fisher_sequences: usize,
    /// Fraction masked under the Fisher information, if another
    #[arg(long)]
    fisher_mask_rate: Option<f64>,
    /// Batch sizes of the Fisher information of mean gradients, beside that of each sequence
    #[arg(long, value_name = "SIZE", value_delimiter = ',')]
    fisher_batches: Vec<usize>,
    /// Sequences that the use of context is measured on; 0 leaves it out
    #[arg(long, default_value_t = 64)]
    context_sequences: usize,
    /// Leave out of the input tables the tokens that the sequences do not have
    #[arg(long)]
    drop_unseen: bool,
    /// Positions of a sequence; by default what the models have, at most 512
    #[arg(long)]
    max_length: Option<usize>,
    #[command(flatten)]
    on: MeasuredOn,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(run)
}

fn run(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    let params = params(arguments)?;
    job.reads(arguments.folders.iter().chain(arguments.on.files()))?;
    let models = arguments.folders.len() + 1; // the last with its twin behind it
    let devices = job.devices_of(&arguments.computing, models)?;
    let results = audit(&params, &open_checkpoint, &devices, &mut job.bars)?;
    for note in results.ensembles.iter().flat_map(|e| &e.notes) {
        job.bars.say(&format!("note: {note}"));
    }
    job.end()?.measured(&results, &[])
}

fn params(arguments: &Arguments) -> Result<AuditParams> {
    let built_in = Input::built_in(400_000, 1);
    let (modality, input) = arguments.on.input(&arguments.reading, built_in)?;
    let mut params = AuditParams::new(arguments.folders.clone(), modality, input);
    params.analysis = AnalysisParams::default()
        .with_sequences(arguments.analysis_sequences)
        .with_mask_rate(arguments.mask_rate)
        .with_seed(arguments.computing.seed);
    params.measures = MeasureParams::default()
        .with_fisher_sequences(arguments.fisher_sequences)
        .with_fisher_mask_rate(arguments.fisher_mask_rate)
        .with_fisher_batches(arguments.fisher_batches.clone())
        .with_context_sequences(arguments.context_sequences)
        .with_drop_unseen(arguments.drop_unseen);
    params.max_length = arguments.max_length;
    if arguments.cls_sep {
        params.framing = FramingChoice::ClsSep;
    }
    Ok(params)
}
