//! The measures of the study on Hugging Face folders that somebody else trained.
//!
//! `cargo run --release --example audit_checkpoints -- --dna genome.fa.gz MODEL_A MODEL_B MODEL_C`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use dissensus_bert::device;
use dissensus_input::{FramingChoice, Modality};
use dissensus_measure::{AnalysisParams, AuditParams, Input, MeasureParams, audit};
use dissensus_study::{findings, headline, of_ensemble, open_checkpoint, run_card, write};
use dissensus_workbench::{
    Bars, Common, Computing, Ending, Given, Reading, Record, Signals, Terminal, program,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Audits masked-language models, BERT and the published families: each folder has config.json, weights and a tokenizer. Models that
/// can be compared are one ensemble; a model without layers among others that have some is their control.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Hugging Face folders, one a member
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// A text file to measure on; once for each file
    #[arg(long, value_name = "FILE", conflicts_with = "dna")]
    text: Vec<PathBuf>,
    /// A FASTA file to measure on; once for each file
    #[arg(long, value_name = "FILE")]
    dna: Vec<PathBuf>,
    /// Measure on the built-in source of this kind instead: text or dna
    #[arg(long)]
    built_in: Option<Modality>,
    /// Measure on all of the files, not only on the end that the split of a study keeps for it
    #[arg(long)]
    whole: bool,
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
    reading: Reading,
    #[command(flatten)]
    computing: Computing,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "audit_checkpoints";

fn main() -> ExitCode {
    program(run)
}

fn run(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let folder = arguments.common.folder(NAME);
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, &arguments.computing.device);
    let params = params(arguments)?;
    let read = arguments.folders.iter().chain(&arguments.text);
    record.files(read.chain(&arguments.dna))?;
    let device = device(&arguments.computing.device)?;
    let mut bars = Bars::new("audited", &arguments.common, signals);
    let results = audit(&params, &open_checkpoint, &device, &mut bars)?;
    for note in results.ensembles.iter().flat_map(|e| &e.notes) {
        bars.say(&format!("note: {note}"));
    }
    drop(bars);
    let card = run_card(&results, Some(&record.end(&folder)?));
    let paths = write(&results, &[], card, &folder)?;
    let tables = results.ensembles.iter().map(of_ensemble);
    let tables = std::iter::once(headline(&results)).chain(tables);
    terminal.tables(&tables.collect::<Result<Vec<_>, _>>()?)?;
    terminal.findings(&findings(&results))?;
    terminal.results(&results.to_json()?)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}

fn params(arguments: &Arguments) -> Result<AuditParams> {
    let (modality, input) = input(arguments)?;
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

fn input(arguments: &Arguments) -> Result<(Modality, Input)> {
    let built_in = Input::BuiltIn {
        symbols: 400_000,
        seed: 1,
    };
    let files = |paths: &[PathBuf], modality| {
        let params = arguments
            .reading
            .params(modality)
            .with_whole(arguments.whole);
        let paths = paths.to_vec();
        (modality, Input::Files { paths, params })
    };
    let Arguments { text, dna, .. } = arguments;
    Ok(match (&text[..], &dna[..], arguments.built_in) {
        ([], [], Some(modality)) => (modality, built_in),
        ([], [], None) => {
            bail!("nothing to measure on: give --text FILE, --dna FILE or --built-in text|dna")
        }
        (text, [], None) => files(text, Modality::Text),
        ([], dna, None) => files(dna, Modality::Dna),
        _ => bail!("--built-in cannot be combined with files"),
    })
}
