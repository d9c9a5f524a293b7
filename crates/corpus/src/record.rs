/// One document or one sequence; readers give it whole, [`split_records`](crate::split_records) in parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Record {
    /// Number of the record in its file, from 1. Empty records count.
    pub number: u64,
    /// First word of a FASTA header; for other formats the file's name without folder and extensions.
    pub name: String,
    /// The rest of a FASTA header; empty for other formats.
    pub description: String,
    /// Where in the whole text this one begins, in bytes; 0 as it is read.
    pub start: u64,
    /// The text, or the bases as they stand in the file (lower case and IUPAC codes kept, line ends removed).
    pub text: String,
}

impl Record {
    /// All but the text.
    pub(crate) fn clone_head(&self) -> Self {
        Self {
            number: self.number,
            name: self.name.clone(),
            description: self.description.clone(),
            start: self.start,
            text: String::new(),
        }
    }
}
