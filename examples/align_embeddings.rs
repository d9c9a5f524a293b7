//! How alike are two embedding tables? `align_embeddings A B [--out DIR]`
//!
//! A and B are Hugging Face folders (model.safetensors, tokenizer.json), .safetensors files or .npy files. Prints every
//! measure beside its chance level and the tokens that move most, and writes alignment.json and overlap.svg. The JSON is
//! the `Comparison` of `dissensus-alignment` with `dropped` rows and `residuals` by token.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use dissensus_alignment::{
    Comparison, Plan, Procrustes, Reason, Score, Table, Tables, compare, nearest,
};
use dissensus_report::{Axis, Line, LineChart, Table as Shown, write_atomically};
use safetensors::{Dtype, SafeTensors};

#[derive(Parser)]
struct Options {
    /// Folder, .safetensors or .npy.
    a: PathBuf,
    /// The same tokens in another table.
    b: PathBuf,
    /// Where alignment.json and overlap.svg go.
    #[arg(long, default_value = "alignment")]
    out: PathBuf,
    /// Name of the tensor; by default the one that ends in word_embeddings.weight, or the only one.
    #[arg(long)]
    tensor: Option<String>,
    /// Rows to leave out, such as tokens that the training data never held.
    #[arg(long, value_delimiter = ',')]
    drop: Vec<usize>,
    /// Keep the rows of special tokens.
    #[arg(long)]
    keep_specials: bool,
    /// Tokens shown.
    #[arg(long, default_value_t = 10)]
    top: usize,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let read = |path: &Path| {
        read_table(path, options.tensor.as_deref()).with_context(|| path.display().to_string())
    };
    let mut tables = Tables::new(vec![read(&options.a)?, read(&options.b)?])?
        .without(&options.drop, Reason::Unseen)?;
    let tokenizer = options.a.join("tokenizer.json");
    let mut names: Vec<String> = Vec::new();
    if tokenizer.exists() {
        let tokenizer = dissensus_tokenize::load(&tokenizer)?;
        names = tokenizer.vocabulary().tokens().to_vec();
        if !options.keep_specials {
            let specials: Vec<usize> = tokenizer.specials().ids().map(|id| id as usize).collect();
            tables = tables.without(&specials, Reason::Special)?;
        }
    }
    let name = |row: usize| {
        names
            .get(tables.ids()[row])
            .cloned()
            .unwrap_or_else(|| tables.ids()[row].to_string())
    };
    let found = compare(&tables, &Plan::for_rows(tables.rows()))?;
    let [a, b] = tables.members() else {
        bail!("expected two tables")
    };
    let fit = Procrustes::default().fit(&a.matrix(), &b.matrix())?;
    let mut order: Vec<usize> = (0..tables.rows()).collect();
    order.sort_by(|&i, &j| fit.residuals[j].total_cmp(&fit.residuals[i]));

    println!("{}", measures(&found)?);
    let mut moved = Shown::new(
        "Tokens that move most",
        ["token", "residual", "nearest in A", "nearest in B"],
    );
    for &row in order.iter().take(options.top) {
        let near = |table: &Table| -> Result<String> {
            Ok(nearest(table, row, 3)?
                .iter()
                .map(|n| name(n.row))
                .collect::<Vec<_>>()
                .join(" "))
        };
        moved.push([
            name(row),
            format!("{:.5}", fit.residuals[row]),
            near(a)?,
            near(b)?,
        ])?;
    }
    println!("{moved}");
    let residuals: Vec<_> = order
        .iter()
        .map(|&i| serde_json::json!([name(i), fit.residuals[i]]))
        .collect();
    let json = serde_json::json!({ "comparison": found, "dropped": tables.dropped(), "residuals": residuals });
    std::fs::create_dir_all(&options.out)?;
    write_atomically(
        &options.out.join("alignment.json"),
        serde_json::to_string_pretty(&json)?.as_bytes(),
    )?;
    write_atomically(
        &options.out.join("overlap.svg"),
        chart(&found).to_svg()?.as_bytes(),
    )?;
    Ok(())
}

