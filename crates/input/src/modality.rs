//! Text or DNA.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use dissensus_corpus::Format;
use serde::{Deserialize, Serialize};

use crate::{Error, InputPath};

/// What sequences are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Natural language; a symbol is a character.
    Text,
    /// Nucleotides; a symbol is a base.
    Dna,
}

impl Modality {
    /// What a file of some format most likely holds: FASTA and GenBank hold DNA, all others text.
    /// Without a format it is that of the file's name.
    ///
    /// # Errors
    /// [`Error::Corpus`] for a format that is not known.
    pub fn of_file(path: &Path, format: Option<&str>) -> Result<Self, Error> {
        let format = match format {
            Some(name) => Format::named(name, "")?,
            None => Format::of_name(InputPath::of(path)?.file, "")?,
        };
        Ok(match format {
            Format::Fasta => Self::Dna,
            #[cfg(feature = "genbank")]
            Format::GenBank => Self::Dna,
            _ => Self::Text,
        })
    }

    /// What its symbols are called in units: `character` or `base`.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Text => "character",
            Self::Dna => "base",
        }
    }
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Dna => "dna",
        })
    }
}

impl FromStr for Modality {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "text" => Ok(Self::Text),
            "dna" => Ok(Self::Dna),
            _ => Err(Error::Parameter {
                parameter: "the modality",
                found: name.to_owned(),
                expected: "text or dna",
            }),
        }
    }
}
