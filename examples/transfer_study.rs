//! Was pretraining worth it? Trains one model a tokenizer, asks it and its random twins about
//! tasks, frozen and fine-tuned, cell by cell.
//!
//! `cargo run --release --example transfer_study -- --help`

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use dissensus_lm::Devices;
use dissensus_study::{
    Share, TransferOptions, TransferProgress, transfer_cells, transfer_findings, transfer_results,
    transfer_tables, write_transfer,
};
use dissensus_workbench::{
    AskedModels, Computing, Ending, Given, Job, Output, StudyTasks, Tuned, program,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Pretrained models against their random twins.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    tasks: StudyTasks,
    #[command(flatten)]
    models: AskedModels,
    #[command(flatten)]
    tuned: Tuned,
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
}

fn main() -> ExitCode {
    program(run)
}

fn run(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    let (held, path) = (job.folder.join("cells").exists(), job.folder.display());
    ensure!(
        arguments.resume || !held,
        "{path} holds a study; continue it with --resume, or give another --out"
    );
    job.reads(arguments.tasks.files())?;
    let devices = arguments.models.devices(&mut job, &arguments.computing)?;
    job.bars.begin("reading");
    let options = options(arguments, &devices)?;
    let data = arguments.tasks.input(arguments.quick).read(&options)?;
    let (folder, share, study) = (job.folder.clone(), arguments.share, options.study(&data));
    let growing = job.grow(TransferProgress::new(
        &options,
        folder.join("cells"),
        &study,
    ));
    let mut growing = growing.alone(share == Share::default());
    let made = transfer_cells(&options, &data, &folder, share, &devices, &mut growing)?;
    let results = || transfer_results(&options, &data, &folder, &devices, &mut growing);
    let found = made.then(results).transpose()?.flatten();
    growing.finish(found.is_some())?;
    let Some(found) = found else {
        return if made {
            job.shared()
        } else {
            Ok(job.interrupted())
        };
    };
    job.checksum("study", &study);
    let ended = job.end()?;
    let paths = write_transfer(&found, ended.card(), &ended.folder)?;
    ended.print(&Output {
        tables: transfer_tables(&found)?.into(),
        findings: transfer_findings(&found),
        json: serde_json::to_string_pretty(&found)?,
        paths,
        ..Output::default()
    })
}

/// The study's own options, with what was given in their place.
fn options(arguments: &Arguments, devices: &Devices) -> Result<TransferOptions> {
    let mut options = TransferOptions::default();
    if arguments.quick {
        options = options.quick();
    }
    options.seed = arguments.computing.seed;
    options.fine_tune = arguments.tuned.apply(options.fine_tune);
    arguments.models.apply(options, devices)
}
