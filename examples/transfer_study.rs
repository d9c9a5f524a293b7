//! Was pretraining worth it? Trains one model a tokenizer, asks it and its random twins about tasks, frozen and fine-tuned, cell by cell.
//!
//! `cargo run --release --example transfer_study -- --help`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use clap::Parser;
use dissensus_bert::{Recipe, device};
use dissensus_report::RunCard;
use dissensus_study::{
    Architecture, Arm, FolderModel, Share, TransferInput, TransferOptions, transfer_cells,
    transfer_findings, transfer_results, transfer_tables, write_transfer,
};
use dissensus_transfer::TransferArm;
use dissensus_workbench::{
    Bars, Common, Computing, Ending, Given, Record, Signals, Terminal, program,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Pretrained models against their random twins.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A folder with a task in each file or folder (tables, FASTA, manifests, published benchmarks); without it, built-in tasks
    #[arg(long)]
    tasks: Option<PathBuf>,
    /// FASTA files to pretrain on (plain, gz, zst); without any, the source of the built-in tasks
    #[arg(long, num_args = 1..)]
    dna: Vec<PathBuf>,
    /// Tokenizers of what is pretrained: dna-char, dna-kmer, dna-bpe; all by default, none where folders are given
    #[arg(long, num_args = 1..)]
    tokenizers: Option<Vec<Arm>>,
    /// Folders of models that are there already, published or trained here, each as FOLDER or NAME=FOLDER
    #[arg(long, num_args = 1..)]
    model: Vec<String>,
    /// What is pretrained: bert, whose positions are learnt, or rotary, as the Nucleotide Transformer v2 [default: bert, --quick: rotary]
    #[arg(long)]
    architecture: Option<Architecture>,
    /// What weights come from: pretrained, random, no-transformer, shuffled, task-sequences
    #[arg(long, num_args = 1..)]
    arms: Option<Vec<TransferArm>>,
    /// micro, tiny, 4m, 20m or 90m
    #[arg(long)]
    preset: Option<String>,
    /// How to pretrain: efficient, paper or learnt-positions
    #[arg(long, default_value_t = Recipe::default())]
    recipe: Recipe,
    /// Bases that each model is pretrained on
    #[arg(long)]
    bases: Option<u64>,
    /// Bases of a window; longer sequences of tasks are cut to their middle
    #[arg(long)]
    window: Option<usize>,
    /// Seeds of each cell, and random twins
    #[arg(long)]
    seeds: Option<u64>,
    /// Rows of a task at most, drawn at random
    #[arg(long, default_value_t = 2000)]
    rows: usize,
    /// Folds of a task that has no split of its own
    #[arg(long, default_value_t = 3)]
    folds: usize,
    /// Passes of fine-tuning over the training rows, at most
    #[arg(long)]
    epochs: Option<u64>,
    /// Learning rates of fine-tuning, of which validation chooses
    #[arg(long, num_args = 1..)]
    rates: Option<Vec<f64>>,
    /// Ask frozen features alone
    #[arg(long)]
    frozen: bool,
    /// Make every so many-th cell, as 0/4; whoever finds all of them made writes the results
    #[arg(long, default_value_t = Share::default())]
    share: Share,
    /// Continue a study that was interrupted, or share one
    #[arg(long)]
    resume: bool,
    /// About a minute, to see that everything works
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    computing: Computing,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "transfer_study";

fn main() -> ExitCode {
    program(run)
}

fn run(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let folder = arguments.common.folder(NAME);
    let (held, path) = (folder.join("cells").exists(), folder.display());
    ensure!(
        arguments.resume || !held,
        "{path} holds a study; continue it with --resume, or give another --out"
    );
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, &arguments.computing.device);
    record.files(arguments.dna.iter().chain(&arguments.tasks))?;
    let device = device(&arguments.computing.device)?;
    let mut bars = Bars::new("", &arguments.common, signals);
    bars.begin("reading");
    let options = options(arguments, &device)?;
    let data = input(arguments).read(&options)?;
    let share = arguments.share;
    if !transfer_cells(&options, &data, &folder, share, &device, &mut bars)? {
        bars.say(&format!("saved in {path}; continue with --resume"));
        return Ok(Ending::Interrupted);
    }
    let found = transfer_results(&options, &data, &folder, &device, &mut bars)?;
    record.tokens(bars.tokens_read);
    drop(bars);
    let Some(found) = found else {
        terminal.line("this share is made; other shares are not yet")?;
        return Ok(Ending::Finished);
    };
    record.checksum("study", &options.study(&data));
    let facts = record.end(&folder)?;
    let card = RunCard::new("", &facts.command.join(" "));
    let paths = write_transfer(&found, card, &folder)?;
    terminal.tables(&transfer_tables(&found)?)?;
    terminal.findings(&transfer_findings(&found))?;
    terminal.results(&serde_json::to_string_pretty(&found)?)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}

fn options(arguments: &Arguments, device: &Device) -> Result<TransferOptions> {
    let mut options = TransferOptions::default();
    if arguments.quick {
        options = options.quick();
    }
    options.recipe = arguments.recipe.clone();
    options.seed = arguments.computing.seed;
    let folders = arguments.model.iter().map(|given| folder(given, device));
    options.folders = folders.collect::<Result<_>>()?;
    if !options.folders.is_empty() {
        options.tokenizers = Vec::new();
    }
    let set = arguments.tokenizers.clone();
    options.tokenizers = set.unwrap_or(options.tokenizers);
    options.architecture = arguments.architecture.unwrap_or(options.architecture);
    options.arms = arguments.arms.clone().unwrap_or(options.arms);
    options.preset = arguments.preset.clone().unwrap_or(options.preset);
    options.pretrain_bases = arguments.bases.unwrap_or(options.pretrain_bases);
    options.window = arguments.window.unwrap_or(options.window);
    options.seeds = arguments.seeds.unwrap_or(options.seeds);
    if let Some(tune) = options.fine_tune.take().filter(|_| !arguments.frozen) {
        let rates = arguments.rates.clone().unwrap_or(tune.rates.clone());
        let epochs = arguments.epochs.unwrap_or(tune.epochs);
        let patience = tune.patience;
        options.fine_tune = Some(tune.with_rates(rates).with_epochs(epochs, patience));
    }
    Ok(options)
}

/// A model given as `FOLDER` or `NAME=FOLDER`.
fn folder(given: &str, device: &Device) -> Result<FolderModel> {
    let (name, folder) = given.split_once('=').unwrap_or(("", given));
    let model = FolderModel::open(folder, device).with_context(|| folder.to_owned())?;
    Ok(match name {
        "" => model,
        name => model.with_name(name),
    })
}

fn input(arguments: &Arguments) -> TransferInput {
    let mut input = TransferInput::default();
    if arguments.quick {
        input = input.quick();
    }
    input.dna.clone_from(&arguments.dna);
    input.tasks.clone_from(&arguments.tasks);
    (input.rows, input.folds) = (arguments.rows, arguments.folds);
    input
}
