//! Long sequences in parts.

use std::sync::Arc;

use super::FastaReader;
use super::header::Header;
use crate::fallible::Fallible;
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
/// A record without bases gives one chunk without bases. Memory: one chunk and the read buffers,
/// whatever the length of the sequences.
pub struct Chunks {
    reader: FastaReader,
    length: usize,
    current: Option<Current>,
    ended: bool,
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
            ended: false,
        })
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

impl Fallible for Chunks {
    type Item = Chunk;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            let Some(mut current) = self.current_record()? else {
                return Ok(None);
            };
            let mut bases = Vec::new();
            self.reader.reader.get_mut().begin_record();
            let read = self.reader.read_bases(self.length, &mut bases)?;
            if read == 0 && current.start > 0 {
                continue;
            }
            let chunk = Chunk {
                record: current.place.record,
                name: Arc::clone(&current.name),
                start: current.start,
                bases,
            };
            current.start += read as u64;
            self.current = (read > 0).then_some(current);
            return Ok(Some(chunk));
        }
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}
