//! Does a model notice a changed base? Scores every variant by each model on both strands.
//!
//! It says how well the scores tell positives from negatives, by class and in matched pairs, beside
//! random twins and scores that need no model. A scan that is interrupted goes on when it is called
//! again.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_stats::BootstrapParams;
use dissensus_study::Share;
use dissensus_variant::{
    Genome, Scan, ScanParams, VariantWindow, ratio_columns, scan_figures, scan_scores, write_table,
    write_vcf,
};
use dissensus_workbench::{
    Computing, Ending, Given, Job, ScanResults, Scoring, VariantTable, program, score_models,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Scores variants by language models.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folders with config.json, weights and tokenizer; several are members of one ensemble
    #[arg(long, required = true, num_args = 1..)]
    model: Vec<PathBuf>,
    /// FASTA files; a record named chr1:101-200 is that segment
    #[arg(long, required = true, num_args = 1..)]
    reference: Vec<PathBuf>,
    /// FASTA files from which k-mer counts and a context tree are learned; the reference by default
    #[arg(long, num_args = 1..)]
    background: Vec<PathBuf>,
    /// Table with the columns chrom, ref, alt and those named below, or a VCF whose INFO has them
    variants: PathBuf,
    /// Bases that the model sees
    #[arg(long, default_value_t = 126)]
    window: usize,
    /// Random twins of each model
    #[arg(long, default_value_t = 1)]
    twins: u64,
    /// Score every so many-th shard, as 0/4; whoever finds all of them made writes the results
    #[arg(long, default_value_t = Share::default())]
    share: Share,
    #[command(flatten)]
    table: VariantTable,
    #[command(flatten)]
    computing: Computing,
}

fn main() -> ExitCode {
    program(scan)
}

fn scan(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    let Arguments {
        model,
        reference,
        twins,
        share,
        ..
    } = &**arguments;
    job.reads(model.iter().chain(reference).chain([&arguments.variants]))?;
    let devices = job.devices_of(&arguments.computing, model.len() + usize::from(*twins > 0))?;
    let genome = Genome::open_all(reference)?;
    let checked = arguments.table.read(&arguments.variants, &genome)?;
    job.bars.say(&checked.to_string());
    let variants = &checked.variants;
    let around = variants
        .iter()
        .map(|v| VariantWindow::around(v, &genome, arguments.window));
    let windows = around.collect::<Result<Vec<_>, _>>()?;
    let shards = Scan::new(job.folder.join("shards"), &windows, &ScanParams::default())?;
    let seeds = (arguments.computing.seed, *twins);
    let scored = match score_models(model, seeds, &devices, &shards, *share, &mut job.bars)? {
        Scoring::Whole(scored) => scored,
        Scoring::Interrupted => return Ok(Ending::Interrupted),
        Scoring::Shared => return job.shared(),
    };
    job.bars.begin("scores that need no model");
    let learned = match &arguments.background[..] {
        [] => genome,
        files => Genome::open_all(files)?,
    };
    let (members, twins, own) = (&scored.members, &scored.twins, &arguments.table.score);
    let scores = scan_scores(members, twins, &learned, (variants, &windows), own)?;
    job.bars.begin("areas and intervals");
    let figures = scan_figures(variants, &scores, &BootstrapParams::default())?;
    let columns = ratio_columns(&scores[0]);
    let ended = job.end()?;
    ended.terminal.line(&figures.to_string())?;
    let files = ["scores.tsv", "scores.vcf"].map(|name| ended.folder.join(name));
    write_table(&files[0], variants, &columns)?;
    write_vcf(&files[1], variants, &columns)?;
    ended.presented(&ScanResults(figures), files)
}
