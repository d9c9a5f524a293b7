//! Does a model notice a changed base? `scan_variants --model FOLDER… --reference genome.fa… variants.tsv`
//!
//! Scores every variant by each model on both strands and says how well the scores tell positives from negatives, by class and in
//! matched pairs, beside random twins and scores that need no model. A scan that is interrupted goes on when it is called again.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_report::{RunCard, write_atomically};
use dissensus_stats::BootstrapParams;
use dissensus_study::Share;
use dissensus_variant as variant;
use dissensus_workbench::{
    Bars, Common, Computing, Ending, Given, Record, ScanResults, Scoring, Signals, Terminal,
    program, score_models,
};
use variant::{Scan, ScanParams, VariantWindow};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Scores variants by language models.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folders with config.json, weights and tokenizer; several are members of one ensemble
    #[arg(long, required = true, num_args = 1..)]
    model: Vec<PathBuf>,
    /// FASTA files; a record named chr1:101-200 is that stretch
    #[arg(long, required = true, num_args = 1..)]
    reference: Vec<PathBuf>,
    /// FASTA files from which k-mer counts and a context tree are learned; the reference by default
    #[arg(long, num_args = 1..)]
    background: Vec<PathBuf>,
    /// Table with the columns chrom, ref, alt and those named below, or a VCF whose INFO has them
    variants: PathBuf,
    /// Column of the position, from 1
    #[arg(long, default_value = "pos")]
    position: String,
    /// Column of the label
    #[arg(long, default_value = "label")]
    label: String,
    /// Its value for positives
    #[arg(long, default_value = "pathogenic")]
    positive: String,
    /// Its value for negatives
    #[arg(long, default_value = "benign")]
    negative: String,
    /// Column of the class
    #[arg(long)]
    class: Option<String>,
    /// Columns that score variants themselves, such as conservation; high is taken for positive
    #[arg(long)]
    score: Vec<String>,
    /// Bases that the model sees
    #[arg(long, default_value_t = 126)]
    window: usize,
    /// Every n-th variant only
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Leave variants out whose REF differs from the reference
    #[arg(long)]
    skip_mismatch: bool,
    /// Random twins of each model
    #[arg(long, default_value_t = 1)]
    twins: u64,
    /// Score every so many-th shard, as 0/4; whoever finds all of them made writes the results
    #[arg(long, default_value_t = Share::default())]
    share: Share,
    #[command(flatten)]
    computing: Computing,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "scan_variants";

fn main() -> ExitCode {
    program(scan)
}

fn scan(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let folder = arguments.common.folder(NAME);
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, &arguments.computing.device);
    record.files(arguments.model.iter().chain(&arguments.reference))?;
    record.files([&arguments.variants])?;
    let mut bars = Bars::new("variants", &arguments.common, signals);
    let genome = variant::Genome::open_all(&arguments.reference)?;
    let checked = read(arguments, &genome)?;
    bars.say(&checked.to_string());
    let around = |v| VariantWindow::around(v, &genome, arguments.window);
    let windows: Vec<_> = checked
        .variants
        .iter()
        .map(around)
        .collect::<Result<_, _>>()?;
    let shards = Scan::new(folder.join("shards"), &windows, &ScanParams::default())?;
    let (models, computing) = (&arguments.model, &arguments.computing);
    let share = arguments.share;
    let scoring = score_models(
        models,
        arguments.twins,
        computing,
        &shards,
        share,
        &mut bars,
    )?;
    let scored = match scoring {
        Scoring::Whole(scored) => scored,
        Scoring::Interrupted => return Ok(Ending::Interrupted),
        Scoring::Shared => {
            drop(bars);
            terminal.line("this share is made; other shares are not yet")?;
            return Ok(Ending::Finished);
        }
    };
    bars.begin("scores that need no model");
    let learned = if arguments.background.is_empty() {
        genome
    } else {
        variant::Genome::open_all(&arguments.background)?
    };
    let model = variant::joined("models", &scored.members)?;
    let columns = variant::ratio_columns(&model);
    let twins = Some(&scored.twins).filter(|twins| !twins.is_empty());
    let twins = twins.map(|twins| variant::joined("random twins", twins));
    let mut scores: Vec<_> = std::iter::once(Ok(model))
        .chain(twins)
        .collect::<Result<_, _>>()?;
    scores.extend(variant::baseline_scores(&learned, &windows)?);
    for (index, name) in arguments.score.iter().enumerate() {
        scores.push(variant::column_scores(name, &checked.variants, index)?);
    }
    bars.begin("areas and intervals");
    let figures = variant::scan_figures(&checked.variants, &scores, &BootstrapParams::default())?;
    drop(bars);
    terminal.line(&figures.to_string())?;
    let files = ["results.json", "scores.tsv", "scores.vcf"].map(|name| folder.join(name));
    let json = serde_json::to_string_pretty(&figures)? + "\n";
    write_atomically(&files[0], json.as_bytes())?;
    variant::write_table(&files[1], &checked.variants, &columns)?;
    variant::write_vcf(&files[2], &checked.variants, &columns)?;
    let card = RunCard::new("", &record.end(&folder)?.command.join(" "));
    let shown = ScanResults(figures).presentation()?;
    let mut paths = shown.write(card, &folder)?;
    paths.extend(files);
    terminal.findings(&shown.findings)?;
    terminal.results(&json)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}

/// Variants that fit the reference.
fn read(arguments: &Arguments, genome: &variant::Genome) -> Result<variant::Checked> {
    let (positive, negative) = ([&arguments.positive[..]], [&arguments.negative[..]]);
    let mut columns = variant::TableColumns::default()
        .with_position(&arguments.position)
        .with_label(&arguments.label, &positive, &negative);
    columns.class.clone_from(&arguments.class);
    columns.fields.clone_from(&arguments.score);
    let all = variant::read_variants(&arguments.variants, &columns)?;
    let some = all.into_iter().step_by(arguments.every.max(1)).collect();
    let on_fault = if arguments.skip_mismatch {
        variant::OnFault::Skip
    } else {
        variant::OnFault::Refuse
    };
    Ok(variant::check_variants(some, genome, on_fault)?)
}
