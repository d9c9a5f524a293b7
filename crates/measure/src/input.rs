//! Where the sequences come from: the built-in sources, or files.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use dissensus_corpus::{
    Format, Record, SplitParams, WindowParams, clean_text, records, soft_masked_runs,
    split_records, text_pieces, windows_of,
};
use dissensus_source::{DnaLike, DnaParams, Source, TextLike, TextParams, documents};

use crate::{Data, Error};

/// Symbols of a document: long enough that cutting it into sequences wastes little.
const DOCUMENT: usize = 8192;
/// Share of each file that the evaluation set takes, and the analysis set.
const HELD_OUT: f64 = 0.05;
/// Symbols left out between sets.
const GAP: u64 = 1000;

/// Where the sequences of one kind of data come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The source whose entropy is known, of this many training symbols.
    BuiltIn {
        /// Symbols of the training set; the other sets get a tenth each.
        symbols: usize,
        /// Seed of the documents.
        seed: u64,
    },
    /// Files, each split by itself so that every file is in every set.
    Files(Vec<PathBuf>),
}

impl fmt::Display for Input {
    /// What it is, without a path: results do not say where they were made.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn { symbols, seed } => {
                write!(f, "built-in, {symbols} symbols, seed {seed}")
            }
            Self::Files(paths) => {
                let names = paths.iter().filter_map(|path| path.file_name());
                let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
                f.write_str(&names.join(" "))
            }
        }
    }
}

/// Cleaned documents of the three sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Documents {
    /// To learn from.
    pub training: Vec<String>,
    /// To choose a checkpoint by.
    pub evaluation: Vec<String>,
    /// To measure on.
    pub analysis: Vec<String>,
    /// Runs of each analysis document that were soft-masked in the file, in bases; nothing for text.
    pub soft_masked: Vec<Vec<Range<usize>>>,
}

impl Documents {
    /// Documents of a source: `symbols` to learn from, a tenth of that to choose and to measure each. They are drawn one after
    /// another, so no two sets share one.
    #[must_use]
    pub fn of_source(source: &dyn Source, symbols: usize, seed: u64) -> Self {
        let count = symbols.div_ceil(DOCUMENT).max(1);
        let held_out = count.div_ceil(10);
        let mut all = documents(source, seed, DOCUMENT);
        Self {
            training: all.by_ref().take(count).collect(),
            evaluation: all.by_ref().take(held_out).collect(),
            analysis: all.take(held_out).collect(),
            soft_masked: Vec::new(),
        }
    }
}

impl Input {
    /// Reads, cleans and splits.
    ///
    /// # Errors
    /// [`Error::Corpus`] for a file that cannot be read or is too short to be split, [`Error::NoFiles`] without files.
    pub fn documents(&self, data: Data) -> Result<Documents, Error> {
        match self {
            Self::BuiltIn { symbols, seed } => {
                let source = built_in(data)?;
                Ok(Documents::of_source(source.as_ref(), *symbols, *seed))
            }
            Self::Files(paths) if paths.is_empty() => Err(Error::NoFiles),
            Self::Files(paths) => {
                let mut all = Documents::default();
                for path in paths {
                    let one = read(path, data)?;
                    all.training.extend(one.training);
                    all.evaluation.extend(one.evaluation);
                    all.analysis.extend(one.analysis);
                    all.soft_masked.extend(one.soft_masked);
                }
                Ok(all)
            }
        }
    }

    /// Checks that every file is there, before the first is read.
    ///
    /// # Errors
    /// [`Error::NoFiles`], [`Error::Missing`], and [`Error::Corpus`] for a name that says no format.
    pub fn check(&self) -> Result<(), Error> {
        let Self::Files(paths) = self else {
            return Ok(());
        };
        for path in paths {
            Error::check_exists(path)?;
            Format::of_name(path, "text")?;
        }
        match paths.is_empty() {
            true => Err(Error::NoFiles),
            false => Ok(()),
        }
    }

    /// Everything as the analysis set, nothing left to train on.
    ///
    /// # Errors
    /// As [`Input::documents`].
    pub fn whole(&self, data: Data) -> Result<Documents, Error> {
        let Self::Files(paths) = self else {
            return self.documents(data);
        };
        let mut all = Documents::default();
        for path in paths {
            let (analysis, soft_masked) = cut(&cleaned(path, data)?, data)?;
            all.analysis.extend(analysis);
            all.soft_masked.extend(soft_masked);
        }
        Ok(all)
    }

    /// The source behind the built-in input.
    ///
    /// # Errors
    /// [`Error::Source`] if it cannot be made.
    pub fn source(&self, data: Data) -> Result<Option<Box<dyn Source>>, Error> {
        match self {
            Self::Files(_) => Ok(None),
            Self::BuiltIn { .. } => built_in(data).map(Some),
        }
    }
}

/// Sources of which a small model learns most of what context tells in a minute.
fn built_in(data: Data) -> Result<Box<dyn Source>, Error> {
    Ok(match data {
        Data::Text => Box::new(TextLike::new(&TextParams::small())?),
        Data::Dna => Box::new(DnaLike::new(&DnaParams::rich_in_repeats())?),
    })
}

/// The records of a file, text of them cleaned.
fn cleaned(path: &Path, data: Data) -> Result<Vec<Record>, Error> {
    let format = Format::of_name(path, "text")?;
    let mut sequences = Vec::new();
    for record in records(path, &format)? {
        let record = record?;
        let text = match data {
            Data::Text => clean_text(&record.text),
            // Case says what is soft-masked, so DNA is cleaned where it is cut.
            Data::Dna => record.text,
        };
        sequences.push(Record { text, ..record });
    }
    Ok(sequences)
}

fn read(path: &Path, data: Data) -> Result<Documents, Error> {
    let sequences = cleaned(path, data)?;
    let symbol = data.counted_in();
    let total: u64 = sequences.iter().map(|r| length(r, data)).sum();
    let params = SplitParams::of_shares(total, HELD_OUT, HELD_OUT)?.gap(GAP);
    let sets = split_records(&sequences, symbol, &params)?;
    let cut = |records: Vec<Record>| cut(&records, data);
    let (analysis, soft_masked) = cut(sets.analysis)?;
    Ok(Documents {
        training: cut(sets.training)?.0,
        evaluation: cut(sets.evaluation)?.0,
        analysis,
        soft_masked,
    })
}

fn length(record: &Record, data: Data) -> u64 {
    match data {
        Data::Text => record.text.chars().count() as u64,
        Data::Dna => record.text.len() as u64,
    }
}

/// Documents, and for DNA their soft-masked runs.
type Cut = (Vec<String>, Vec<Vec<Range<usize>>>);

fn cut(records: &[Record], data: Data) -> Result<Cut, Error> {
    let (mut documents, mut soft_masked) = Cut::default();
    for record in records {
        match data {
            Data::Text => {
                documents.extend(text_pieces(&record.text, DOCUMENT)?.map(|p| p.text.to_owned()));
            }
            Data::Dna => {
                let params = WindowParams::default().length(DOCUMENT).min_length(1);
                for window in windows_of(record, &params)?.0 {
                    let start = (window.start - record.start) as usize;
                    let raw = &record.text.as_bytes()[start..start + window.bases.len()];
                    soft_masked.push(soft_masked_runs(raw));
                    documents.push(window.bases);
                }
            }
        }
    }
    Ok((documents, soft_masked))
}
