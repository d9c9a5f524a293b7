use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::{empty, stem};
use crate::{Error, Input, Record};

/// Reads named columns of a table with a header line: comma- or otherwise separated, quoted as in RFC 4180.
///
/// [`rows`](Self::rows) gives all the columns asked for; as an iterator the reader gives the first as [`Record`]s.
///
/// ```
/// use dissensus_corpus::{CsvReader, Input};
///
/// let table = b"split,label,sequence\ntrain,0,ACGT\ntest,1,GGCC\n";
/// let reader = CsvReader::new(Input::new("task.csv", &table[..])?, &["sequence", "label"], b',')?;
/// let rows: Result<Vec<Vec<String>>, _> = reader.rows().collect();
/// assert_eq!(rows?[1], ["GGCC", "1"]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct CsvReader {
    table: csv::Reader<Input>,
    columns: Vec<usize>,
    name: String,
    row: ByteRecord,
    number: u64,
    finished: bool,
}

impl CsvReader {
    /// Opens a file, plain, gzip or zstd; otherwise as [`new`](Self::new).
    ///
    /// # Errors
    /// Those of [`Input::open`] and [`new`](Self::new).
    pub fn open(path: impl AsRef<Path>, columns: &[&str], delimiter: u8) -> Result<Self, Error> {
        Self::new(Input::open(path)?, columns, delimiter)
    }

    /// Finds `columns` in the header of `input`, whose fields `delimiter` separates; of equal names the first counts.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::InvalidUtf8`] in the header, and failed reads.
    pub fn new(input: Input, columns: &[&str], delimiter: u8) -> Result<Self, Error> {
        let mut reader = Self {
            name: stem(input.file()),
            table: ReaderBuilder::new().delimiter(delimiter).from_reader(input),
            columns: Vec::new(),
            row: ByteRecord::new(),
            number: 0,
            finished: false,
        };
        reader.columns = reader.find(columns)?;
        Ok(reader)
    }

    /// The columns asked for, row by row, in the order asked for. Empty fields are kept.
    pub fn rows(mut self) -> impl Iterator<Item = Result<Vec<String>, Error>> {
        std::iter::from_fn(move || {
            let next = self.next_row().transpose()?;
            self.finished |= next.is_err();
            Some(next)
        })
    }

    fn find(&mut self, columns: &[&str]) -> Result<Vec<usize>, Error> {
        let header = match self.table.byte_headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(self.failure(error)),
        };
        let header: Vec<String> = (0..header.len())
            .map(|index| self.field(&header, index))
            .collect::<Result<_, _>>()?;
        let find = |column: &&str| {
            let found = header.iter().position(|name| name == column);
            found.ok_or_else(|| Error::MissingColumn {
                file: self.table.get_ref().file().to_path_buf(),
                column: (*column).to_owned(),
                available: header.clone(),
            })
        };
        columns.iter().map(find).collect()
    }

    fn next_row(&mut self) -> Result<Option<Vec<String>>, Error> {
        if self.finished {
            return Ok(None);
        }
        self.number += 1;
        let mut row = std::mem::take(&mut self.row);
        match self.table.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => {
                self.finished = true;
                return self.end();
            }
            Err(error) => return Err(self.failure(error)),
        }
        let fields = self
            .columns
            .iter()
            .map(|&column| self.field(&row, column))
            .collect();
        self.row = row;
        Result::map(fields, Some)
    }

    /// The end of the table: one that held only a header has no record at all, and says so.
    fn end(&self) -> Result<Option<Vec<String>>, Error> {
        let file = self.table.get_ref().file().to_path_buf();
        match self.number {
            1 => Err(Error::EmptyFile { file }),
            _ => Ok(None),
        }
    }

    fn field(&self, row: &ByteRecord, index: usize) -> Result<String, Error> {
        let field = row.get(index).unwrap_or_default();
        match std::str::from_utf8(field) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(Error::InvalidUtf8 {
                place: self.table.get_ref().place(self.number, start(row)),
                found: field[error.valid_up_to()],
            }),
        }
    }

    fn failure(&self, error: csv::Error) -> Error {
        let input = self.table.get_ref();
        let start = error
            .position()
            .map_or(input.position(), csv::Position::byte);
        match error.into_kind() {
            ErrorKind::Io(source) => input.failure(self.number, source),
            ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => Error::UnequalRow {
                place: input.place(self.number, start),
                expected: expected_len,
                found: len,
            },
            other => Error::Read {
                place: input.place(self.number, start),
                source: std::io::Error::other(format!("{other:?}")),
            },
        }
    }
}

impl Iterator for CsvReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.next_row().transpose()? {
            Ok(row) => row,
            Err(error) => {
                self.finished = true;
                return Some(Err(error));
            }
        };
        let text = row.into_iter().next().unwrap_or_default();
        if text.trim().is_empty() {
            let place = self.table.get_ref().place(self.number, start(&self.row));
            return Some(Err(empty(place, "")));
        }
        Some(Ok(Record {
            number: self.number,
            name: self.name.clone(),
            description: String::new(),
            start: 0,
            text,
        }))
    }
}

fn start(row: &ByteRecord) -> u64 {
    row.position().map_or(0, csv::Position::byte)
}
