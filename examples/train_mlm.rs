//! Trains one masked-language model, from files to a checkpoint that `transformers` opens.
//!
//! `cargo run --release --example train_mlm -- --arm dna-kmer genome.fa.gz`

use std::f64::consts::LN_2;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use dissensus_bert::{Budget, Config, Precision, Recipe, Seeds, TrainingConfig, devices};
use dissensus_ensemble::{Error, Existing, Outcome, Plan, Run, train};
use dissensus_measure::Input;
use dissensus_report::write_atomically;
use dissensus_study::{Arm, ArmData, ArmParams, loss_chart};
use dissensus_tokenize::{Role, Tokenizer};
use dissensus_workbench::{
    Bars, Common, Computing, Ending, Given, Reading, Record, Signals, Terminal, program,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trains one masked-language model.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// What to read and how to tokenize it: text-bpe, dna-bpe, dna-kmer, dna-char
    #[arg(long, default_value = "text-bpe")]
    arm: Arm,
    /// Text or FASTA files (plain, gz, zst); without any, a built-in source
    files: Vec<PathBuf>,
    /// micro, tiny, 4m, 20m, 90m or no_transformer
    #[arg(long, default_value = "tiny")]
    preset: String,
    /// Tokens to read
    #[arg(long, default_value_t = 1_000_000)]
    tokens: u64,
    /// Passes over the training set instead
    #[arg(long, conflicts_with = "tokens")]
    epochs: Option<u64>,
    /// How to train: efficient, paper or learnt-positions
    #[arg(long, default_value_t = Recipe::default())]
    recipe: Recipe,
    /// Sequences a step; the recipe's by default
    #[arg(long)]
    batch: Option<usize>,
    /// Sequences a backward pass, to save memory; with several devices, a share of the batch for each by default
    #[arg(long)]
    micro_batch: Option<usize>,
    /// AdamW's peak learning rate; the recipe's by default
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Round the factors of products to bf16: faster where the CPU multiplies bf16
    #[arg(long)]
    bf16: bool,
    /// Positions of a sequence
    #[arg(long, default_value_t = 64)]
    max_length: usize,
    /// Tokens that byte-pair encoding may learn
    #[arg(long, default_value_t = 1024)]
    vocabulary: usize,
    /// Bases of a k-mer
    #[arg(long, default_value_t = 4)]
    kmer: usize,
    /// Steps between checkpoints
    #[arg(long, default_value_t = 200)]
    save_every: u64,
    /// Continue a run that was interrupted
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    computing: Computing,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "train_mlm";

fn main() -> ExitCode {
    program(train_one)
}

fn train_one(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let folder = arguments.common.folder(NAME);
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, &arguments.computing.device);
    record.files(&arguments.files)?;
    let devices = devices(&arguments.computing.device)?;
    let mut bars = Bars::new(arguments.arm.name(), &arguments.common, signals);
    bars.begin("reading and tokenizing");
    let arm = read(arguments, &bars)?;
    let tokenizer = arm.tokenizer.as_ref();
    let plan = plan(arguments, tokenizer, devices.len())?;
    let existing = if arguments.resume {
        Existing::Resume
    } else {
        Existing::Refuse
    };
    bars.end();
    let began = Instant::now();
    let outcome = train(
        &folder, &plan, &arm.data, tokenizer, &devices, existing, &mut bars,
    );
    if let Err(Error::Diverged { source, .. }) = &outcome
        && let dissensus_lm::Error::NonFinite { sequences, .. } = &**source
    {
        let path = folder.join("batch.txt");
        write_atomically(&path, arm.lines(sequences)?.as_bytes())?;
        bars.say(&format!("the batch's records are in {}", path.display()));
    }
    let outcome = outcome?;
    let curve = loss_chart(&Run::open_unfinished(&folder)?)?.to_svg()?;
    write_atomically(&folder.join("loss.svg"), curve.as_bytes())?;
    let (tokens, seconds) = (bars.tokens_read, began.elapsed().as_secs_f64());
    let rate = tokens as f64 / seconds;
    bars.say(&format!(
        "{tokens} tokens in {seconds:.1} s: {rate:.0} a second"
    ));
    let Outcome::Finished(run) = outcome else {
        bars.say(&format!(
            "saved in {}; continue with --resume",
            folder.display()
        ));
        return Ok(Ending::Interrupted);
    };
    drop(bars);
    record.tokens(tokens);
    record.checksum(arguments.arm.name(), run.data());
    let facts = record.end(&folder)?;
    finished(&terminal, &run, &folder)?;
    terminal.results(&serde_json::to_string_pretty(&facts)?)?;
    Ok(Ending::Finished)
}

