//! What readers give.

/// One document or one sequence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Record {
    /// Number of the record in its file, from 1. Blank records count.
    pub number: u64,
    /// First word of a FASTA header; for other formats the file's name without folder and
    /// extensions.
    pub name: String,
    /// The rest of a FASTA header; empty for other formats.
    pub description: String,
    /// Where in the whole text or sequence this one begins, in bytes; 0 as readers give it.
    pub start: u64,
    /// The text, or the bases as they stand in the file (lower case and IUPAC codes kept, line ends
    /// removed).
    pub text: String,
}

impl Record {
    /// Whether there is nothing but white space in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}
