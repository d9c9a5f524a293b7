//! Trains one masked-language model, from files to a checkpoint that `transformers` opens.
//!
//! `cargo run --release --example train_mlm -- --arm dna-kmer genome.fa.gz`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_bert::{Seeds, TrainingConfig};
use dissensus_ensemble::{Existing, MemberState, Outcome, Plan};
use dissensus_measure::Input;
use dissensus_study::{Arm, ArmData};
use dissensus_workbench::{
    Computing, Cutting, Ending, Given, Job, Output, Reading, Training, one_model_defaults, program,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trains one masked-language model.
#[derive(Parser)]
#[command(version, mut_args(one_model_defaults))]
struct Arguments {
    /// What to read and how to tokenize it: text-bpe, text-bpe-spaces, dna-bpe, dna-kmer, dna-char
    #[arg(long, default_value = "text-bpe")]
    arm: Arm,
    /// Text or FASTA files (plain, gz, zst); without any, a built-in source
    files: Vec<PathBuf>,
    /// Steps between checkpoints
    #[arg(long, default_value_t = 200)]
    save_every: u64,
    /// Continue a run that was interrupted
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    training: Training,
    #[command(flatten)]
    cutting: Cutting,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(train_one)
}

fn train_one(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    job.reads(&arguments.files)?;
    let devices = job.devices(&arguments.computing)?;
    job.bars.named(arguments.arm.name());
    let settings = arguments.training.announced(&job.bars);
    let training = settings
        .recipe
        .training(TrainingConfig::default())
        .with_evaluate_every(Some(100))
        .with_seeds(Seeds::all(arguments.computing.seed));
    let training = settings.apply(training).shared_by(devices.count());
    let existing = Existing::resume_if(arguments.resume);
    settings.check("tiny", &training, existing, &job.folder)?;
    job.bars.begin("reading and tokenizing");
    let arm = read(arguments, &job)?;
    let plan = Plan {
        checkpoint_every: arguments.save_every,
        ..arm.plan_of_one(settings.preset_or("tiny"), &settings.recipe, training)?
    };
    job.bars.end();
    let outcome = arm.train(&job.folder, &plan, &devices, existing, &mut job.bars)?;
    job.bars.say_rate();
    let Outcome::Finished(run) = outcome else {
        return Ok(job.interrupted());
    };
    job.checksum(arguments.arm.name(), run.data());
    let best = run.best_evaluation(0)?;
    let best = best.map_or("the last".into(), |row| row.to_string());
    let trained = run.path(0, MemberState::Trained);
    let ended = job.end()?;
    ended.print(&Output {
        lines: vec![
            format!("best model ({best}) in {}", trained.display()),
            format!("loss while it trained: {}/loss.svg", ended.folder.display()),
        ],
        json: serde_json::to_string_pretty(&ended.facts)?,
        ..Output::default()
    })
}

/// Reads, splits and tokenizes.
fn read(arguments: &Arguments, job: &Job) -> Result<ArmData> {
    let (reading, files, arm) = (&arguments.reading, &arguments.files, arguments.arm);
    let input = reading.input_or(files, arm.modality(), Input::built_in(1_500_000, 1));
    let documents = input.documents(arm.modality())?;
    job.bars.say(&format!("read {}", documents.counts()));
    let params = arguments.cutting.params(&arguments.training.recipe);
    let found = ArmData::new(arm, &documents, &params)?;
    job.bars.say(&format!("{arm}: {found}"));
    Ok(found)
}
