//! Was pretraining worth it, read off frozen features? `probe_frozen --model FOLDER task.csv`
//!
//! Fits a logistic regression to the hidden states of a model, pooled by mean and by maximum, to those of the same model at random
//! weights and to features that need no model, on the same folds, which keep near-duplicates together or leave them out.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_lm::Pool;
use dissensus_probe::{
    EvaluateParams, FeatureComparison, LogisticParams, Reduction, Strands, gc_content, kmer_shares,
};
use dissensus_report::{RunCard, write_atomically};
use dissensus_task::{FoldParams, OnLeak, Task};
use dissensus_workbench::{
    Bars, Common, Computing, Ending, FrozenModel, Given, ProbeResults, Record, Signals, Terminal,
    program,
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
    /// Rows drawn at random; all by default
    #[arg(long)]
    rows: Option<usize>,
    /// Folds, where the task has no split
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Learn from rows that nearly equal tested ones too, as published scores do
    #[arg(long)]
    keep_leaks: bool,
    /// Columns that the probe sees of each model, by principal components; all by default
    #[arg(long)]
    dimension: Option<usize>,
    /// Random twins
    #[arg(long, default_value_t = 3)]
    twins: u64,
    #[command(flatten)]
    computing: Computing,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "probe_frozen";

fn main() -> ExitCode {
    program(probe)
}

fn probe(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let (folder, seed) = (arguments.common.folder(NAME), arguments.computing.seed);
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, &arguments.computing.device);
    record.files([&arguments.model])?;
    let mut bars = Bars::new("probe", &arguments.common, signals);
    bars.begin("task");
    let mut task = Task::open(&arguments.task)?;
    if let Some(rows) = arguments.rows {
        task = task.sample(rows, seed)?;
    }
    let mut params = FoldParams::default()
        .with_folds(arguments.folds)
        .with_seed(seed);
    if arguments.keep_leaks {
        params = params.with_on_leak(OnLeak::Keep);
    }
    let folds = task.folds(&params)?;
    bars.say(&format!("{task}\n{folds}"));
    let (probe, evaluation) = (LogisticParams::default(), EvaluateParams::default());
    let mut found = FeatureComparison::new(&probe, &task.labels, &folds.folds, evaluation);
    bars.begin("features that need no model");
    let kmers = kmer_shares(&task.sequences, 4, Strands::Written)?;
    found.add("4-mer shares", &kmers, Reduction::Full)?;
    found.add(
        "GC content",
        &gc_content(&task.sequences, 1)?,
        Reduction::Full,
    )?;
    let cache = folder.join("features");
    let frozen = FrozenModel::open(&arguments.model, &arguments.computing, &cache)?;
    let seen = |dimension| Reduction::Pca { dimension };
    let seen = arguments.dimension.map_or(Reduction::Full, seen);
    let pools = [Pool::Mean, Pool::Max];
    let named = |twin: Option<u64>, pool: Pool| match twin {
        None => format!("trained, {pool}"),
        Some(seed) => format!("random weights {seed}, {pool}"),
    };
    let twins = (seed..seed + arguments.twins).map(Some);
    for twin in std::iter::once(None).chain(twins.clone()) {
        bars.begin(twin.map_or("trained", |_| "random weights"));
        for (pool, features) in
            pools
                .into_iter()
                .zip(frozen.features(&task.sequences, twin, &pools)?)
        {
            found.add(&named(twin, pool), &features, seen)?;
        }
    }
    let mut gains = Vec::new();
    for pool in pools {
        let others: Vec<String> = twins.clone().map(|twin| named(twin, pool)).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let all = [&others[..], &["4-mer shares"], &["GC content"]];
        for over in all.into_iter().filter(|over| !over.is_empty()) {
            gains.push(found.gain(&named(None, pool), over)?);
        }
    }
    drop(bars);
    terminal.line(&found.to_string())?;
    gains
        .iter()
        .try_for_each(|gain| terminal.line(&gain.to_string()))?;
    let results = ProbeResults {
        task: task.to_string(),
        source: task.source.clone(),
        licence: task.licence.clone(),
        folds: folds.to_string(),
        reports: found.reports().to_vec(),
        gains,
    };
    let path = folder.join("results.json");
    let text = serde_json::to_string_pretty(&results)? + "\n";
    let card = RunCard::new("", &record.end(&folder)?.command.join(" "));
    write_atomically(&path, text.as_bytes())?;
    let shown = results.presentation()?;
    let mut paths = shown.write(card, &folder)?;
    paths.push(path);
    terminal.findings(&shown.findings)?;
    terminal.results(&text)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}
