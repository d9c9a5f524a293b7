//! Where the sequences come from: the built-in sources, or files.

use std::fmt;
use std::path::PathBuf;

use dissensus_input::{Document, Documents, InputParams, Modality, Sets};
use dissensus_source::{DnaLike, DnaParams, Source, TextLike, TextParams, documents};

use crate::Error;

/// Symbols of a document of a source: long enough that cutting it into sequences wastes little.
const DOCUMENT: usize = 8192;

/// Where the sequences of one modality come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The source whose entropy is known, of this many training symbols.
    BuiltIn {
        /// Symbols of the training set; the other sets get a tenth each.
        symbols: usize,
        /// Seed of the documents.
        seed: u64,
    },
    /// Files, each split by itself so that every file is in every set.
    Files {
        /// Their names; `-` alone is standard input.
        paths: Vec<PathBuf>,
        /// How they are read and divided.
        params: InputParams,
    },
}

impl fmt::Display for Input {
    /// What it is, without a path: results do not say where they were made.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn { symbols, seed } => {
                write!(f, "built-in, {symbols} symbols, seed {seed}")
            }
            Self::Files { paths, .. } => {
                let names = paths.iter().filter_map(|path| path.file_name());
                let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
                f.write_str(&names.join(" "))
            }
        }
    }
}

/// Documents of a source: `symbols` to learn from, a tenth of that to choose and to measure each.
/// They are drawn one after another, so no two sets share one.
#[must_use]
pub fn documents_of_source(
    source: &dyn Source,
    modality: Modality,
    symbols: usize,
    seed: u64,
) -> Documents {
    let count = symbols.div_ceil(DOCUMENT).max(1);
    let held_out = count.div_ceil(10);
    let mut all = documents(source, seed, DOCUMENT).map(Document::of_text);
    let sets = Sets {
        training: all.by_ref().take(count).collect(),
        evaluation: all.by_ref().take(held_out).collect(),
        analysis: all.take(held_out).collect(),
    };
    Documents::made(modality, sets)
}

impl Input {
    /// The built-in source of this many training symbols.
    #[must_use]
    pub fn built_in(symbols: usize, seed: u64) -> Self {
        Self::BuiltIn { symbols, seed }
    }

    /// Files, read with the defaults of a modality.
    #[must_use]
    pub fn files(paths: Vec<PathBuf>, modality: Modality) -> Self {
        let params = InputParams::new(modality);
        Self::Files { paths, params }
    }

    /// Reads files once, to find the borders of the sets and count what cleaning changes; their
    /// documents are read as they are asked for.
    ///
    /// # Errors
    /// Those of [`Documents::open`], and [`Error::Option`] for files of the other modality.
    pub fn documents(&self, modality: Modality) -> Result<Documents, Error> {
        match self {
            Self::BuiltIn { symbols, seed } => {
                let source = built_in(modality)?;
                Ok(documents_of_source(
                    source.as_ref(),
                    modality,
                    *symbols,
                    *seed,
                ))
            }
            Self::Files { params, .. } if params.modality != modality => Err(Error::Option {
                option: "the modality of the files",
                found: params.modality.to_string(),
                expected: "that of the models",
            }),
            Self::Files { paths, params } => Ok(Documents::open(paths, params)?),
        }
    }

    /// Checks that every file is there and says its format, before the first is read.
    ///
    /// # Errors
    /// Those of [`InputParams::validate`].
    pub fn validate(&self) -> Result<(), Error> {
        match self {
            Self::BuiltIn { .. } => Ok(()),
            Self::Files { paths, params } => Ok(params.validate(paths)?),
        }
    }

    /// Whether all of every file is measured on.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Files { params, .. } if params.whole)
    }

    /// The source behind the built-in input.
    ///
    /// # Errors
    /// [`Error::Source`] if it cannot be made.
    pub fn source(&self, modality: Modality) -> Result<Option<Box<dyn Source>>, Error> {
        match self {
            Self::Files { .. } => Ok(None),
            Self::BuiltIn { .. } => built_in(modality).map(Some),
        }
    }
}

/// Sources of which a small model learns most of what context tells in a minute.
fn built_in(modality: Modality) -> Result<Box<dyn Source>, Error> {
    Ok(match modality {
        Modality::Text => Box::new(TextLike::new(&TextParams::small())?),
        Modality::Dna => Box::new(DnaLike::new(&DnaParams::rich_in_repeats())?),
    })
}
