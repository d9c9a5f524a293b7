//! What does a folder of a published genomic model hold, and does it predict DNA?
//!
//! `check_model FOLDER --dna FILE`: family, sizes, tokenizer and rows of the bases; the ids of the
//! first bases; the loss at masked tokens of a segment of DNA, for Caduceus-PS in either graph. In
//! the graph that the weights were trained in it is far below ln 4 = 1.386 nats a base, in the
//! other one near it or above.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use dissensus_input::{Documents, InputParams, Modality, Set};
use dissensus_lm::{MaskedLanguageModel, Masking, evaluate};
use dissensus_tokenize::Role;
use dissensus_workbench::{Computing, Ending, Given, Job, program};
use dissensus_zoo::{
    Caduceus, CaduceusGraph, Family, PublishedTokenizer, inspect, load, load_in_graph,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Says what a folder of a published genomic model holds, and how well it predicts masked tokens of
/// a segment of DNA.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folder with config.json and weights
    folder: PathBuf,
    /// FASTA or text; without it only the folder is looked at
    #[arg(long)]
    dna: Option<PathBuf>,
    /// Bases of one window
    #[arg(long, default_value_t = 1024)]
    window: usize,
    /// Windows at most
    #[arg(long, default_value_t = 8)]
    windows: usize,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(check)
}

fn check(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    let device = job.device(&arguments.computing)?;
    let Some(file) = &arguments.dna else {
        job.terminal
            .line(inspect(&arguments.folder, &device)?.to_string().trim_end())?;
        return Ok(Ending::Finished);
    };
    let model = load(&arguments.folder, &device)?;
    let (family, rows) = (model.family(), model.sizes().vocabulary);
    let tokenizer = PublishedTokenizer::open(&arguments.folder, family, rows)?;
    let params = InputParams::new(Modality::Dna)
        .with_whole(true)
        .with_document(arguments.window);
    let documents = Documents::open(std::slice::from_ref(file), &params)?;
    let windows = documents.of(Set::Analysis).take(arguments.windows);
    let windows = windows
        .map(|document| Ok(document?.text))
        .collect::<Result<Vec<String>>>()?;
    let first = windows.first().context("the file has no sequence")?;
    let shown: String = first.chars().take(30).collect();
    let first = tokenizer.encode(&shown)?.ids;
    job.terminal.line(&format!("{shown} is {first:?}"))?;
    let encode = |window: &String| Ok(tokenizer.encode(window)?.ids);
    let ids = windows.iter().map(encode).collect::<Result<Vec<_>>>()?;
    let specials = tokenizer.tokenizer().specials();
    let keep: Vec<u32> = specials.ids().collect();
    let masking = Masking::analysis(rows, specials.require(Role::Mask)?, &keep);
    let masked = masking.mask_all(&ids, arguments.computing.seed)?;
    let loss = |name: &str, model: &dyn MaskedLanguageModel| -> Result<()> {
        let clock = Instant::now();
        let loss = evaluate(model, &masked, 1)?.loss;
        let seconds = clock.elapsed().as_secs_f64();
        let line = format!("{name}: loss {loss:.4} nats at masked tokens, {seconds:.1} s");
        job.terminal.line(&line)
    };
    let config: serde_json::Value = serde_json::from_str(&model.config_json())?;
    if family != Family::Caduceus || config["rcps"] != true {
        let head = model.masked();
        let head = head.context("the folder holds no masked-language head")?;
        loss(family.name(), head)?;
        return Ok(Ending::Finished);
    }
    drop(model);
    for (name, graph) in [
        ("fused graph", CaduceusGraph::Fused),
        ("unfused graph", CaduceusGraph::Unfused),
    ] {
        let model: Caduceus = load_in_graph(&arguments.folder, graph, &device)?;
        loss(name, &model)?;
    }
    Ok(Ending::Finished)
}
