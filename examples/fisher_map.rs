//! Where the Fisher information of checkpoints sits, beside fresh models of the same shape.
//!
//! `fisher_map --model FOLDER… --data FILE…`: each folder is a checkpoint (config.json, weights,
//! tokenizer) or a run of members; all must share one tokenizer. Without arguments: a fresh tiny
//! model on uniform random tokens, seconds.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_bert::{Config, MaskedLm};
use dissensus_input::{Documents, Modality};
use dissensus_measure::{AnalysisParams, MeasuredModel, open_members};
use dissensus_study::{
    FisherSubjects, fisher_lines, fisher_map, member_folders, of_ensemble, open_checkpoint,
    run_card, uniform_sequences, write,
};
use dissensus_workbench::{Computing, Ending, FisherExample, Given, Job, Output, Reading, program};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where the Fisher information of a masked-language model sits.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Folders of checkpoints, or of runs with `member-N/trained` in them
    #[arg(long, num_args = 1.., requires = "data")]
    model: Vec<PathBuf>,
    /// Files to run them on, all of them: text, FASTA, CSV or JSONL
    #[arg(long, num_args = 1.., requires = "model")]
    data: Vec<PathBuf>,
    /// What the data are: text or dna; by default FASTA is DNA and all else text
    #[arg(long)]
    modality: Option<Modality>,
    /// Sequences at most
    #[arg(long, default_value_t = 64)]
    sequences: usize,
    /// Tokens of a sequence at most
    #[arg(long, default_value_t = 128)]
    length: usize,
    #[command(flatten)]
    example: FisherExample,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(run)
}

fn run(options: &Given<Options>, mut job: Job) -> Result<Ending> {
    let (seed, length) = (options.computing.seed, options.length);
    let folders = member_folders(&options.model)?;
    let models = options.example.models(folders.len());
    let devices = job.devices_of(&options.computing, models)?;
    job.reads(folders.iter().chain(&options.data))?;
    let mut params = options.example.params(seed);
    let (models, masked, tokens) = match &options.data[..] {
        files @ [_, ..] => {
            let members = open_members(&folders, &open_checkpoint, &devices)?;
            let modality = options.reading.modality(options.modality, files)?;
            let reading = options.reading.params(modality).with_whole(true);
            let documents = Documents::open(files, &reading)?;
            job.bars.say(&format!("read {}", documents.counts()));
            let sequences = members.sequences(&documents, length, options.sequences)?;
            job.bars.say(&sequences.counts.to_string());
            let asked = AnalysisParams::default()
                .with_sequences(options.sequences)
                .with_seed(seed);
            let set = members.analysis_set(&sequences, modality, &asked)?;
            (members.models, set.masked().to_vec(), set.tokens())
        }
        [] => {
            let config = Config::preset("tiny")?;
            let masked = uniform_sequences(config.vocab_size, options.sequences, length, seed)?;
            let model: Box<dyn MeasuredModel> =
                Box::new(MaskedLm::new(&config, seed, devices.first())?);
            params.subjects = FisherSubjects::Fresh;
            (vec![model], masked, config.vocab_size)
        }
    };
    let bars = &mut job.bars;
    let began = |name: &str| bars.begin(&format!("Fisher information, {name} models"));
    let results = fisher_map(&models, (&masked, tokens), &params, &devices, began)?;
    let ended = job.end()?;
    let card = run_card(&results, Some(&ended.facts));
    let paths = write(&results, &[], card, &ended.folder)?;
    let tables = results.ensembles.iter().map(of_ensemble);
    ended.print(&Output {
        tables: tables.collect::<Result<_, _>>()?,
        lines: fisher_lines(&results),
        json: results.to_json()?,
        paths,
        ..Output::default()
    })
}
