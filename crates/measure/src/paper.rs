//! The two papers that the measures are those of, or are set beside.

use std::fmt;

/// A paper whose numbers or whose variant of a measure stands beside ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Paper {
    /// Ensembles of masked-language models on text and on DNA.
    EntropyDisagreement,
    /// Pretrained genomic models against random twins.
    TokenizationTransfer,
}

impl Paper {
    /// Its title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::EntropyDisagreement => {
                "Entropy, Disagreement, and the Limits of Foundation Models in Genomics"
            }
            Self::TokenizationTransfer => {
                "Tokenization to Transfer: Do Genomic Foundation Models Learn Good Representations?"
            }
        }
    }

    /// Where and when it appeared.
    #[must_use]
    pub fn identifier(self) -> &'static str {
        match self {
            Self::EntropyDisagreement => "arXiv, 5 April 2026",
            Self::TokenizationTransfer => "ICLR 2026",
        }
    }
}

impl fmt::Display for Paper {
    /// `"Title" (where, when)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" ({})", self.title(), self.identifier())
    }
}