/// Says which model is the best, and where it lies.
fn finished(terminal: &Terminal, run: &Run<Config>, folder: &Path) -> Result<()> {
    let evaluations = run.evaluations(0)?;
    let best = evaluations
        .into_iter()
        .min_by(|a, b| a.loss.total_cmp(&b.loss));
    let best = best.map_or("the last".into(), |row| {
        let bits = row.loss / LN_2;
        format!("after step {}, {bits:.3} bits a token", row.step)
    });
    let trained = folder.join("member-0/trained");
    terminal.line(&format!("best model ({best}) in {}", trained.display()))?;
    let curve = folder.join("loss.svg");
    terminal.line(&format!("loss while it trained: {}", curve.display()))
}

/// Reads, splits and tokenizes.
fn read(arguments: &Arguments, bars: &Bars) -> Result<ArmData> {
    let modality = arguments.arm.modality();
    let built_in = Input::BuiltIn {
        symbols: 1_500_000,
        seed: 1,
    };
    let input = match &arguments.files[..] {
        [] => built_in,
        files => arguments.reading.input(files, modality),
    };
    let documents = input.documents(modality)?;
    bars.say(&format!("read {}", documents.counts()));
    let params = ArmParams::default()
        .with_max_length(arguments.max_length)
        .with_vocabulary(arguments.vocabulary)
        .with_kmer(arguments.kmer)
        .with_recipe(arguments.recipe.clone());
    let found = ArmData::new(arguments.arm, &documents, &params)?;
    let (count, counts) = (found.data.training.len(), found.counts);
    let size = found.tokenizer.vocabulary().len();
    let name = arguments.arm;
    bars.say(&format!(
        "{name}: {count} sequences, {counts}, vocabulary {size}"
    ));
    Ok(found)
}

/// An ensemble of one.
fn plan(arguments: &Arguments, tokenizer: &dyn Tokenizer, devices: usize) -> Result<Plan<Config>> {
    let seed = arguments.computing.seed;
    let budget = arguments
        .epochs
        .map_or(Budget::Tokens(arguments.tokens), Budget::Epochs);
    let recipe = &arguments.recipe;
    let batch = arguments.batch.unwrap_or(recipe.batch);
    let share = (devices > 1).then(|| batch.div_ceil(devices));
    let size = tokenizer.vocabulary().len();
    let pad = tokenizer.specials().require(Role::Pad)?;
    Ok(Plan {
        members: 1,
        checkpoint_every: arguments.save_every,
        model: recipe.config(Config::preset(&arguments.preset)?.with_vocabulary(size, pad)),
        training: TrainingConfig {
            learning_rate: arguments.learning_rate.unwrap_or(recipe.learning_rate),
            batch,
            micro_batch: arguments.micro_batch.or(share),
            precision: if arguments.bf16 {
                Precision::Bf16
            } else {
                Precision::Single
            },
            budget,
            evaluate_every: Some(100),
            seeds: Seeds {
                init: seed,
                order: seed,
                masks: seed,
                dropout: seed,
            },
            ..recipe.training(TrainingConfig::default())
        },
        ..Plan::default()
    })
}