fn measures(found: &Comparison) -> Result<Shown> {
    let title = format!("{} rows, {} columns", found.rows, found.dimension);
    let mut table = Shown::new(&title, ["measure", "k", "value", "chance", "corrected"]);
    let or_dash = |value: Option<f64>| value.map_or("–".to_owned(), |v| format!("{v:.4}"));
    let mut add = |name: &str, k: Option<usize>, score: Option<Score>| {
        let k = k.map_or(String::new(), |k| k.to_string());
        let of = |part: fn(&Score) -> Option<f64>| or_dash(score.as_ref().and_then(part));
        table.push([
            name.to_owned(),
            k,
            of(|s| Some(s.value)),
            of(|s| s.chance),
            of(Score::corrected),
        ])
    };
    let pair = found.pairs.first().context("expected a pair")?;
    for overlap in &pair.overlap {
        add("top-k overlap", Some(overlap.k), Some(overlap.score))?;
    }
    for spearman in &pair.spearman {
        let score = spearman
            .value()
            .map(|value| Score::similarity(value, Some(0.0)));
        add("local Spearman", Some(spearman.k), score)?;
    }
    add("Procrustes cosine", None, pair.procrustes.map(|p| p.cosine))?;
    add(
        "Procrustes disparity",
        None,
        pair.procrustes.map(|p| p.disparity),
    )?;
    add(
        "linear CKA, biased",
        None,
        pair.linear_cka.map(|c| c.biased),
    )?;
    add(
        "linear CKA, debiased",
        None,
        pair.linear_cka.map(|c| c.debiased),
    )?;
    add("Gaussian CKA, biased", None, pair.rbf_cka.map(|c| c.biased))?;
    add(
        "Gaussian CKA, debiased",
        None,
        pair.rbf_cka.map(|c| c.debiased),
    )?;
    Ok(table)
}

fn chart(found: &Comparison) -> LineChart {
    let line = |name: &str, dashed: bool, value: fn(&Score) -> Option<f64>| Line {
        name: name.into(),
        points: found
            .pairs
            .iter()
            .flat_map(|p| &p.overlap)
            .filter_map(|o| Some((o.k as f64, value(&o.score)?)))
            .collect(),
        dashed,
        ..Line::default()
    };
    LineChart {
        title: "Overlap of the k nearest neighbours".into(),
        x_label: "k".into(),
        y_label: "Jaccard index".into(),
        x_axis: Axis::Log,
        lines: vec![
            line("tables", false, |s| Some(s.value)),
            line("chance", true, |s| s.chance),
        ],
        ..LineChart::default()
    }
}

fn read_table(path: &Path, tensor: Option<&str>) -> Result<Table> {
    if path.extension().is_some_and(|e| e == "npy") {
        return read_npy(&std::fs::read(path)?);
    }
    let file = if path.is_dir() {
        path.join("model.safetensors")
    } else {
        path.to_owned()
    };
    let bytes = std::fs::read(&file)?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    let names: Vec<&str> = tensors.names();
    let only = names.first().copied().filter(|_| names.len() == 1);
    let found = names
        .iter()
        .copied()
        .find(|n| n.ends_with("word_embeddings.weight"))
        .or(only);
    let name = tensor
        .or(found)
        .with_context(|| format!("expected --tensor, one of {names:?}"))?;
    let view = tensors.tensor(name)?;
    let [_, columns] = view.shape() else {
        bail!("{name}: expected two axes, found {:?}", view.shape())
    };
    Ok(Table::new(
        floats(
            view.data(),
            view.dtype() == Dtype::F64,
            view.dtype() == Dtype::F32,
        )?,
        *columns,
    )?)
}

/// NumPy's format, version 1 to 3: magic, version, length of the header, header, data.
fn read_npy(bytes: &[u8]) -> Result<Table> {
    ensure!(
        bytes.len() > 12 && bytes.starts_with(b"\x93NUMPY"),
        "expected a .npy file"
    );
    let wide = bytes[6] > 1;
    let length = u32::from_le_bytes([
        bytes[8],
        bytes[9],
        bytes[10] * u8::from(wide),
        bytes[11] * u8::from(wide),
    ]);
    let start = if wide { 12 } else { 10 };
    let end = start + length as usize;
    let header = std::str::from_utf8(bytes.get(start..end).context("the header is cut off")?)?;
    ensure!(
        header.contains("'fortran_order': False"),
        "expected C order in {header}"
    );
    let shape = header
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .context("expected a shape")?
        .0;
    let shape: Vec<usize> = shape
        .split(',')
        .filter(|s| !s.trim().is_empty())
        .map(|s| s.trim().parse())
        .collect::<Result<_, _>>()?;
    let [_, columns] = shape[..] else {
        bail!("expected two axes, found {shape:?}")
    };
    Ok(Table::new(
        floats(
            &bytes[end..],
            header.contains("'<f8'"),
            header.contains("'<f4'"),
        )?,
        columns,
    )?)
}

fn floats(bytes: &[u8], double: bool, single: bool) -> Result<Vec<f32>> {
    ensure!(double || single, "expected float32 or float64");
    let from_8 = |b: &[u8]| -> Result<f32> { Ok(f64::from_le_bytes(b.try_into()?) as f32) };
    let from_4 = |b: &[u8]| -> Result<f32> { Ok(f32::from_le_bytes(b.try_into()?)) };
    if double {
        bytes.chunks(8).map(from_8).collect()
    } else {
        bytes.chunks(4).map(from_4).collect()
    }
}
