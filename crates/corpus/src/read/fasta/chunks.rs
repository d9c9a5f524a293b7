use std::sync::Arc;

use super::FastaReader;
use super::header::Header;
use crate::read::empty;
use crate::{Error, Place};

/// Consecutive bases of one sequence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Chunk {
    /// Number of the record in its file, from 1.
    pub record: u64,
    /// Name of the record.
    pub name: Arc<str>,
    /// Where in the sequence the chunk begins, from 0.
    pub start: u64,
    /// The bases as they stand in the file.
    pub bases: Vec<u8>,
}

/// Iterator over the [`Chunk`]s of every sequence of a FASTA file; made by [`FastaReader::chunks`].
///
/// Memory: one chunk and the read buffers, whatever the length of the sequences.
pub struct Chunks {
    reader: FastaReader,
    length: usize,
    current: Option<Current>,
    finished: bool,
}

struct Current {
    place: Place,
    name: Arc<str>,
    start: u64,
}

impl Chunks {
    pub(super) fn new(reader: FastaReader, length: usize) -> Result<Self, Error> {
        if length == 0 {
            return Err(Error::Parameter {
                parameter: "length of a chunk",
                value: "0".to_owned(),
                expected: "at least 1",
            });
        }
        Ok(Self {
            reader,
            length,
            current: None,
            finished: false,
        })
    }

    fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            let Some(mut current) = self.current_record()? else {
                return Ok(None);
            };
            let mut bases = Vec::new();
            let read = self.reader.read_bases(self.length, &mut bases)?;
            if read == 0 && current.start == 0 {
                return Err(empty(current.place, &current.name));
            }
            if read > 0 {
                let chunk = Chunk {
                    record: current.place.record,
                    name: Arc::clone(&current.name),
                    start: current.start,
                    bases,
                };
                current.start += read as u64;
                self.current = Some(current);
                return Ok(Some(chunk));
            }
        }
    }

    fn current_record(&mut self) -> Result<Option<Current>, Error> {
        if let Some(current) = self.current.take() {
            return Ok(Some(current));
        }
        let begin = |header: Header| Current {
            place: header.place,
            name: header.name.into(),
            start: 0,
        };
        Ok(self.reader.next_header()?.map(begin))
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.next_chunk();
        self.finished = match &next {
            Ok(chunk) => chunk.is_none(),
            Err(error) => !matches!(error, Error::EmptyRecord { .. }),
        };
        next.transpose()
    }
}
