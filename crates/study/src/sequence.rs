//! How much entropy does a sequence have, by every estimate that needs no model, and how much of it
//! do its surrogates have?

use std::path::{Path, PathBuf};

use dissensus_corpus::{
    klet_shuffle, klet_shuffle_dna, markov_resample, markov_resample_dna, numbered_bases,
    numbered_letters,
};
use dissensus_input::{Documents, Modality, Set};
use dissensus_reference::{SurveyParams, SurveyRow, survey};
use dissensus_report::{
    Cell, Disclosure, Figure, IntervalChart, IntervalGroup, IntervalRow, Mark, MarkRole, Page,
    RunCard, Section, Table,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::Error;
use crate::present::write_files;

/// The sequence itself and its surrogates: shuffles that keep single letters and words of three,
/// and a resample of order 5.
const COLUMNS: [&str; 4] = ["real", "1-let shuffle", "3-let shuffle", "order-5 resample"];

const LEAD: &str =
    "Every model-free estimate of the entropy of each file, beside those of its surrogates.";

const CAPTION: &str = "Bits per symbol by every estimate. The shuffles keep the counts of single letters and of words of three; the \
    resample is drawn from an order-5 Markov model. What the real sequence has below its surrogates is structure they lack.";

/// Estimates of a sequence and of each of its surrogates.
///
/// ```
/// use dissensus_input::{Document, Documents, Modality, Sets};
/// use dissensus_study::SurveyedSequence;
/// let analysis = vec![Document::of_text("ACGT".repeat(500))];
/// let documents = Documents::made(Modality::Dna, Sets { analysis, ..Sets::default() });
/// let found = SurveyedSequence::new("repeat", &documents, 2000, 1)?;
/// let [real, shuffled, ..] = &found.columns[..] else { panic!("four columns") };
/// let order_2 = |rows: &[dissensus_reference::SurveyRow]| rows.last().map(|row| row.bits.value);
/// // a repeat is told by its context, its shuffle is not
/// assert!(order_2(real) < order_2(shuffled));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyedSequence {
    /// What it is called.
    pub name: String,
    /// The rows of the sequence itself, of its 1-let shuffle, its 3-let shuffle and its order-5
    /// resample.
    pub columns: Vec<Vec<SurveyRow>>,
}

impl SurveyedSequence {
    /// Surveys the first `symbols` of the analysis set, which is all of files that are read whole,
    /// and surrogates drawn with `seed`.
    ///
    /// Text is lower-cased; its 63 most frequent letters are letters, all others one more.
    ///
    /// # Errors
    /// [`Error::Input`] for documents that cannot be read, [`Error::Corpus`] and
    /// [`Error::Reference`] for sequences too short.
    pub fn new(
        name: impl Into<String>,
        documents: &Documents,
        symbols: usize,
        seed: u64,
    ) -> Result<Self, Error> {
        let sequence = joined(documents, symbols)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (columns, params) = match documents.modality() {
            Modality::Dna => of_dna(&sequence, symbols, &mut rng)?,
            Modality::Text => of_text(&sequence, symbols, &mut rng)?,
        };
        let columns = columns.iter().map(|symbols| survey(symbols, &params));
        Ok(Self {
            name: name.into(),
            columns: columns.collect::<Result<_, _>>()?,
        })
    }

    /// The rows of each column under its name.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let columns = COLUMNS.iter().zip(&self.columns);
        let columns = columns.map(|(name, rows)| ((*name).into(), serde_json::json!(rows)));
        serde_json::Value::Object(columns.collect())
    }

    /// One row an estimate, its interval beside the value of the real sequence.
    ///
    /// # Errors
    /// [`Error::Report`], which does not happen.
    pub fn table(&self) -> Result<Table, Error> {
        let columns = ["bits per symbol", COLUMNS[0], "low", "high"];
        let columns = columns.into_iter().chain(COLUMNS[1..].iter().copied());
        let mut table = Table::new(&self.name, columns);
        for (at, row) in self.columns[0].iter().enumerate() {
            let ends = interval(row);
            let first = [
                Cell::from(row.name.as_str()),
                row.bits.value.into(),
                ends.map(|(low, _)| low).into(),
                ends.map(|(_, high)| high).into(),
            ];
            let surrogates = self.columns[1..].iter();
            let surrogates = surrogates.map(|rows| rows[at].bits.value.into());
            table.push(first.into_iter().chain(surrogates))?;
        }
        Ok(table)
    }

    /// One group an estimate, one row a column.
    #[must_use]
    pub fn chart(&self) -> IntervalChart {
        let row = |(subject, row): (&str, &SurveyRow)| IntervalRow {
            subject: subject.into(),
            marks: vec![Mark {
                role: MarkRole::Trained,
                value: row.bits.value,
                interval: interval(row),
            }],
        };
        let rows = |at: usize| self.columns.iter().map(move |rows| &rows[at]);
        let group = |(at, first): (usize, &SurveyRow)| IntervalGroup {
            name: first.name.clone(),
            rows: COLUMNS.into_iter().zip(rows(at)).map(row).collect(),
        };
        IntervalChart {
            title: self.name.clone(),
            x_label: "bits per symbol".into(),
            groups: self.columns[0].iter().enumerate().map(group).collect(),
            ..IntervalChart::default()
        }
    }
}

