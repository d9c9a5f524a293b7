//! Was pretraining worth it, read off frozen features? `probe_frozen --model FOLDER task.csv`
//!
//! Fits a logistic regression to the hidden states of a model, pooled by mean and by maximum, to
//! those of the same model at random weights and to features that need no model, on the same folds,
//! which keep near-duplicates together or leave them out.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_lm::Pool;
use dissensus_probe::{
    EvaluateParams, FeatureComparison, LogisticParams, Reduction, Strands, gc_content,
    kmer_frequencies,
};
use dissensus_workbench::{
    Computing, Ending, FrozenModel, Given, Job, ProbeResults, TaskSample, program,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Probes the frozen features of a model.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folder with config.json, weights and tokenizer
    #[arg(long)]
    model: PathBuf,
    /// Manifest, table, FASTA file, or folder of a benchmark as published
    task: PathBuf,
    #[command(flatten)]
    rows: TaskSample,
    /// Columns that the probe sees of each model, by principal components; all by default
    #[arg(long)]
    dimension: Option<usize>,
    /// Random twins
    #[arg(long, default_value_t = 3)]
    twins: u64,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(probe)
}

fn probe(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    let models = 1 + usize::from(arguments.twins > 0);
    let devices = job.devices_of(&arguments.computing, models)?;
    job.reads([&arguments.model])?;
    job.bars.begin("task");
    let (task, folds) = arguments
        .rows
        .open(&arguments.task, arguments.computing.seed)?;
    job.bars.say(&format!("{task}\n{folds}"));
    let (probe, evaluation) = (LogisticParams::default(), EvaluateParams::default());
    let mut found = FeatureComparison::new(&probe, &task.labels, &folds.folds, evaluation);
    job.bars.begin("features that need no model");
    let kmers = kmer_frequencies(&task.sequences, 4, Strands::Written)?;
    found.add("4-mer frequencies", &kmers, Reduction::Full)?;
    let gc = gc_content(&task.sequences, 1)?;
    found.add("GC content", &gc, Reduction::Full)?;
    let frozen = FrozenModel::open(&arguments.model, &devices, &job.folder.join("features"))?;
    let seen = |dimension| Reduction::Pca { dimension };
    let seen = arguments.dimension.map_or(Reduction::Full, seen);
    let pools = [Pool::Mean, Pool::Max];
    let named = |twin: Option<u64>, pool: Pool| match twin {
        None => format!("trained, {pool}"),
        Some(seed) => format!("random weights {seed}, {pool}"),
    };
    let first = arguments.computing.seed;
    let twins = (first..first + arguments.twins).map(Some);
    for twin in std::iter::once(None).chain(twins.clone()) {
        job.bars.begin(twin.map_or("trained", |_| "random weights"));
        let features = frozen.features(&task.sequences, twin, &pools)?;
        for (&pool, features) in pools.iter().zip(&features) {
            found.add(&named(twin, pool), features, seen)?;
        }
    }
    let mut gains = Vec::new();
    for pool in pools {
        let others: Vec<String> = twins.clone().map(|twin| named(twin, pool)).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let over = [&others[..], &["4-mer frequencies"], &["GC content"]];
        gains.extend(found.gains(&named(None, pool), &over)?);
    }
    let ended = job.end()?;
    ended.terminal.line(&found.to_string())?;
    let lines = gains
        .iter()
        .map(|gain| ended.terminal.line(&gain.to_string()));
    lines.collect::<Result<()>>()?;
    let results = ProbeResults::new(&task, &folds, found.reports(), gains);
    ended.presented(&results, [])
}
