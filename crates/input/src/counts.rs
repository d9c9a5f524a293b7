//! What became of the input.

use std::fmt;

use dissensus_corpus::{BaseCounts, CharacterCounts};
use serde::{Deserialize, Serialize};

/// What was read and what cleaning changed, over all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputCounts {
    /// Files read.
    pub files: u64,
    /// Records in them.
    pub records: u64,
    /// Records without content, which were skipped.
    pub blank_records: u64,
    /// Bases, if DNA was read.
    pub bases: BaseCounts,
    /// Characters, if text was read.
    pub characters: CharacterCounts,
    /// Symbols after cleaning, over all sets and the gaps between them.
    pub symbols: u64,
    /// Symbols of the three sets.
    pub training: u64,
    /// Symbols of the evaluation set.
    pub evaluation: u64,
    /// Symbols of the analysis set.
    pub analysis: u64,
}

impl InputCounts {
    /// Symbols in no set: the gaps.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.symbols - self.training - self.evaluation - self.analysis
    }

    /// Adds the counts of other files.
    pub fn merge(&mut self, other: &Self) {
        self.files += other.files;
        self.records += other.records;
        self.blank_records += other.blank_records;
        self.bases.merge(&other.bases);
        self.characters.merge(&other.characters);
        self.symbols += other.symbols;
        self.training += other.training;
        self.evaluation += other.evaluation;
        self.analysis += other.analysis;
    }

    /// Whether cleaning changed or lost more than white space and case.
    #[must_use]
    pub fn has_losses(&self) -> bool {
        let (bases, characters) = (&self.bases, &self.characters);
        let losses = bases.uracil + bases.ambiguous + characters.composed + characters.replaced;
        losses + self.blank_records > 0
    }
}

impl fmt::Display for InputCounts {
    /// One line: `2 files, 3 records (1 empty): 900 bases: 3 ambiguous codes became N; 810 to train, 45 to evaluate, 45 to analyse`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", counted(self.files, "file"))?;
        write!(f, "{}", counted(self.records, "record"))?;
        if self.blank_records > 0 {
            write!(f, " ({} empty, skipped)", self.blank_records)?;
        }
        if self.bases.bases > 0 {
            write!(f, ": {}", self.bases)?;
        }
        if self.characters.characters > 0 {
            write!(f, ": {}", self.characters)?;
        }
        write!(f, "; {} symbols to train on, ", self.training)?;
        write!(
            f,
            "{} to evaluate, {} to analyse",
            self.evaluation, self.analysis
        )?;
        if self.gaps() > 0 {
            write!(f, ", {} in gaps", self.gaps())?;
        }
        Ok(())
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What became of the documents of one set on their way to token ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenCounts {
    /// Documents encoded.
    pub documents: u64,
    /// Tokens in sequences, special ones left out.
    pub tokens: u64,
    /// Symbols (bases, characters with the white space between words) that those tokens span.
    pub symbols: u64,
    /// Tokens dropped because the end of a document made a sequence too short.
    pub dropped: u64,
    /// Tokens among `tokens` that stand for a symbol outside the vocabulary.
    pub unknown: u64,
    /// Special tokens written out in the text, which were escaped.
    pub escaped: u64,
}

impl TokenCounts {
    /// Adds the counts of other documents.
    pub fn merge(&mut self, other: &Self) {
        self.documents += other.documents;
        self.tokens += other.tokens;
        self.symbols += other.symbols;
        self.dropped += other.dropped;
        self.unknown += other.unknown;
        self.escaped += other.escaped;
    }

    /// Mean number of symbols that a token spans; nothing without tokens.
    #[must_use]
    pub fn symbols_per_token(&self) -> Option<f64> {
        (self.tokens > 0).then(|| self.symbols as f64 / self.tokens as f64)
    }
}

impl fmt::Display for TokenCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tokens of {} symbols", self.tokens, self.symbols)?;
        let parts = [
            (self.unknown, "unknown"),
            (self.dropped, "dropped at the ends of documents"),
            (self.escaped, "special tokens in the text escaped"),
        ];
        for (count, what) in parts.iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {what}")?;
        }
        Ok(())
    }
}
