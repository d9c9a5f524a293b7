use std::path::Path;

use super::lines::{Line, Lines};
use super::pieces::Pieces;
use super::{empty, stem};
use crate::{Error, Input, Record};

/// What one record of a plain text file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TextUnit {
    /// The whole file.
    #[default]
    File,
    /// What stands between blank lines; its lines are joined with `\n`.
    Paragraph,
    /// A line. A blank line is an [`Error::EmptyRecord`]: choose `Paragraph` where blank lines are meant to separate.
    Line,
    /// A piece of at most this many characters, cut at white space; a file of any size is read in constant memory.
    Piece(usize),
}

/// Reads plain text: one record per file, paragraph, line or piece.
///
/// ```
/// use dissensus_corpus::{Input, TextReader, TextUnit};
///
/// let input = Input::new("two.txt", &b"One\nmore.\n\nTwo.\n"[..])?;
/// let texts: Result<Vec<_>, _> = TextReader::new(input, TextUnit::Paragraph)?.map(|r| r.map(|r| r.text)).collect();
/// assert_eq!(texts?, ["One\nmore.", "Two."]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct TextReader {
    lines: Lines,
    unit: TextUnit,
    name: String,
    number: u64,
    pieces: Option<Pieces>,
    finished: bool,
}

impl TextReader {
    /// Opens a file, plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`Input::open`] and [`new`](Self::new).
    pub fn open(path: impl AsRef<Path>, unit: TextUnit) -> Result<Self, Error> {
        Self::new(Input::open(path)?, unit)
    }

    /// Reads `input` in units of `unit`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for pieces of 0 characters.
    pub fn new(input: Input, unit: TextUnit) -> Result<Self, Error> {
        let pieces = match unit {
            TextUnit::Piece(characters) => Some(Pieces::new(characters)?),
            _ => None,
        };
        Ok(Self {
            name: stem(input.file()),
            lines: Lines::new(input),
            unit,
            number: 0,
            pieces,
            finished: false,
        })
    }

    fn next_record(&mut self) -> Result<Option<Record>, Error> {
        match self.unit {
            TextUnit::File => self.next_file(),
            TextUnit::Paragraph => self.next_paragraph(),
            TextUnit::Line => self.next_single_line(),
            TextUnit::Piece(_) => self.next_piece(),
        }
    }

    fn next_line(&mut self) -> Result<Option<Line>, Error> {
        self.lines.next_line(self.number + 1)
    }

    fn next_file(&mut self) -> Result<Option<Record>, Error> {
        let mut text = String::new();
        while let Some(line) = self.next_line()? {
            text.push_str(&line.text);
            text.push_str(line.end);
        }
        self.finished = true;
        self.record(text, 0).map(Some)
    }

    fn next_paragraph(&mut self) -> Result<Option<Record>, Error> {
        let mut text = String::new();
        while let Some(line) = self.next_line()? {
            match (line.is_blank(), text.is_empty()) {
                (true, true) => {}
                (true, false) => break,
                (false, true) => text = line.text,
                (false, false) => {
                    text.push('\n');
                    text.push_str(&line.text);
                }
            }
        }
        if text.is_empty() {
            return self.end();
        }
        self.record(text, 0).map(Some)
    }

    fn next_single_line(&mut self) -> Result<Option<Record>, Error> {
        match self.next_line()? {
            None => self.end(),
            Some(line) => self.record(line.text, line.start).map(Some),
        }
    }

    fn next_piece(&mut self) -> Result<Option<Record>, Error> {
        loop {
            if let Some(text) = self.pieces.as_mut().and_then(Pieces::take) {
                return self.record(text, 0).map(Some);
            }
            let line = self.next_line()?;
            let Some(pieces) = self.pieces.as_mut().filter(|pieces| !pieces.is_ended()) else {
                return self.end();
            };
            match line {
                Some(line) => pieces.push(&line),
                None => pieces.end(),
            }
        }
    }

    fn record(&mut self, text: String, start: u64) -> Result<Record, Error> {
        self.number += 1;
        if text.trim().is_empty() {
            return Err(empty(self.lines.input.place(self.number, start), ""));
        }
        Ok(Record {
            number: self.number,
            name: self.name.clone(),
            description: String::new(),
            start: 0,
            text,
        })
    }

    /// The end of the file: one that held only white space has no record at all, and says so.
    fn end(&mut self) -> Result<Option<Record>, Error> {
        self.finished = true;
        match self.number {
            0 => Err(empty(self.lines.input.place(1, 0), "")),
            _ => Ok(None),
        }
    }
}

impl Iterator for TextReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.next_record();
        self.finished |= next
            .as_ref()
            .is_err_and(|error| !matches!(error, Error::EmptyRecord { .. }));
        next.transpose()
    }
}
