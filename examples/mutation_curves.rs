//! How far do embeddings move when bases are replaced? `mutation_curves --model FOLDER --reference genome.fa`
//!
//! Every layer and pool, beside unrelated windows, shuffled ones and the model at random weights: a cosine near 1 says nothing where
//! unrelated windows have one too.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_bert::device;
use dissensus_lm::Pool;
use dissensus_report::{RunCard, write_atomically};
use dissensus_study::open_model;
use dissensus_variant::{CurveParams, Genome, PooledEncoder, View, mutation_curves};
use dissensus_workbench::{
    Bars, Common, Computing, CurveResults, Ending, Given, Record, Signals, Terminal, ViewCurve,
    program,
};

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
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "mutation_curves";

fn main() -> ExitCode {
    program(curves)
}

fn curves(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let (folder, seed) = (arguments.common.folder(NAME), arguments.computing.seed);
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, &arguments.computing.device);
    record.files(arguments.reference.iter().chain([&arguments.model]))?;
    let mut bars = Bars::new("curves", &arguments.common, signals);
    let genome = Genome::open_all(&arguments.reference)?;
    let windows = genome.windows(arguments.length, arguments.windows);
    let counts = arguments
        .counts
        .iter()
        .copied()
        .filter(|&n| n <= arguments.length);
    let params = CurveParams::default()
        .with_counts(&counts.collect::<Vec<_>>())
        .with_seed(seed);
    let device = device(&arguments.computing.device)?;
    let (model, tokenizer) = open_model(&arguments.model, &device)?;
    let mut results = CurveResults {
        length: arguments.length,
        ..CurveResults::default()
    };
    for twin in std::iter::once(None).chain((seed..seed + arguments.twins).map(Some)) {
        let name = twin.map_or("trained".to_owned(), |seed| {
            format!("random weights {seed}")
        });
        bars.begin(&name);
        let drawn = twin.map(|seed| model.twin(seed, &device)).transpose()?;
        let encoder = drawn.as_ref().unwrap_or(&model).encoder();
        let views = View::all(encoder);
        let pooled = PooledEncoder::new(encoder, tokenizer.as_ref(), Pool::Mean);
        let mut embed = |sequences: &[Vec<u8>]| pooled.embed_views(sequences, &views);
        for (view, curve) in views
            .iter()
            .zip(mutation_curves(&mut embed, &windows, &params)?)
        {
            terminal.line(&format!("{name}, {view}\n{curve}"))?;
            results.curves.push(ViewCurve {
                model: name.clone(),
                view: *view,
                curve,
            });
        }
    }
    drop(bars);
    let card = RunCard::new("", &record.end(&folder)?.command.join(" "));
    let path = folder.join("results.json");
    let text = serde_json::to_string_pretty(&results)? + "\n";
    write_atomically(&path, text.as_bytes())?;
    let shown = results.presentation()?;
    let mut paths = shown.write(card, &folder)?;
    paths.push(path);
    terminal.findings(&shown.findings)?;
    terminal.results(&text)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}
