//! What a file gives at a time: clean text of a record, or bases of one.

use std::collections::BTreeSet;
use std::sync::Arc;

use dissensus_corpus::{Chunk, Record, clean_text, first_not_nucleotide};

use crate::file::{InputFile, Reading};
use crate::{Error, Modality};

/// Symbols that stand next to each other in a record.
pub(crate) struct Part {
    pub(crate) record: u64,
    pub(crate) name: Arc<str>,
    /// Where in the record it begins.
    pub(crate) start: u64,
    /// Clean text, or bases as they stand in the file.
    pub(crate) symbols: String,
    /// The text before it was cleaned; nothing for DNA, whose bases are cleaned where they are cut.
    pub(crate) raw: Option<String>,
}

/// The parts of a file, in order; a record without content is one part without symbols.
pub(crate) struct Parts<'a> {
    file: &'a InputFile,
    modality: Modality,
    reading: Reading,
}

impl<'a> Parts<'a> {
    pub(crate) fn new(file: &'a InputFile, modality: Modality) -> Result<Self, Error> {
        Ok(Self {
            file,
            modality,
            reading: file.read()?,
        })
    }

    /// The next part.
    pub(crate) fn try_next(&mut self) -> Result<Option<Part>, Error> {
        let record = match &mut self.reading {
            Reading::Intervals(chunks) => match chunks.next().transpose()? {
                Some(chunk) if self.modality == Modality::Dna => return Ok(Some(bases(chunk))),
                Some(chunk) => return Err(self.not_text(&chunk.name)),
                None => return Ok(None),
            },
            Reading::Fasta(chunks) => match chunks.next().transpose()? {
                Some(chunk) if self.modality == Modality::Dna => return Ok(Some(bases(chunk))),
                Some(chunk) => return Err(self.not_text(&chunk.name)),
                None => return Ok(None),
            },
            Reading::Records(records) => records.next().transpose()?,
        };
        record.map(|record| self.part(record)).transpose()
    }

    /// Sequences of the intervals asked for that were met.
    pub(crate) fn found(&self) -> BTreeSet<String> {
        match &self.reading {
            Reading::Intervals(reader) => reader.found().clone(),
            _ => BTreeSet::new(),
        }
    }

    fn part(&self, record: Record) -> Result<Part, Error> {
        let (symbols, raw) = match self.modality {
            Modality::Text if self.file.holds_sequences() => {
                return Err(self.not_text(&record.name));
            }
            Modality::Text => (clean_text(&record.text), Some(record.text)),
            Modality::Dna => (self.nucleotides(&record)?, None),
        };
        Ok(Part {
            record: record.number,
            name: record.name.into(),
            start: 0,
            symbols,
            raw,
        })
    }

    /// The bases of a record of a format that could hold anything: white space aside, every letter
    /// must be a nucleotide.
    fn nucleotides(&self, record: &Record) -> Result<String, Error> {
        let bases: String = record.text.split_ascii_whitespace().collect();
        match first_not_nucleotide(bases.as_bytes()) {
            None => Ok(bases),
            Some(at) => Err(Error::NotDna {
                file: self.file.path.clone(),
                record: record.number,
                name: record.name.clone(),
                at,
                found: bases[at..].chars().next().unwrap_or_default(),
            }),
        }
    }

    /// Sequences are no natural language.
    fn not_text(&self, name: &str) -> Error {
        Error::NotText {
            file: self.file.path.clone(),
            name: name.to_owned(),
        }
    }
}

fn bases(chunk: Chunk) -> Part {
    Part {
        record: chunk.record,
        name: chunk.name,
        start: chunk.start,
        // The reader lets nucleotide codes through and nothing else.
        symbols: String::from_utf8(chunk.bases).unwrap_or_default(),
        raw: None,
    }
}
