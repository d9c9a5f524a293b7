//! FASTA.

mod chunks;
mod header;
pub(crate) mod index;

use std::io::BufRead;
use std::path::Path;

use noodles_fasta::io::Reader;

pub use self::chunks::{Chunk, Chunks};
use self::header::Header;
pub use self::index::FastaIndex;
use crate::dna::first_not_nucleotide;
use crate::fallible::Fallible;
use crate::{ByteStream, Error, Record};

/// Reads FASTA: as an iterator whole records, through [`chunks`](Self::chunks) sequences of any
/// length in constant memory.
///
/// Lines may have any length and end in LF, CRLF or CR; blank lines and white space in a sequence
/// are ignored, and so is white space between `>` and the name, as Biopython does. Case is kept. A
/// byte that is no IUPAC nucleotide code is an error, so proteins and alignments are refused.
///
/// ```
/// use dissensus_corpus::{ByteStream, FastaReader};
///
/// let stream = ByteStream::new("two.fa", &b">a first\nACGT\nnnAC\n>b\nRYK\n"[..])?;
/// let records: Result<Vec<_>, _> = FastaReader::new(stream)?.collect();
/// let records = records?;
/// assert_eq!((records[0].name.as_str(), records[0].description.as_str()), ("a", "first"));
/// assert_eq!((records[0].text.as_str(), records[1].text.as_str()), ("ACGTnnAC", "RYK"));
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct FastaReader {
    reader: Reader<ByteStream>,
    number: u64,
    ended: bool,
}

impl FastaReader {
    /// Opens a file, plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`ByteStream::open`] and [`new`](Self::new).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::new(ByteStream::open(path)?)
    }

    /// Reads FASTA from `stream`.
    ///
    /// # Errors
    /// [`Error::MissingHeader`] when the data, white space aside, does not begin with `>`.
    pub fn new(mut stream: ByteStream) -> Result<Self, Error> {
        let first = loop {
            let bytes = match stream.fill_buf() {
                Ok(bytes) => bytes,
                Err(source) => return Err(stream.failure(0, source)),
            };
            let spaces = bytes.iter().take_while(|byte| byte.is_ascii_whitespace());
            let (spaces, length) = (spaces.count(), bytes.len());
            let first = bytes.get(spaces).copied();
            stream.consume(spaces);
            if first.is_some() || length == 0 {
                break first;
            }
        };
        match first {
            None | Some(b'>') => Ok(Self {
                reader: Reader::new(stream),
                number: 0,
                ended: false,
            }),
            Some(found) => Err(Error::MissingHeader {
                place: stream.place(0, stream.position()),
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

    /// The header of the next record; the sequence before it must have been read to its end.
    fn next_header(&mut self) -> Result<Option<Header>, Error> {
        self.number += 1;
        self.reader.get_mut().begin_record();
        Header::read(self.reader.get_mut(), self.number)
    }

    /// Appends at most `limit` bases of this record to `bases`; 0 at its end.
    fn read_bases(&mut self, limit: usize, bases: &mut Vec<u8>) -> Result<usize, Error> {
        let before = bases.len();
        while bases.len() - before < limit {
            if !self.read_part(limit - (bases.len() - before), bases)? {
                break;
            }
        }
        Ok(bases.len() - before)
    }

    /// Appends what the buffer holds of one line, or says that the sequence has ended.
    fn read_part(&mut self, limit: usize, bases: &mut Vec<u8>) -> Result<bool, Error> {
        let mut sequence = self.reader.sequence_reader();
        let (read, appended) = match sequence.fill_buf() {
            Ok(line) => {
                let line = &line[..line.len().min(limit)];
                (line.len(), append(line, bases))
            }
            Err(source) => return Err(self.stream().failure(self.number, source)),
        };
        if let Err((at, found)) = appended {
            return Err(self.not_a_nucleotide(at, found));
        }
        if read == 0 {
            return self.refuse_inner_header().map(|()| false);
        }
        sequence.consume(read);
        Ok(true)
    }

    /// A `>` ends a sequence only at the beginning of a line; elsewhere the reader below takes it
    /// for an end too.
    fn refuse_inner_header(&mut self) -> Result<(), Error> {
        let is_line_start = matches!(self.stream().last_byte(), Some(b'\n' | b'\r'));
        let next = self.reader.get_mut().fill_buf();
        match next.ok().and_then(|bytes| bytes.first().copied()) {
            Some(found) if !is_line_start => Err(self.not_a_nucleotide(0, found)),
            _ => Ok(()),
        }
    }

    /// The byte `at` places ahead is none.
    fn not_a_nucleotide(&self, at: usize, found: u8) -> Error {
        let byte = self.stream().position() + at as u64;
        let place = self.stream().place(self.number, byte);
        Error::NotANucleotide { place, found }
    }

    fn stream(&self) -> &ByteStream {
        self.reader.get_ref()
    }
}

/// Appends the bases of a line, or says which byte is none.
fn append(line: &[u8], bases: &mut Vec<u8>) -> Result<(), (usize, u8)> {
    let Some(first) = first_not_nucleotide(line) else {
        bases.extend_from_slice(line);
        return Ok(());
    };
    bases.extend_from_slice(&line[..first]);
    for (at, &byte) in line.iter().enumerate().skip(first) {
        match byte {
            b' ' | b'\t' | b'\r' => {}
            _ if first_not_nucleotide(&[byte]).is_some() => return Err((at, byte)),
            _ => bases.push(byte),
        }
    }
    Ok(())
}

impl Fallible for FastaReader {
    type Item = Record;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Record>, Error> {
        let Some(header) = self.next_header()? else {
            return Ok(None);
        };
        let mut bases = Vec::new();
        self.read_bases(usize::MAX - 1, &mut bases)?;
        let text = super::utf8(self.stream(), self.number, header.place.byte, bases)?;
        Ok(Some(Record {
            number: self.number,
            name: header.name,
            description: header.description,
            start: 0,
            text,
        }))
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for FastaReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}
