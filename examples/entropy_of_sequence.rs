//! Every model-free estimate of the entropy of FASTA or text files, beside those of their surrogates.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use dissensus_corpus::{
    klet_shuffle, klet_shuffle_dna, markov_resample, markov_resample_dna, numbered_bases,
    numbered_letters,
};
use dissensus_input::{Documents, Modality, Set};
use dissensus_reference::{SurveyParams, SurveyRow, survey};
use dissensus_report::{
    Cell, Disclosure, Figure, IntervalChart, IntervalGroup, IntervalRow, Mark, MarkRole, Page,
    Results, Section, Table, write_atomically,
};
use dissensus_study::{RunFacts, run_card};
use dissensus_workbench::{
    Bars, Common, Ending, Given, Reading, Record, Signals, Terminal, program,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Prints every estimate of the entropy of each file in bits per base or character, beside a shuffle that keeps
/// single letters, one that keeps words of three, and an order-5 resample; writes table, JSON and figure.
///
/// DNA is upper-cased, U counts as T, and all but A, C, G, T interrupts, a run of N once. Text is cleaned and lower-cased; its 63 most frequent letters are
/// letters, all others one more.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// FASTA, text, JSONL or tables, plain, .gz or .zst.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What the files hold: text or dna; by default FASTA is DNA and all else text.
    #[arg(long)]
    modality: Option<Modality>,
    /// Symbols read from each file.
    #[arg(long, default_value_t = 1_000_000)]
    symbols: usize,
    /// Seed of the surrogates.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    common: Common,
}

const COLUMNS: [&str; 4] = ["real", "1-let shuffle", "3-let shuffle", "order-5 resample"];

const NAME: &str = "entropy_of_sequence";

fn main() -> ExitCode {
    program(estimate)
}

fn estimate(arguments: &Given<Arguments>, signals: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let folder = arguments.common.folder(NAME);
    let terminal = Terminal::new(&arguments.common);
    let mut record = Record::begin(arguments, "cpu");
    record.files(&arguments.files)?;
    let mut bars = Bars::new("", &arguments.common, signals);
    let (mut all, mut shown) = (serde_json::Map::new(), Vec::new());
    for file in &arguments.files {
        bars.begin(&file.display().to_string());
        let (modality, sequence) = sequence(file, arguments, &bars)?;
        let surveys = surveys(modality, &sequence, arguments);
        let surveys = surveys.with_context(|| file.display().to_string())?;
        let columns = COLUMNS.iter().zip(&surveys);
        let columns = columns.map(|(column, rows)| (column.to_string(), serde_json::json!(rows)));
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        all.insert(name.clone(), serde_json::Value::Object(columns.collect()));
        shown.push((name, surveys));
    }
    drop(bars);
    let facts = record.end(&folder)?;
    let json = serde_json::to_string_pretty(&all)? + "\n";
    let paths = write(&shown, &facts, &json, &folder)?;
    for (name, surveys) in &shown {
        terminal.line(&table(name, surveys)?.to_string())?;
    }
    terminal.results(&json)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}

/// Writes results, a table and a figure for each file, and the page.
fn write(
    shown: &[(String, Vec<Vec<SurveyRow>>)],
    facts: &RunFacts,
    json: &str,
    folder: &Path,
) -> Result<Vec<PathBuf>> {
    let mut page = Page::new("The entropy of sequences", LEAD);
    page.card(run_card(&Results::new(Vec::new()), Some(facts)));
    let mut files = vec![("results.json".to_string(), json.to_string())];
    for (at, (name, surveys)) in shown.iter().enumerate() {
        let stem = name.split('.').next().unwrap_or("sequence");
        let (table, figure) = (table(name, surveys)?, figure(name, surveys));
        files.push((format!("{stem}.csv"), table.to_csv()?));
        files.push((format!("{stem}.svg"), figure.to_svg()?));
        let mut section = Section::new(&format!("file-{at}"), name);
        section
            .figure(&Figure::new(&format!("figure-{at}"), figure, CAPTION))
            .table(&table, Disclosure::Open);
        page.section(section);
    }
    files.push(("report.html".into(), page.to_html()?));
    let write = |(name, contents): (String, String)| {
        let path = folder.join(name);
        write_atomically(&path, contents.as_bytes())?;
        Ok(path)
    };
    files.into_iter().map(write).collect()
}

const LEAD: &str =
    "Every model-free estimate of the entropy of each file, beside those of its surrogates.";

const CAPTION: &str = "Bits per symbol by every estimate. The shuffles keep the counts of single letters and of words of three; the \
    resample is drawn from an order-5 Markov model. What the real sequence has below its surrogates is structure they lack.";

/// The symbols of a file.
fn sequence(file: &Path, arguments: &Arguments, bars: &Bars) -> Result<(Modality, String)> {
    let modality = arguments.reading.modality(arguments.modality, file)?;
    let params = arguments.reading.params(modality).with_whole(true);
    let documents = Documents::open(&[file.to_path_buf()], &params)?;
    bars.say(&format!("read {}", documents.counts()));
    Ok((modality, joined(&documents, arguments.symbols)?))
}

/// One survey a column.
fn surveys(
    modality: Modality,
    sequence: &str,
    arguments: &Arguments,
) -> Result<Vec<Vec<SurveyRow>>> {
    let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
    let (columns, params) = if modality == Modality::Dna {
        let dna: String = sequence.chars().take(arguments.symbols).collect();
        let shuffles = [1, 3].map(|k| klet_shuffle_dna(&dna, k, &mut rng));
        let [ones, threes] = shuffles;
        let resample = markov_resample_dna(&dna, 5, &mut rng);
        let columns = [dna, ones?, threes?, resample].map(|dna| numbered_bases(&dna));
        (columns, SurveyParams::dna())
    } else {
        let text = sequence.to_lowercase();
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

/// Documents up to so many symbols as one sequence: texts stand a space apart, and an N interrupts DNA that does not touch.
fn joined(documents: &Documents, symbols: usize) -> Result<String> {
    let mut sequence = String::new();
    let mut end = None;
    for document in documents.of(Set::Analysis) {
        let document = document?;
        let origin = &document.origin;
        let apart = match documents.modality() {
            Modality::Text => " ",
            Modality::Dna if end == Some((origin.record, origin.start)) => "",
            Modality::Dna => "N",
        };
        if !sequence.is_empty() {
            sequence.push_str(apart);
        }
        sequence.push_str(&document.text);
        end = Some((origin.record, origin.start + document.text.len() as u64));
        if sequence.chars().count() >= symbols {
            break;
        }
    }
    Ok(sequence)
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
            role: MarkRole::Trained,
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
