//! What can go wrong with a measure.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option outside its range.
    #[error("{option} is {found}, expected {expected}")]
    Option {
        /// Which option.
        option: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A tokenizer with tokens that the models do not have.
    #[error(
        "the tokenizer has {tokens} tokens, the model {rows}: {token:?} (id {id}) occurs and the model has no row for it; expected the tokenizer that it was trained with"
    )]
    Vocabulary {
        /// A token of the texts that the models lack.
        token: String,
        /// Its id.
        id: u32,
        /// Size of the tokenizer's vocabulary.
        tokens: usize,
        /// Rows of the models' output.
        rows: usize,
    },
    /// Models that cannot be compared with each other.
    #[error("{}: {what} is {found}, expected {expected} as in {}", folder.display(), first.display())]
    Unmatched {
        /// What differs.
        what: &'static str,
        /// The folder of the model.
        folder: PathBuf,
        /// Its value.
        found: String,
        /// The folder of the first model.
        first: PathBuf,
        /// The first model's.
        expected: String,
    },
    /// A folder that could not be opened as a model.
    #[error("{}: {source}", folder.display())]
    Open {
        /// The folder.
        folder: PathBuf,
        /// What whoever opened it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Folders with no model that the measures can be taken of.
    #[error("nothing can be measured: {}", left_out.join("; "))]
    NothingMeasured {
        /// Of each folder, why.
        left_out: Vec<String>,
    },
    /// A file or folder that is not there or cannot be read.
    #[error("{}: {reason}", path.display())]
    Missing {
        /// Which one.
        path: PathBuf,
        /// What the system says of it.
        reason: std::io::ErrorKind,
    },
    /// A folder or file could not be read.
    #[error("{}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Reading, cleaning, splitting or tokenizing failed.
    #[error(transparent)]
    Input(#[from] dissensus_input::Error),
    /// A tokenizer could not be used.
    #[error(transparent)]
    Tokenize(#[from] dissensus_tokenize::Error),
    /// A model could not be built, read or run.
    #[error(transparent)]
    Model(#[from] dissensus_lm::Error),
    /// The source behind the data could not answer.
    #[error(transparent)]
    Source(#[from] dissensus_source::Error),
    /// A predictor without a model could not be asked.
    #[error(transparent)]
    Reference(#[from] dissensus_reference::Error),
    /// Distributions could not be compared.
    #[error(transparent)]
    Divergence(#[from] dissensus_divergence::Error),
    /// Embedding tables could not be compared.
    #[error(transparent)]
    Alignment(#[from] dissensus_alignment::Error),
    /// Fisher information could not be taken.
    #[error(transparent)]
    Fisher(#[from] dissensus_fisher::Error),
    /// An interval could not be taken.
    #[error(transparent)]
    Stats(#[from] dissensus_stats::Error),
    /// A result could not be shown or written.
    #[error(transparent)]
    Report(#[from] dissensus_report::Error),
}

impl Error {
    /// [`Error::Open`].
    pub fn open(
        folder: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Open {
            folder: folder.to_path_buf(),
            source: source.into(),
        }
    }

    pub(crate) fn option(
        option: &'static str,
        found: impl Display,
        expected: &'static str,
    ) -> Self {
        Self::Option {
            option,
            found: found.to_string(),
            expected,
        }
    }

    /// An option that is outside its range if it does not hold.
    pub(crate) fn check(
        holds: bool,
        option: &'static str,
        found: impl Display,
        expected: &'static str,
    ) -> Result<(), Self> {
        holds
            .then_some(())
            .ok_or_else(|| Self::option(option, found, expected))
    }

    /// Whether a path can be opened.
    pub(crate) fn check_exists(path: &Path) -> Result<(), Self> {
        let opened = std::fs::File::open(path);
        opened.map(|_| ()).map_err(|error| Self::Missing {
            path: path.to_path_buf(),
            reason: error.kind(),
        })
    }
}
