mod chunks;
mod header;

use std::io::BufRead;
use std::path::Path;

use noodles_fasta::io::Reader;

pub use self::chunks::{Chunk, Chunks};
use self::header::Header;
use super::empty;
use crate::dna::first_foreign;
use crate::{Error, Input, Record};

/// Reads FASTA: as an iterator whole records, through [`chunks`](Self::chunks) sequences of any length in constant
/// memory.
///
/// Lines may have any length and end in LF or CRLF; blank lines are ignored, as everywhere in FASTA. Case is kept. A
/// byte that is no IUPAC nucleotide code is an error, so proteins and alignments are refused.
///
/// ```
/// use dissensus_corpus::{FastaReader, Input};
///
/// let input = Input::new("two.fa", &b">a first\nACGT\nnnAC\n>b\nRYK\n"[..])?;
/// let records: Result<Vec<_>, _> = FastaReader::new(input)?.collect();
/// let records = records?;
/// assert_eq!((records[0].name.as_str(), records[0].description.as_str()), ("a", "first"));
/// assert_eq!((records[0].text.as_str(), records[1].text.as_str()), ("ACGTnnAC", "RYK"));
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct FastaReader {
    reader: Reader<Input>,
    number: u64,
    finished: bool,
}

impl FastaReader {
    /// Opens a file, plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`Input::open`] and [`new`](Self::new).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::new(Input::open(path)?)
    }

    /// Reads FASTA from `input`.
    ///
    /// # Errors
    /// [`Error::MissingHeader`] when the data does not begin with `>`.
    pub fn new(mut input: Input) -> Result<Self, Error> {
        let first = match input.fill_buf() {
            Ok(buffer) => buffer.first().copied(),
            Err(source) => return Err(input.failure(0, source)),
        };
        match first {
            None | Some(b'>') => Ok(Self {
                reader: Reader::new(input),
                number: 0,
                finished: false,
            }),
            Some(found) => Err(Error::MissingHeader {
                place: input.place(0, 0),
                found,
            }),
        }
    }

    /// The sequences in chunks of at most `length` bases.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `length` is 0.
    pub fn chunks(self, length: usize) -> Result<Chunks, Error> {
        Chunks::new(self, length)
    }

    fn input(&self) -> &Input {
        self.reader.get_ref()
    }

    /// The header of the next record; the sequence before it must have been read to its end.
    fn next_header(&mut self) -> Result<Option<Header>, Error> {
        self.number += 1;
        Header::read(self.reader.get_mut(), self.number)
    }

    /// Appends at most `limit` bases of this record to `bases`; 0 at its end.
    fn read_bases(&mut self, limit: usize, bases: &mut Vec<u8>) -> Result<usize, Error> {
        let mut read = 0;
        while read < limit {
            match self.read_line(limit - read, bases)? {
                0 => break,
                more => read += more,
            }
        }
        Ok(read)
    }

    fn read_line(&mut self, limit: usize, bases: &mut Vec<u8>) -> Result<usize, Error> {
        let mut sequence = self.reader.sequence_reader();
        let found = match sequence.fill_buf() {
            Ok(line) => {
                let line = &line[..line.len().min(limit)];
                match first_foreign(line) {
                    None => {
                        bases.extend_from_slice(line);
                        Ok(line.len())
                    }
                    Some(at) => Err(at),
                }
            }
            Err(source) => return Err(self.input().failure(self.number, source)),
        };
        match found {
            Ok(0) => self.refuse_inner_header().map(|()| 0),
            Ok(read) => {
                sequence.consume(read);
                Ok(read)
            }
            Err(at) => Err(self.not_a_nucleotide(at)),
        }
    }

    /// A `>` ends a sequence only at the beginning of a line; elsewhere the reader below takes it for an end too.
    fn refuse_inner_header(&mut self) -> Result<(), Error> {
        let is_line_start = matches!(self.input().last_byte(), Some(b'\n' | b'\r'));
        let at_end = self.reader.get_mut().fill_buf().is_ok_and(<[u8]>::is_empty);
        match is_line_start || at_end {
            true => Ok(()),
            false => Err(self.not_a_nucleotide(0)),
        }
    }

    /// The byte `at` places ahead is none.
    fn not_a_nucleotide(&mut self, at: usize) -> Error {
        let place = self
            .input()
            .place(self.number, self.input().position() + at as u64);
        let found = match self.reader.get_mut().fill_buf() {
            Ok(buffer) => buffer.get(at).copied().unwrap_or_default(),
            Err(_) => 0,
        };
        Error::NotANucleotide { place, found }
    }

    fn next_record(&mut self) -> Result<Option<Record>, Error> {
        let Some(header) = self.next_header()? else {
            return Ok(None);
        };
        let mut bases = Vec::new();
        if self.read_bases(usize::MAX, &mut bases)? == 0 {
            return Err(empty(header.place, &header.name));
        }
        let text = super::utf8(self.input(), self.number, header.place.byte, bases)?;
        Ok(Some(Record {
            number: self.number,
            name: header.name,
            description: header.description,
            start: 0,
            text,
        }))
    }
}

impl Iterator for FastaReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.next_record();
        self.finished = match &next {
            Ok(record) => record.is_none(),
            Err(error) => !matches!(error, Error::EmptyRecord { .. }),
        };
        next.transpose()
    }
}
