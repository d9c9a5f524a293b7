//! What can be wrong with a task.

use std::path::PathBuf;

/// Why a task could not be opened or folded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A table or FASTA file that cannot be read.
    #[error(transparent)]
    Corpus(#[from] dissensus_corpus::Error),
    /// Classes or folds that are none.
    #[error(transparent)]
    Probe(#[from] dissensus_probe::Error),
    /// A file or folder that cannot be read.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A manifest that is no TOML, or has other keys than a manifest has.
    #[error("{}: expected a manifest of a task: {source}", file.display())]
    Manifest {
        /// The file.
        file: PathBuf,
        /// What the parser said, with line and column.
        source: Box<toml::de::Error>,
    },
    /// A manifest that names no file, or files in two ways.
    #[error("{}: expected the key `files`, or `train` and `test`, found {found}", file.display())]
    ManifestFiles {
        /// The file.
        file: PathBuf,
        /// The keys that it has.
        found: String,
    },
    /// A folder or file of no layout that is known.
    #[error(
        "{}: expected task.toml, train.csv and test.csv, train.fna and test.fna, or folders train and test with one folder a class \
         in each; or a file .toml .csv .tsv .fa .fasta .fna; found {found}",
        path.display()
    )]
    Layout {
        /// The folder or file.
        path: PathBuf,
        /// What there is.
        found: String,
    },
    /// A sequence that is empty or has another letter than the IUPAC codes of bases.
    #[error("{}: record {record}: sequence: expected bases, found {found:?}", file.display())]
    NotBases {
        /// The file.
        file: PathBuf,
        /// Number of the record, from 1.
        record: u64,
        /// The first letter that is none; none of an empty sequence.
        found: Option<char>,
    },
    /// A record without a class.
    #[error("{}: record {record}: {field}: expected a class, found {found:?}", file.display())]
    NoClass {
        /// The file.
        file: PathBuf,
        /// Number of the record, from 1.
        record: u64,
        /// Where the class should stand.
        field: String,
        /// What stands there.
        found: String,
    },
    /// A value of a split column that is neither training, validation nor test.
    #[error(
        "{}: record {record}: {column}: expected train, dev, validation, valid, val or test, found {found:?}",
        file.display()
    )]
    PartName {
        /// The file.
        file: PathBuf,
        /// Number of the record, from 1.
        record: u64,
        /// The column.
        column: String,
        /// What stands there.
        found: String,
    },
    /// A part that has no rows to learn from or to test on, perhaps because all of them leaked.
    #[error("{task}: expected at least {needed} rows to {purpose}, found {found}{}", without(*dropped))]
    TooFew {
        /// The name of the task.
        task: String,
        /// What rows are wanted for.
        purpose: &'static str,
        /// How many.
        needed: usize,
        /// How many there are.
        found: usize,
        /// How many were dropped because they nearly equal rows that are tested.
        dropped: usize,
    },
    /// A parameter outside its range.
    #[error("{name}: expected {expected}, found {value}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// The range it must lie in, in words.
        expected: &'static str,
        /// What was given.
        value: f64,
    },
}

/// What a count says of the rows that were left out before.
fn without(dropped: usize) -> String {
    match dropped {
        0 => String::new(),
        _ => {
            format!("; {dropped} more were dropped, because they nearly equal rows that are tested")
        }
    }
}
