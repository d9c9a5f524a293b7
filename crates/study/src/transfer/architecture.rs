//! What kind of model a study pretrains.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The architecture of the models that are pretrained, all of one preset's depth and widths.
///
/// ```
/// use dissensus_study::Architecture;
/// assert_eq!("rotary".parse::<Architecture>()?, Architecture::Rotary);
/// assert!("mamba".parse::<Architecture>().is_err());
/// # Ok::<(), dissensus_study::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Architecture {
    /// BERT, whose positions are learnt.
    #[default]
    Bert,
    /// The Nucleotide Transformer v2: rotary positions, gated feed-forward networks.
    Rotary,
}

impl Architecture {
    /// Its name: `bert` or `rotary`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Rotary => "rotary",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Architecture {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "bert" => Ok(Self::Bert),
            "rotary" => Ok(Self::Rotary),
            _ => Err(Error::Option {
                option: "architecture",
                found: name.into(),
                expected: "bert or rotary",
            }),
        }
    }
}