fn interval(row: &SurveyRow) -> Option<(f64, f64)> {
    row.bits
        .has_interval()
        .then_some((row.bits.low, row.bits.high))
}

/// Writes `results.json`, a table and a figure for each sequence, and `report.html`; returns the
/// paths.
///
/// # Errors
/// [`Error::File`] and [`Error::Report`] if a file cannot be made or written.
pub fn write_sequences(
    sequences: &[SurveyedSequence],
    card: RunCard,
    folder: &Path,
) -> Result<Vec<PathBuf>, Error> {
    let mut page = Page::new("The entropy of sequences", LEAD);
    page.card(card);
    let mut files = vec![("results.json".to_string(), sequences_json(sequences)?)];
    for (at, sequence) in sequences.iter().enumerate() {
        let name = &sequence.name;
        let stem = name.split('.').next().unwrap_or("sequence");
        let (table, chart) = (sequence.table()?, sequence.chart());
        files.push((format!("{stem}.csv"), table.to_csv()?));
        files.push((format!("{stem}.svg"), chart.to_svg()?));
        let mut section = Section::new(&format!("file-{at}"), name);
        section
            .figure(&Figure::new(&format!("figure-{at}"), chart, CAPTION))
            .table(&table, Disclosure::Open);
        page.section(section);
    }
    files.push(("report.html".into(), page.to_html()?));
    write_files(folder, files)
}

/// Every sequence under its name, as indented JSON that ends in a newline.
///
/// # Errors
/// [`Error::Json`], which does not happen.
pub fn sequences_json(sequences: &[SurveyedSequence]) -> Result<String, Error> {
    let named = sequences
        .iter()
        .map(|one| (one.name.clone(), one.to_json()));
    let all = serde_json::Value::Object(named.collect());
    let text = serde_json::to_string_pretty(&all);
    Ok(text.map_err(dissensus_report::Error::from)? + "\n")
}

/// The sequence and its surrogates as numbers, and how they are surveyed.
type Columns = ([Vec<Option<u8>>; 4], SurveyParams);

fn of_dna(sequence: &str, symbols: usize, rng: &mut ChaCha8Rng) -> Result<Columns, Error> {
    let dna: String = sequence.chars().take(symbols).collect();
    let [ones, threes] = [1, 3].map(|k| klet_shuffle_dna(&dna, k, rng));
    let resample = markov_resample_dna(&dna, 5, rng);
    let columns = [dna, ones?, threes?, resample].map(|dna| numbered_bases(&dna));
    Ok((columns, SurveyParams::dna()))
}

fn of_text(sequence: &str, symbols: usize, rng: &mut ChaCha8Rng) -> Result<Columns, Error> {
    let text = sequence.to_lowercase();
    let text: String = text.chars().take(symbols).collect();
    let found = numbered_letters(&text, 64);
    let [ones, threes] = [1, 3].map(|k| klet_shuffle(&found.symbols, k, rng));
    let resample = markov_resample(&found.symbols, 5, rng);
    let size = found.size().max(2);
    let columns = [found.symbols, ones?, threes?, resample];
    let columns = columns.map(|symbols| symbols.into_iter().map(Some).collect());
    Ok((columns, SurveyParams::text(size)))
}

/// Documents up to so many symbols as one sequence: texts stand a space apart, and an N interrupts
/// DNA that does not touch.
fn joined(documents: &Documents, symbols: usize) -> Result<String, Error> {
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
