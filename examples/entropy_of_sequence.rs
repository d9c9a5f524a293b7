//! Every model-free estimate of the entropy of FASTA or text files, beside those of their surrogates.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use dissensus_corpus::{
    Format, SoftMasked, clean_dna, clean_text, klet_shuffle, klet_shuffle_dna, markov_resample,
    markov_resample_dna, numbered_bases, numbered_letters, records,
};
use dissensus_reference::{SurveyParams, SurveyRow, survey};
use dissensus_report::{
    Cell, IntervalChart, IntervalGroup, IntervalRow, Mark, Role, Table, write_atomically,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Prints every estimate of the entropy of each file in bits per base or character, beside a shuffle that keeps
/// single letters, one that keeps words of three, and an order-5 resample; writes table, JSON and figure.
///
/// DNA is upper-cased and all but A, C, G, T interrupts. Text is cleaned and lower-cased; its 63 most frequent letters are
/// letters, all others one more.
#[derive(Parser)]
struct Arguments {
    /// FASTA (.fa, .fna, .fasta) or text files, plain, .gz or .zst.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Symbols read from each file.
    #[arg(long, default_value_t = 1_000_000)]
    symbols: usize,
    /// Seed of the surrogates.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the table, results and figures go.
    #[arg(long, default_value = "runs/entropy_of_sequence")]
    out: PathBuf,
}

const COLUMNS: [&str; 4] = ["real", "1-let shuffle", "3-let shuffle", "order-5 resample"];

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.out)?;
    let mut all = serde_json::Map::new();
    for file in &arguments.files {
        let surveys = surveys(file, &arguments).with_context(|| file.display().to_string())?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let stem = arguments
            .out
            .join(name.split('.').next().unwrap_or("sequence"));
        let table = table(&name, &surveys)?;
        println!("{table}");
        write_atomically(&stem.with_extension("csv"), table.to_csv()?.as_bytes())?;
        let figure = figure(&name, &surveys).to_svg()?;
        write_atomically(&stem.with_extension("svg"), figure.as_bytes())?;
        let columns = COLUMNS.iter().zip(&surveys);
        let columns = columns.map(|(column, rows)| (column.to_string(), serde_json::json!(rows)));
        all.insert(
            name.into_owned(),
            serde_json::Value::Object(columns.collect()),
        );
    }
    let path = arguments.out.join("results.json");
    write_atomically(&path, serde_json::to_string_pretty(&all)?.as_bytes())?;
    println!("written to {}", arguments.out.display());
    Ok(())
}

/// One survey a column.
fn surveys(file: &Path, arguments: &Arguments) -> Result<Vec<Vec<SurveyRow>>> {
    let format = Format::of_name(file, "text")?;
    let texts = records(file, &format)?.map(|record| record.map(|r| r.text));
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
    let (columns, params) = if matches!(format, Format::Fasta) {
        let mut dna = clean_dna(texts.join("N").as_bytes(), SoftMasked::Upper);
        dna.truncate(arguments.symbols);
        let shuffles = [1, 3].map(|k| klet_shuffle_dna(&dna, k, &mut rng));
        let [ones, threes] = shuffles;
        let resample = markov_resample_dna(&dna, 5, &mut rng);
        let columns = [dna, ones?, threes?, resample].map(|dna| numbered_bases(&dna));
        (columns, SurveyParams::dna())
    } else {
        let text = clean_text(&texts.join(" ")).to_lowercase();
        let text: String = text.chars().take(arguments.symbols).collect();
        let found = numbered_letters(&text, 64);
        let [ones, threes] = [1, 3].map(|k| klet_shuffle(&found.symbols, k, &mut rng));
        let resample = markov_resample(&found.symbols, 5, &mut rng);
        let size = found.size().max(2);
        let columns = [found.symbols, ones?, threes?, resample];
        let columns = columns.map(|symbols| symbols.into_iter().map(Some).collect());
        (columns, SurveyParams::text(size))
    };
    let found = columns.iter().map(|symbols| survey(symbols, &params));
    Ok(found.collect::<Result<_, _>>()?)
}

fn interval(row: &SurveyRow) -> Option<(f64, f64)> {
    row.bits
        .has_interval()
        .then_some((row.bits.low, row.bits.high))
}

/// One row an estimate, its interval beside the value of the real sequence.
fn table(title: &str, surveys: &[Vec<SurveyRow>]) -> Result<Table> {
    let columns = ["bits per symbol", COLUMNS[0], "low", "high"];
    let columns = columns.into_iter().chain(COLUMNS[1..].iter().copied());
    let mut table = Table::new(title, columns);
    for (at, row) in surveys[0].iter().enumerate() {
        let ends = interval(row);
        let first = [
            Cell::from(row.name.as_str()),
            row.bits.value.into(),
            ends.map(|(low, _)| low).into(),
            ends.map(|(_, high)| high).into(),
        ];
        let surrogates = surveys[1..].iter().map(|rows| rows[at].bits.value.into());
        table.push(first.into_iter().chain(surrogates))?;
    }
    Ok(table)
}

/// One group an estimate, one row a sequence.
fn figure(title: &str, surveys: &[Vec<SurveyRow>]) -> IntervalChart {
    let row = |(subject, row): (&str, &SurveyRow)| IntervalRow {
        subject: subject.into(),
        marks: vec![Mark {
            role: Role::Trained,
            value: row.bits.value,
            interval: interval(row),
        }],
    };
    let group = |(at, first): (usize, &SurveyRow)| IntervalGroup {
        name: first.name.clone(),
        rows: COLUMNS
            .into_iter()
            .zip(surveys.iter().map(|rows| &rows[at]))
            .map(row)
            .collect(),
    };
    IntervalChart {
        title: title.into(),
        x_label: "bits per symbol".into(),
        groups: surveys[0].iter().enumerate().map(group).collect(),
        ..IntervalChart::default()
    }
}
