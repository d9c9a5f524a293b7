//! What can go wrong between files and token ids.

use std::io;
use std::path::PathBuf;

use crate::Modality;

/// Why an input could not be read, divided or tokenized.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No file to read.
    #[error("no file was given, expected at least one")]
    NoFiles,
    /// Standard input among other files, or twice.
    #[error(
        "standard input (-) can be read only once and alone; expected file names beside each other, or - by itself"
    )]
    StandardInput,
    /// A parameter outside its range.
    #[error("{parameter} is {found}, expected {expected}")]
    Parameter {
        /// Which one.
        parameter: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A file whose format does not show in its name.
    #[error("{}: the name does not say the format; name it, as in --format fasta (txt, paragraphs, lines, jsonl, csv, tsv, fasta, genbank, parquet)", file.display())]
    UnnamedFormat {
        /// The file.
        file: PathBuf,
    },
    /// A file that could not be copied where it can be read twice.
    #[error("{}: cannot be kept for a second reading: {source}", file.display())]
    Spool {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The sequences of a training set could not be kept.
    #[error("the training sequences cannot be kept in a temporary file in {}: {source}", std::env::temp_dir().display())]
    Store {
        /// What the system said.
        source: io::Error,
    },
    /// Reading failed; the message names file, record and byte.
    #[error(transparent)]
    Corpus(#[from] dissensus_corpus::Error),
    /// A file of regions without one.
    #[error("{}: there is no interval in it, expected lines of BED", file.display())]
    NoRegions {
        /// The file.
        file: PathBuf,
    },
    /// Intervals of a sequence that no file has.
    #[error("{}: there is no sequence {sequence:?} in the files that are read; expected the first word behind a >", file.display())]
    RegionElsewhere {
        /// The file of intervals.
        file: PathBuf,
        /// The sequence.
        sequence: String,
    },
    /// A record that cannot be held out.
    #[error(
        "{record:?} cannot be held out: {problem}; expected the name of a record, as the first word behind a > of FASTA"
    )]
    HeldOut {
        /// Its name.
        record: String,
        /// Why not.
        problem: &'static str,
    },
    /// A file that could not be divided.
    #[error("{}: {source}", file.display())]
    Divide {
        /// The file.
        file: PathBuf,
        /// Why.
        source: dissensus_corpus::Error,
    },
    /// A record of DNA with a letter that is no nucleotide.
    #[error("{}: record {record}{}: symbol {at} is {found:?}, expected DNA (ACGTU or RYSWKMBDHVN, either case)", file.display(), named(name))]
    NotDna {
        /// The file.
        file: PathBuf,
        /// Number of the record, from 1.
        record: u64,
        /// Its name.
        name: String,
        /// Where in the record, from 0.
        at: usize,
        /// The letter.
        found: char,
    },
    /// FASTA where text was asked for.
    #[error("{}: record {name:?} is a sequence of FASTA, expected natural language", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
        /// Name of the first record.
        name: String,
    },
    /// Nothing is left after cleaning.
    #[error("{}: no {} is left: {records} records, {blank} of them empty", file.display(), modality.symbol())]
    NothingLeft {
        /// The file.
        file: PathBuf,
        /// What was looked for.
        modality: Modality,
        /// Records read.
        records: u64,
        /// Records without content.
        blank: u64,
    },
    /// A file that was another at the second reading.
    #[error("{}: changed while it was read: {found} symbols where {expected} were counted", file.display())]
    Changed {
        /// The file.
        file: PathBuf,
        /// Symbols at the first reading.
        expected: u64,
        /// Symbols at the second.
        found: u64,
    },
    /// Documents that give no sequence.
    #[error("{documents} documents of the {set} set give no sequence of {minimum} tokens or more")]
    NoSequences {
        /// Which set.
        set: &'static str,
        /// Number of documents.
        documents: u64,
        /// Tokens that a sequence needs.
        minimum: usize,
    },
    /// A document that the tokenizer refuses.
    #[error("{origin}: {source}")]
    Encode {
        /// Where the document stands.
        origin: String,
        /// What the tokenizer said.
        source: dissensus_tokenize::Error,
    },
    /// The tokenizer cannot frame sequences as asked.
    #[error(transparent)]
    Tokenize(#[from] dissensus_tokenize::Error),
}

/// A name at the length of a message.
fn named(name: &str) -> String {
    const LONGEST: usize = 60;
    match name.char_indices().nth(LONGEST) {
        _ if name.is_empty() => String::new(),
        Some((end, _)) => format!(" ({}…)", &name[..end]),
        None => format!(" ({name})"),
    }
}
