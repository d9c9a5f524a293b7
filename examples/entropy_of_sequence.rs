//! Every model-free estimate of the entropy of FASTA or text files, beside those of their surrogates.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use dissensus_corpus::{
    Format, SoftMasked, clean_dna, clean_text, klet_shuffle, klet_shuffle_dna, markov_resample,
    markov_resample_dna, records,
};
use dissensus_reference::{SurveyParams, SurveyRow, survey};
use dissensus_report::{Bar, BarChart, BarSeries, Table, write_atomically};
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
    #[arg(long, default_value = "target/entropy_of_sequence")]
    out: PathBuf,
}

type Column = (&'static str, Vec<SurveyRow>);

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.out)?;
    let mut all = serde_json::Map::new();
    for file in &arguments.files {
        let columns = surveys(file, &arguments).with_context(|| file.display().to_string())?;
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let stem = name.split('.').next().unwrap_or("sequence").to_owned();
        let table = table(&name, &columns)?;
        println!("{table}");
        let path = |extension: &str| arguments.out.join(&stem).with_extension(extension);
        write_atomically(&path("csv"), table.to_csv()?.as_bytes())?;
        write_atomically(&path("svg"), figure(&name, &columns).to_svg()?.as_bytes())?;
        let columns: serde_json::Map<_, _> = columns
            .into_iter()
            .map(|(c, rows)| (c.to_owned(), serde_json::json!(rows)))
            .collect();
        all.insert(name, columns.into());
    }
    let path = arguments.out.join("results.json");
    write_atomically(&path, serde_json::to_string_pretty(&all)?.as_bytes())?;
    println!("written to {}", arguments.out.display());
    Ok(())
}

fn surveys(file: &Path, arguments: &Arguments) -> Result<Vec<Column>> {
    let format = Format::of_name(file, "text")?;
    let texts = records(file, &format)?
        .map(|r| r.map(|r| r.text))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
    if matches!(format, Format::Fasta) {
        let mut dna = clean_dna(texts.join("N").as_bytes(), SoftMasked::Upper);
        dna.truncate(arguments.symbols);
        let symbols = |dna: &str| dna.bytes().map(base).collect::<Vec<_>>();
        let surrogates = [
            ("real", dna.clone()),
            ("1-let shuffle", klet_shuffle_dna(&dna, 1, &mut rng)?),
            ("3-let shuffle", klet_shuffle_dna(&dna, 3, &mut rng)?),
            ("order-5 resample", markov_resample_dna(&dna, 5, &mut rng)),
        ];
        let survey =
            |(name, dna): (_, String)| Ok((name, survey(&symbols(&dna), &SurveyParams::dna())?));
        return surrogates.into_iter().map(survey).collect();
    }
    let letters: Vec<char> = clean_text(&texts.join(" "))
        .to_lowercase()
        .chars()
        .take(arguments.symbols)
        .collect();
    let (symbols, size) = numbered(&letters);
    let surrogates = [
        ("real", symbols.clone()),
        ("1-let shuffle", klet_shuffle(&symbols, 1, &mut rng)?),
        ("3-let shuffle", klet_shuffle(&symbols, 3, &mut rng)?),
        ("order-5 resample", markov_resample(&symbols, 5, &mut rng)),
    ];
    let some = |symbols: Vec<u8>| symbols.into_iter().map(Some).collect::<Vec<_>>();
    let survey = |(name, symbols)| Ok((name, survey(&some(symbols), &SurveyParams::text(size))?));
    surrogates.into_iter().map(survey).collect()
}

fn base(letter: u8) -> Option<u8> {
    b"ACGT".iter().position(|&b| b == letter).map(|x| x as u8)
}

/// Letters by falling frequency, the rare ones as one; and how many there are.
fn numbered(letters: &[char]) -> (Vec<u8>, usize) {
    let mut counts = std::collections::BTreeMap::new();
    letters
        .iter()
        .for_each(|&letter| *counts.entry(letter).or_insert(0u64) += 1);
    let mut by_count: Vec<(char, u64)> = counts.into_iter().collect();
    by_count.sort_by_key(|&(letter, n)| (std::cmp::Reverse(n), letter));
    let size = by_count.len().clamp(2, 64);
    let number: std::collections::HashMap<char, u8> = by_count
        .iter()
        .enumerate()
        .map(|(i, &(letter, _))| (letter, i.min(size - 1) as u8))
        .collect();
    (letters.iter().map(|letter| number[letter]).collect(), size)
}

fn table(title: &str, columns: &[Column]) -> Result<Table> {
    let names = std::iter::once("bits per symbol").chain(columns.iter().map(|c| c.0));
    let mut table = Table::new(title, names);
    for row in 0..columns[0].1.len() {
        let shown = columns
            .iter()
            .map(|(_, rows)| rows[row].bits)
            .map(|b| match b.low.is_nan() {
                true => format!("{:.3}", b.value),
                false => format!("{:.3} [{:.3} {:.3}]", b.value, b.low, b.high),
            });
        table.push(std::iter::once(columns[0].1[row].name.clone()).chain(shown))?;
    }
    Ok(table)
}

fn figure(title: &str, columns: &[Column]) -> BarChart {
    let bar = |row: &SurveyRow| {
        let interval = (!row.bits.low.is_nan()).then_some((row.bits.low, row.bits.high));
        Some(Bar {
            value: row.bits.value,
            interval,
            chance: None,
        })
    };
    BarChart {
        title: title.into(),
        y_label: "bits per symbol".into(),
        categories: columns[0].1.iter().map(|row| row.name.clone()).collect(),
        series: columns
            .iter()
            .map(|(name, rows)| BarSeries {
                name: (*name).into(),
                bars: rows.iter().map(bar).collect(),
            })
            .collect(),
    }
}
