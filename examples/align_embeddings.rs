//! How alike are two embedding tables? `align_embeddings A B [--out DIR]`
//!
//! A and B are Hugging Face folders (weights whole or in shards, safetensors or pickles, and tokenizer.json), single files of
//! weights, or .npy files. Prints every
//! measure beside its chance level and the tokens that move most, and writes alignment.json and overlap.svg. The JSON is
//! the `TableComparison` of `dissensus-alignment` with `dropped` rows and `residuals` by token.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use dissensus_alignment::{
    ComparisonParams, EmbeddingTable, EmbeddingTables, Procrustes, Reason, compare, nearest,
};
use dissensus_lm::StoredMatrix;
use dissensus_report::{Cell, Table as Shown, write_atomically};
use dissensus_workbench::{Bars, Common, Ending, Given, Record, Signals, Terminal, program};

#[path = "support/alignment.rs"]
mod shown;

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
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "align_embeddings";

fn main() -> ExitCode {
    program(align)
}

fn align(options: &Given<Options>, signals: &Signals) -> Result<Ending> {
    options.common.start()?;
    let folder = options.common.folder(NAME);
    let terminal = Terminal::new(&options.common);
    let mut record = Record::begin(options, "cpu");
    record.files([&options.a, &options.b])?;
    let mut bars = Bars::new("", &options.common, signals);
    bars.begin("comparing two tables");
    let read = |path: &PathBuf| read(path, options.tensor.as_deref());
    let tables = EmbeddingTables::new(vec![read(&options.a)?, read(&options.b)?])?;
    let mut tables = tables.without(&options.drop, Reason::Unseen)?;
    let mut names: Vec<String> = (0..).map(|id| id.to_string()).take(rows(&tables)).collect();
    let files = ["tokenizer.json", "vocab.txt"].map(|name| options.a.join(name));
    let beside = Some(options.a.clone()).filter(|_| files.iter().any(|file| file.exists()));
    if let Some(path) = options.tokenizer.clone().or(beside) {
        let tokenizer = dissensus_tokenize::load(&path)?;
        let tokens = tokenizer.vocabulary().tokens();
        let named = names.iter_mut().zip(tokens);
        named.for_each(|(name, token)| name.clone_from(token));
        if !options.keep_specials {
            let specials = tokenizer.specials().ids().map(|id| id as usize);
            let specials: Vec<usize> = specials.filter(|&id| id < names.len()).collect();
            tables = tables.without(&specials, Reason::Special)?;
        }
    }
    let found = compare(
        &tables,
        &ComparisonParams::for_rows(tables.rows()).with_null(19, 0),
    )?;
    bars.begin("aligning row by row");

    let [a, b] = tables.members() else {
        bail!("expected two tables")
    };
    let residuals = Procrustes::default()
        .fit(&a.matrix(), &b.matrix())?
        .residuals;
    let name = |row: usize| names[tables.ids()[row]].as_str();
    let near = |table: &EmbeddingTable, row: usize| -> Result<String> {
        let found = nearest(table, row, 3.min(tables.rows() - 1))?;
        let names: Vec<&str> = found.iter().map(|n| name(n.row)).collect();
        Ok(names.join(" "))
    };
    let mut order: Vec<usize> = (0..tables.rows()).collect();
    order.sort_by(|&i, &j| residuals[j].total_cmp(&residuals[i]));
    let header = ["token", "residual", "nearest in A", "nearest in B"];
    let mut moved = Shown::new("Tokens that move most", header);
    for &row in order.iter().take(options.top) {
        let residual = residuals[row].into();
        moved.push([
            name(row).into(),
            residual,
            near(a, row)?.into(),
            Cell::from(near(b, row)?),
        ])?;
    }
    drop(bars);

    let residuals: Vec<_> = order
        .iter()
        .map(|&row| (name(row), residuals[row]))
        .collect();
    let json = serde_json::json!({ "comparison": found, "dropped": tables.dropped(), "residuals": residuals });
    let json = serde_json::to_string_pretty(&json)? + "\n";
    record.end(&folder)?;
    let write = |name, text: &str| {
        let path = folder.join(name);
        write_atomically(&path, text.as_bytes()).map(|()| path)
    };
    let paths = [
        write("alignment.json", &json)?,
        write("overlap.svg", &shown::chart(&found).to_svg()?)?,
    ];
    terminal.line(&shown::measures(&found)?.to_string())?;
    terminal.line(&moved.to_string())?;
    terminal.results(&json)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}

/// A table of a NumPy file, or of a folder or file of weights as a model is opened.
fn read(path: &Path, tensor: Option<&str>) -> Result<EmbeddingTable> {
    if path.extension().is_some_and(|extension| extension == "npy") {
        return Ok(EmbeddingTable::read_npy(path)?);
    }
    let StoredMatrix { values, shape, .. } = StoredMatrix::read(path, tensor)?;
    Ok(EmbeddingTable::new(values, shape[1])?)
}

/// Rows of the tables as given.
fn rows(tables: &EmbeddingTables) -> usize {
    tables.rows() + tables.dropped().len()
}
