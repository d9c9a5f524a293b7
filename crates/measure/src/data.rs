//! What the sequences are: text or DNA.

use dissensus_corpus::Symbol;

/// What the sequences are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Data {
    /// Natural language; a symbol is a character.
    Text,
    /// Nucleotides; a symbol is a base.
    Dna,
}

impl Data {
    /// What its symbols are called in units: `character` or `base`.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Text => "character",
            Self::Dna => "base",
        }
    }

    pub(crate) fn counted_in(self) -> Symbol {
        match self {
            Self::Text => Symbol::Character,
            Self::Dna => Symbol::Base,
        }
    }
}
