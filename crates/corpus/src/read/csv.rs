//! Tables.

mod quotes;

use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use self::quotes::Quotes;
use super::stem;
use crate::fallible::Fallible;
use crate::{ByteStream, Error, Record};

/// Reads named columns of a table with a header line.
///
/// Fields separated by anything but a tab may be quoted as in RFC 4180; in a table separated by
/// tabs a quote is a character like any other, as biology writes them. [`rows`](Self::rows) gives
/// all the columns asked for; as an iterator the reader gives the first as [`Record`]s.
///
/// ```
/// use dissensus_corpus::{ByteStream, CsvReader};
///
/// let table = b"split,label,sequence\ntrain,0,ACGT\ntest,1,GGCC\n";
/// let stream = ByteStream::new("task.csv", &table[..])?;
/// let rows: Result<Vec<Vec<String>>, _> =
///     CsvReader::new(stream, &["sequence", "label"], b',')?.rows().collect();
/// assert_eq!(rows?[1], ["GGCC", "1"]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct CsvReader {
    table: csv::Reader<Quotes>,
    columns: Vec<usize>,
    name: String,
    row: ByteRecord,
    number: u64,
    ended: bool,
}

impl CsvReader {
    /// Opens a file, plain, gzip or zstd; otherwise as [`new`](Self::new).
    ///
    /// # Errors
    /// Those of [`ByteStream::open`] and [`new`](Self::new).
    pub fn open(path: impl AsRef<Path>, columns: &[&str], delimiter: u8) -> Result<Self, Error> {
        Self::new(ByteStream::open(path)?, columns, delimiter)
    }

    /// Finds `columns` in the header of `stream`, whose fields `delimiter` separates; of equal
    /// names the first counts.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::InvalidUtf8`] in the header, and failed reads.
    pub fn new(stream: ByteStream, columns: &[&str], delimiter: u8) -> Result<Self, Error> {
        let name = stem(stream.file());
        let quotes = Quotes::new(stream, delimiter);
        let table = ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(quotes.quotes)
            .from_reader(quotes);
        let mut reader = Self {
            table,
            columns: Vec::new(),
            name,
            row: ByteRecord::new(),
            number: 0,
            ended: false,
        };
        reader.columns = reader.find(columns)?;
        Ok(reader)
    }

    /// The columns asked for, row by row, in the order asked for. Empty fields are kept.
    pub fn rows(self) -> impl Iterator<Item = Result<Vec<String>, Error>> {
        let mut rows = Rows(self);
        std::iter::from_fn(move || rows.next_or_end())
    }

    fn stream(&self) -> &ByteStream {
        &self.table.get_ref().stream
    }

    fn find(&mut self, columns: &[&str]) -> Result<Vec<usize>, Error> {
        let header = match self.table.byte_headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(self.failure(error)),
        };
        self.refuse_unclosed(&header)?;
        let header: Vec<String> = (0..header.len())
            .map(|index| self.field(&header, index))
            .collect::<Result<_, _>>()?;
        let find = |column: &&str| {
            let found = header.iter().position(|name| name == column);
            found.ok_or_else(|| Error::MissingColumn {
                file: self.stream().file().to_path_buf(),
                column: (*column).to_owned(),
                available: header.clone(),
            })
        };
        columns.iter().map(find).collect()
    }

    fn next_row(&mut self) -> Result<Option<Vec<String>>, Error> {
        self.number += 1;
        self.table.get_mut().stream.begin_record();
        let mut row = std::mem::take(&mut self.row);
        match self.table.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => return self.end(),
            Err(error) => return Err(self.failure(error)),
        }
        self.refuse_unclosed(&row)?;
        let columns = self.columns.iter();
        let fields = columns.map(|&column| self.field(&row, column)).collect();
        self.row = row;
        Result::map(fields, Some)
    }

    /// The end of the table: one that held only a header has no record at all, and says so.
    fn end(&self) -> Result<Option<Vec<String>>, Error> {
        let file = self.stream().file().to_path_buf();
        match self.number {
            1 => Err(Error::EmptyFile { file }),
            _ => Ok(None),
        }
    }

    /// Refuses the row whose last field runs on to the end of the file because its quote never
    /// closes.
    fn refuse_unclosed(&self, row: &ByteRecord) -> Result<(), Error> {
        match self.table.get_ref().unclosed() {
            Some(at) if at >= self.start(row) => Err(Error::UnclosedQuote {
                place: self.stream().place(self.number, at),
            }),
            _ => Ok(()),
        }
    }

    fn field(&self, row: &ByteRecord, index: usize) -> Result<String, Error> {
        let field = row.get(index).unwrap_or_default();
        let place = |at: usize| {
            let byte =
                self.start(row) + self.offset(row, index).map_or(0, |field| field + at as u64);
            self.stream().place(self.number, byte)
        };
        if let Some(at) = memchr::memchr(0, field) {
            return Err(Error::Binary { place: place(at) });
        }
        match std::str::from_utf8(field) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(Error::InvalidUtf8 {
                place: place(error.valid_up_to()),
                found: field[error.valid_up_to()],
            }),
        }
    }

    /// Where a field begins in its row; unknown where the row has quotes, which the parser takes
    /// away.
    fn offset(&self, row: &ByteRecord, index: usize) -> Option<u64> {
        let read = self.table.position().byte() + self.table.get_ref().origin - self.start(row);
        let unquoted = (row.as_slice().len() + row.len()) as u64;
        let before = row.range(index)?.start + index;
        (read <= unquoted).then_some(before as u64)
    }

    fn start(&self, row: &ByteRecord) -> u64 {
        let at = row.position().map_or(0, csv::Position::byte);
        // The parser ends a row at its CR and begins the next one at the LF.
        let line_feed = u64::from(self.table.get_ref().crlf && at > 0);
        self.table.get_ref().origin + at + line_feed
    }

    fn failure(&self, error: csv::Error) -> Error {
        let stream = self.stream();
        let start = error.position().map(csv::Position::byte);
        let start = start.map_or(stream.position(), |at| at + self.table.get_ref().origin);
        match error.into_kind() {
            ErrorKind::Io(source) => stream.failure(self.number, source),
            ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => Error::UnequalRow {
                place: stream.place(self.number, start),
                expected: expected_len,
                found: len,
            },
            other => Error::Read {
                place: stream.place(self.number, start),
                source: std::io::Error::other(format!("{other:?}")),
            },
        }
    }
}

/// A table as rows.
struct Rows(CsvReader);

impl Fallible for Rows {
    type Item = Vec<String>;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Vec<String>>, Error> {
        self.0.next_row()
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.0.ended
    }
}

impl Fallible for CsvReader {
    type Item = Record;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Record>, Error> {
        let row = self.next_row()?;
        Ok(row.map(|row| Record {
            number: self.number,
            name: self.name.clone(),
            description: String::new(),
            start: 0,
            text: row.into_iter().next().unwrap_or_default(),
        }))
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for CsvReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}
