//! GenBank.

use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use gb_io::reader::{GbParserError, SeqReader};

use crate::dna::first_not_nucleotide;
use crate::fallible::Fallible;
use crate::{ByteStream, Error, Record};

/// Reads the sequences of a GenBank flat file; what it says of them is not looked at.
///
/// A record is named by its version (`NC_001422.1`), else by its accession or its locus, and
/// described by its definition. A record is held whole.
///
/// ```
/// use dissensus_corpus::{ByteStream, GenBankReader};
///
/// let text = b"LOCUS       X1        8 bp    DNA     linear   UNK\nDEFINITION  Small.\n\
///     VERSION     X1.2\nORIGIN\n        1 acgtacgt\n//\n";
/// let record = GenBankReader::new(ByteStream::new("x.gb", &text[..])?).next().unwrap()?;
/// assert_eq!((record.name.as_str(), record.text.as_str()), ("X1.2", "acgtacgt"));
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct GenBankReader {
    stream: Shared,
    records: SeqReader<Shared>,
    number: u64,
    ended: bool,
}

/// The stream, which the parser owns and the errors ask for its place.
#[derive(Clone)]
struct Shared(Arc<Mutex<ByteStream>>);

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut ByteStream) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.with(|stream| stream.read(buffer))
    }
}

impl GenBankReader {
    /// Opens a file, plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`ByteStream::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        ByteStream::open(path).map(Self::new)
    }

    /// Reads GenBank from `stream`.
    #[must_use]
    pub fn new(stream: ByteStream) -> Self {
        let stream = Shared(Arc::new(Mutex::new(stream)));
        Self {
            records: SeqReader::new(stream.clone()),
            stream,
            number: 0,
            ended: false,
        }
    }

    fn failure(&self, error: GbParserError) -> Error {
        match error {
            GbParserError::Io(source) => self
                .stream
                .with(|stream| stream.failure(self.number, source)),
            other => self.refused(other.to_string()),
        }
    }

    fn refused(&self, problem: String) -> Error {
        let place = |stream: &mut ByteStream| stream.place(self.number, stream.position());
        Error::GenBank {
            place: self.stream.with(place),
            problem,
        }
    }
}

impl Fallible for GenBankReader {
    type Item = Record;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Record>, Error> {
        self.number += 1;
        self.stream.with(ByteStream::begin_record);
        let found = match self.records.next() {
            Some(found) => found.map_err(|error| self.failure(error))?,
            None if self.number == 1 => return Err(self.refused("there is no record".to_owned())),
            None => return Ok(None),
        };
        if let Some(at) = first_not_nucleotide(&found.seq) {
            let problem = format!("base {} is '{}'", at + 1, found.seq[at].escape_ascii());
            return Err(self.refused(problem));
        }
        let name = found.version.or(found.accession).or(found.name);
        Ok(Some(Record {
            number: self.number,
            name: name.unwrap_or_else(|| self.number.to_string()),
            description: found.definition.unwrap_or_default(),
            start: 0,
            // Nucleotides are ASCII.
            text: String::from_utf8(found.seq).unwrap_or_default(),
        }))
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for GenBankReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}
