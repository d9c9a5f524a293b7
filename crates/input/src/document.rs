//! A segment of clean text that is encoded at once.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use dissensus_corpus::low_complexity_runs;

use crate::Modality;

/// A document: clean symbols that stand next to each other in a record, long enough for several
/// sequences.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The symbols.
    pub text: String,
    /// Runs that were soft-masked (lower case) in the file, in bytes of the text; none in text.
    pub soft_masked: Vec<Range<usize>>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Document {
    /// A document of symbols that were made, not read.
    #[must_use]
    pub fn of_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Runs of low complexity of DNA, in bytes of the text; none in text.
    #[must_use]
    pub fn low_complexity(&self, modality: Modality) -> Vec<Range<usize>> {
        match modality {
            Modality::Dna => low_complexity_runs(self.text.as_bytes()),
            Modality::Text => Vec::new(),
        }
    }
}

/// Where a document stands in the input.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Origin {
    /// Name of the file without its folder; empty for documents that were made.
    pub file: Arc<str>,
    /// Number of the record, from 1.
    pub record: u64,
    /// Name of the record.
    pub name: Arc<str>,
    /// Where in the record it begins: in bases of the file for DNA, in bytes of the cleaned record
    /// for text.
    pub start: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.is_empty() {
            return f.write_str("a document that was made");
        }
        write!(
            f,
            "{}: record {} from {}",
            self.file, self.record, self.start
        )
    }
}
