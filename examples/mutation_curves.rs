//! How far do embeddings move when bases are replaced?
//! `mutation_curves --model FOLDER --reference genome.fa`
//!
//! Every layer and pool, beside unrelated windows, shuffled ones and the model at random weights: a
//! cosine near 1 says nothing where unrelated windows have one too.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_lm::Pool;
use dissensus_study::open_model;
use dissensus_variant::{CurveParams, Genome, PooledEncoder, View, mutation_curves};
use dissensus_workbench::{Computing, CurveResults, Ending, Given, Job, ViewCurve, program};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Mutation curves of a model and of its random twins.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folder with config.json, weights and tokenizer
    #[arg(long)]
    model: PathBuf,
    /// FASTA files from which windows are taken
    #[arg(long, required = true, num_args = 1..)]
    reference: Vec<PathBuf>,
    /// Bases of a window
    #[arg(long, default_value_t = 1024)]
    length: usize,
    /// Windows
    #[arg(long, default_value_t = 64)]
    windows: usize,
    /// Numbers of bases replaced
    #[arg(long, value_delimiter = ',', default_values_t = dissensus_variant::SUBSTITUTION_COUNTS)]
    counts: Vec<usize>,
    /// Random twins
    #[arg(long, default_value_t = 1)]
    twins: u64,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(curves)
}

fn curves(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    job.reads(arguments.reference.iter().chain([&arguments.model]))?;
    let (seed, length) = (arguments.computing.seed, arguments.length);
    let genome = Genome::open_all(&arguments.reference)?;
    let windows = genome.windows(length, arguments.windows);
    let counts = arguments.counts.iter().copied().filter(|&n| n <= length);
    let params = CurveParams::default()
        .with_counts(&counts.collect::<Vec<_>>())
        .with_seed(seed);
    let models = 1 + usize::from(arguments.twins > 0);
    let devices = job.devices_of(&arguments.computing, models)?;
    let (model, tokenizer) = open_model(&arguments.model, devices.first())?;
    let mut curves = Vec::new();
    for twin in std::iter::once(None).chain((seed..seed + arguments.twins).map(Some)) {
        let random = |seed| format!("random weights {seed}");
        let name = twin.map_or("trained".to_owned(), random);
        job.bars.begin(&name);
        let drawn = twin.map(|seed| model.twin(seed, devices.of(1)));
        let drawn = drawn.transpose()?;
        let encoder = drawn.as_ref().unwrap_or(&model).encoder();
        let views = View::all(encoder);
        let pooled = PooledEncoder::new(encoder, tokenizer.as_ref(), Pool::Mean);
        let mut embed = |sequences: &[Vec<u8>]| pooled.embed_views(sequences, &views);
        let found = mutation_curves(&mut embed, &windows, &params)?;
        for (&view, curve) in views.iter().zip(found) {
            job.terminal.line(&format!("{name}, {view}\n{curve}"))?;
            let model = name.clone();
            curves.push(ViewCurve { model, view, curve });
        }
    }
    let results = CurveResults { length, curves };
    job.end()?.presented(&results, [])
}
