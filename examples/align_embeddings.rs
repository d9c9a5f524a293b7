//! How alike are two embedding tables? `align_embeddings A B [--out DIR]`
//!
//! A and B are Hugging Face folders (weights whole or in shards, safetensors or pickles, and
//! tokenizer.json), single files of weights, or .npy files. Prints every measure beside its chance
//! level and the tokens that move most, and writes alignment.json and overlap.svg. The JSON is the
//! `TableComparison` of `dissensus-alignment` with `dropped` rows and `residuals` by token.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use dissensus_alignment::{
    ComparisonParams, EmbeddingTable, EmbeddingTables, Reason, RowMovements, compare,
};
use dissensus_lm::StoredMatrix;
use dissensus_workbench::{Ending, Given, Job, Output, program};

#[path = "support/alignment.rs"]
mod shown;
use shown::RowNames;

#[derive(Parser)]
#[command(version)]
struct Options {
    /// Folder, .safetensors, .bin or .npy.
    a: PathBuf,
    /// The same tokens in another table.
    b: PathBuf,
    /// Name of the tensor; by default the only one, or that of the input table.
    #[arg(long)]
    tensor: Option<String>,
    /// Rows to leave out, such as tokens that the training data never held.
    #[arg(long, value_delimiter = ',')]
    drop: Vec<usize>,
    /// Keep the rows of special tokens.
    #[arg(long)]
    keep_specials: bool,
    /// The tokenizer that names the rows, a folder or a file; by default that of folder A.
    #[arg(long)]
    tokenizer: Option<PathBuf>,
    /// Tokens shown.
    #[arg(long, default_value_t = 10)]
    top: usize,
}

fn main() -> ExitCode {
    program(align)
}

fn align(options: &Given<Options>, mut job: Job) -> Result<Ending> {
    job.reads([&options.a, &options.b])?;
    job.bars.begin("comparing two tables");
    let read = |path: &PathBuf| read(path, options.tensor.as_deref());
    let tables = EmbeddingTables::new(vec![read(&options.a)?, read(&options.b)?]);
    let tables =
        tables.with_context(|| format!("{} and {}", options.a.display(), options.b.display()))?;
    let mut tables = tables.without(&options.drop, Reason::Unseen)?;
    let rows = tables.rows() + tables.dropped().len();
    let names = RowNames::read(&options.a, options.tokenizer.as_deref(), rows)?;
    if !options.keep_specials {
        tables = tables.without(&names.specials, Reason::Special)?;
    }
    let params = ComparisonParams::for_rows(tables.rows()).with_null(19, 0);
    let found = compare(&tables, &params)?;
    job.bars.begin("aligning row by row");
    let [a, b] = tables.members() else {
        bail!("expected two tables")
    };
    let name = |row: usize| names.names[tables.ids()[row]].as_str();
    let movements = RowMovements::new(a, b)?;
    let moved = shown::moved(&movements.most_moved(a, b, options.top, 3)?, &name)?;
    let residuals = movements
        .order
        .iter()
        .map(|&row| (name(row), movements.residuals[row]));
    let residuals: Vec<_> = residuals.collect();
    let json = serde_json::json!({ "comparison": found, "dropped": tables.dropped(), "residuals": residuals });
    let json = serde_json::to_string_pretty(&json)? + "\n";
    let ended = job.end()?;
    let chart = shown::chart(&found).to_svg()?;
    ended.print(&Output {
        lines: vec![shown::measures(&found)?.to_string(), moved.to_string()],
        paths: vec![
            ended.write("alignment.json", &json)?,
            ended.write("overlap.svg", &chart)?,
        ],
        json,
        ..Output::default()
    })
}

/// A table of a NumPy file, or of a folder or file of weights as a model is opened.
fn read(path: &Path, tensor: Option<&str>) -> Result<EmbeddingTable> {
    if path.extension().is_some_and(|extension| extension == "npy") {
        return Ok(EmbeddingTable::read_npy(path)?);
    }
    let StoredMatrix { values, shape, .. } = StoredMatrix::read(path, tensor)?;
    Ok(EmbeddingTable::new(values, shape[1])?)
}
