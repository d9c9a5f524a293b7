//! What can be wrong with variants, their reference and their scores.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a model says when it fails.
pub type ModelError = Box<dyn std::error::Error + Send + Sync>;

/// Where a variant was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Row {
    /// The file as the caller named it; empty for what was not read from a file.
    pub file: PathBuf,
    /// Number of the record, from 1, header lines not counted.
    pub record: u64,
}

impl Row {
    /// A row of a file.
    pub fn new(file: impl AsRef<Path>, record: u64) -> Self {
        Self {
            file: file.as_ref().to_path_buf(),
            record,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.as_os_str().is_empty() {
            write!(f, "record {}", self.record)
        } else {
            write!(f, "{}: record {}", self.file.display(), self.record)
        }
    }
}

/// What is wrong with one variant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A position that is not a whole number from 1.
    #[error("position: expected a whole number from 1, found {found:?}")]
    Position {
        /// What stands there.
        found: String,
    },
    /// A field that is not a finite number.
    #[error("{field}: expected a finite number, found {found:?}")]
    Number {
        /// The field.
        field: String,
        /// What stands there.
        found: String,
    },
    /// An allele with another letter than A, C, G, T, or none: symbolic alleles, breakends, missing
    /// ones.
    #[error("{field}: expected bases A, C, G, T, found {found:?}")]
    NotBases {
        /// Which allele.
        field: &'static str,
        /// What stands there.
        found: String,
    },
    /// Both alleles are the same.
    #[error("expected an alternative allele unlike the reference allele, found {found:?} twice")]
    NoChange {
        /// The allele.
        found: String,
    },
    /// The reference has no contig of that name.
    #[error("contig: expected one of {known:?} (with or without chr), found {found:?}")]
    UnknownContig {
        /// The name.
        found: String,
        /// The names that there are, the first ten of them.
        known: Vec<String>,
    },
    /// A position that the reference does not cover.
    #[error("{contig}:{position}: the reference covers {covered}")]
    Outside {
        /// The contig.
        contig: String,
        /// The position, from 1.
        position: u64,
        /// What is covered, as `first-last`, from 1, intervals separated by commas.
        covered: String,
    },
    /// Other bases in the reference than the variant says.
    #[error("{contig}:{position}: REF is {expected}, the reference has {found}")]
    Mismatch {
        /// The contig.
        contig: String,
        /// The position, from 1.
        position: u64,
        /// The reference allele of the variant.
        expected: String,
        /// The bases of the reference.
        found: String,
    },
    /// Less reference around the variant than a window holds.
    #[error(
        "{contig}:{position}: expected {needed} bases of reference for a window, found {found}"
    )]
    ShortContig {
        /// The contig.
        contig: String,
        /// The position, from 1.
        position: u64,
        /// Bases of a window.
        needed: usize,
        /// Bases there are.
        found: usize,
    },
}

/// Why variants could not be read, placed or scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// One variant is wrong.
    #[error("{row}: {source}")]
    Variant {
        /// Where it was read.
        row: Row,
        /// What is wrong with it.
        source: Fault,
    },
    /// A FASTA file or a table that cannot be read.
    #[error(transparent)]
    Corpus(#[from] dissensus_corpus::Error),
    /// A record name that looks like a region but is none.
    #[error("{}: record {name:?}: {expected}, found {found}", file.display())]
    Region {
        /// The file.
        file: PathBuf,
        /// The name of the record.
        name: String,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// A VCF file that noodles cannot read.
    #[error("{row}: {source}")]
    Vcf {
        /// Where reading stopped; record 0 is the header.
        row: Row,
        /// What noodles said.
        source: std::io::Error,
    },
    /// A file that cannot be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file of a scan that was made of other variants, by another key, or not to its end.
    #[error("{}: expected {expected}, found {found}", file.display())]
    Shard {
        /// The file.
        file: PathBuf,
        /// What it should hold.
        expected: String,
        /// What it holds.
        found: String,
    },
    /// A name that is no part of a file name.
    #[error("name of a score: expected letters, digits, -, _ and ., found {found:?}")]
    Name {
        /// The name.
        found: String,
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
    /// Two things that must be equally long are not.
    #[error("{what}: expected {expected}, found {found}")]
    Length {
        /// Which thing.
        what: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// An edit that does not fit the window it is made on.
    #[error(
        "edit of {removed} bases at {at}: expected it to lie within a window of {length} bases"
    )]
    Edit {
        /// Offset in the window.
        at: usize,
        /// Bases removed.
        removed: usize,
        /// Bases of the window.
        length: usize,
    },
    /// A tokenizer that gives no token at the variant, or refuses the window.
    #[error(transparent)]
    Tokenize(#[from] dissensus_tokenize::Error),
    /// No token of the tokenizer covers the changed base.
    #[error("base {at} of a window of {length}: no token covers it")]
    Uncovered {
        /// Offset in the window.
        at: usize,
        /// Bases of the window.
        length: usize,
    },
    /// A statistic that could not be computed.
    #[error(transparent)]
    Statistic(#[from] dissensus_stats::Error),
    /// A model-free predictor that could not be made.
    #[error(transparent)]
    Predictor(#[from] dissensus_reference::Error),
    /// What the model said.
    #[error("the model failed: {source}")]
    Model {
        /// Its error.
        source: ModelError,
    },
}

/// Fails where two lengths differ.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if found != expected {
        return Err(Error::Length {
            what,
            expected,
            found,
        });
    }
    Ok(())
}

/// Fails where a parameter is outside its range.
pub(crate) fn parameter(
    name: &'static str,
    expected: &'static str,
    value: f64,
    holds: bool,
) -> Result<(), Error> {
    if holds {
        return Ok(());
    }
    Err(Error::Parameter {
        name,
        expected,
        value,
    })
}
