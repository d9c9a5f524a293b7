//! The main job: trains ensembles on text and DNA, measures how flat, how unsure and how alike their members are,
//! untrained and trained, against chance, and writes a report.
//!
//! `cargo run --release --example entropy_study -- --help`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use burn::tensor::Device;
use clap::Parser;
use dissensus_bert::{Budget, Recipe, device};
use dissensus_ensemble::{Coupling, Existing};
use dissensus_input::Modality;
use dissensus_study::{
    Arm, Options, StudyOutcome, StudyResults, collect, findings, headline, measure_arms,
    of_ensemble, run, run_card, train_study_members, write,
};
use dissensus_workbench::{
    Bars, Common, Computing, Ending, Given, Parts, Reading, Record, Signals, Terminal, program,
};

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
    /// Ensembles to train: text-bpe, dna-bpe, dna-kmer, dna-char
    #[arg(long, num_args = 1.., default_values_t = Arm::STUDY_A)]
    arms: Vec<Arm>,
    /// micro, tiny, 4m, 20m, 90m or no_transformer; tiny by default, micro with --quick
    #[arg(long)]
    preset: Option<String>,
    /// How to train: efficient, paper or learnt-positions
    #[arg(long, default_value_t = Recipe::default())]
    recipe: Recipe,
    /// Members of each ensemble
    #[arg(long)]
    members: Option<usize>,
    /// Tokens that each member reads
    #[arg(long, conflicts_with = "epochs")]
    tokens: Option<u64>,
    /// Passes over the training set instead
    #[arg(long)]
    epochs: Option<u64>,
    /// Sequences a step
    #[arg(long)]
    batch: Option<usize>,
    /// Peak learning rate
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Positions of a sequence
    #[arg(long)]
    max_length: Option<usize>,
    /// Tokens that byte-pair encoding of text may have
    #[arg(long)]
    vocabulary: Option<usize>,
    /// Tokens that byte-pair encoding of DNA may have
    #[arg(long)]
    dna_vocabulary: Option<usize>,
    /// Bases of a k-mer
    #[arg(long)]
    kmer: Option<usize>,
    /// Fractions of the training at which the members are measured too
    #[arg(long, num_args = 0..)]
    along: Option<Vec<f64>>,
    /// Sequences that predictions are measured on
    #[arg(long)]
    analysis_sequences: Option<usize>,
    /// Steps between two looks at the Fisher information during training; none by default
    #[arg(long, default_value_t = 0)]
    fisher_every: u64,
    /// Let the members' masks differ too, as the published code does
    #[arg(long)]
    as_published: bool,
    /// Continue a run that was interrupted
    #[arg(long)]
    resume: bool,
    /// Half a minute: two small members an arm, that have learned most of what there is to learn
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    parts: Parts,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    computing: Computing,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "entropy_study";

fn main() -> ExitCode {
    program(study)
}

fn study(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let folder = arguments.common.folder(NAME);
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, &arguments.computing.device);
    record.files(arguments.text.iter().chain(&arguments.dna))?;
    let device = device(&arguments.computing.device)?;
    let mut bars = Bars::new("", &arguments.common, signals);
    let found = match part(arguments, &folder, &device, &mut bars)? {
        Part::Whole(found) => found,
        Part::Other => return Ok(Ending::Finished),
        Part::Interrupted => {
            bars.say(&format!(
                "saved in {}; continue with --resume",
                folder.display()
            ));
            return Ok(Ending::Interrupted);
        }
    };
    record.tokens(bars.tokens_read);
    drop(bars);
    for (ensemble, checksum) in &found.checksums {
        record.checksum(ensemble, checksum);
    }
    let card = run_card(&found.results, Some(&record.end(&folder)?));
    let paths = write(&found.results, &found.losses, card, &folder)?;
    let tables = found.results.ensembles.iter().map(of_ensemble);
    let tables = std::iter::once(headline(&found.results)).chain(tables);
    terminal.tables(&tables.collect::<Result<Vec<_>, _>>()?)?;
    terminal.findings(&findings(&found.results))?;
    terminal.results(&found.results.to_json()?)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}

/// What this process did.
enum Part {
    Whole(Box<StudyResults>),
    /// A part, from which another process collects the results.
    Other,
    Interrupted,
}

/// Does the part of the study that is asked for.
fn part(arguments: &Arguments, folder: &Path, device: &Device, bars: &mut Bars) -> Result<Part> {
    let (options, parts) = (options(arguments), &arguments.parts);
    if !parts.only_members.is_empty() {
        let members = &parts.only_members;
        let finished = train_study_members(&options, members, folder, device, bars)?;
        return Ok(if finished {
            Part::Other
        } else {
            Part::Interrupted
        });
    }
    if parts.measure_only {
        measure_arms(&options, folder, device, bars)?;
        return Ok(Part::Other);
    }
    let existing = if arguments.resume {
        Existing::Resume
    } else {
        Existing::Refuse
    };
    let found = if parts.collect {
        collect(&options, folder, device, bars)?
    } else {
        run(&options, folder, device, existing, bars)?
    };
    Ok(match found {
        StudyOutcome::Finished(found) => Part::Whole(found),
        StudyOutcome::Interrupted => Part::Interrupted,
    })
}

fn options(arguments: &Arguments) -> Options {
    let mut options = Options::default().with_recipe(arguments.recipe.clone());
    if arguments.quick {
        options = options.quick();
    }
    let reading = &arguments.reading;
    if !arguments.text.is_empty() {
        options.text = reading.input(&arguments.text, Modality::Text);
    }
    if !arguments.dna.is_empty() {
        options.dna = reading.input(&arguments.dna, Modality::Dna);
    }
    options.arms.clone_from(&arguments.arms);
    if let Some(preset) = &arguments.preset {
        options.preset.clone_from(preset);
    }
    options.seed = arguments.computing.seed;
    options.members = arguments.members.unwrap_or(options.members);
    let budget = arguments
        .tokens
        .map(Budget::Tokens)
        .or(arguments.epochs.map(Budget::Epochs));
    options.training.budget = budget.unwrap_or(options.training.budget);
    options.training.batch = arguments.batch.unwrap_or(options.training.batch);
    options.training.learning_rate = arguments
        .learning_rate
        .unwrap_or(options.training.learning_rate);
    options.max_length = arguments.max_length.unwrap_or(options.max_length);
    options.vocabulary = arguments.vocabulary.unwrap_or(options.vocabulary);
    options.dna_vocabulary = arguments.dna_vocabulary.unwrap_or(options.dna_vocabulary);
    options.kmer = arguments.kmer.unwrap_or(options.kmer);
    if let Some(along) = &arguments.along {
        options.along.clone_from(along);
    }
    options.analysis_sequences = arguments
        .analysis_sequences
        .unwrap_or(options.analysis_sequences);
    options.fisher_every = arguments.fisher_every;
    if arguments.as_published {
        options.coupling = Coupling::AsPublished;
    }
    options
}
