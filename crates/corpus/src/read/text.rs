//! Plain text.

use std::path::Path;

use super::lines::{Line, Lines};
use super::segments::Segments;
use super::stem;
use crate::fallible::Fallible;
use crate::{ByteStream, Error, Record};

/// What one record of a plain text file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TextUnit {
    /// The whole file.
    #[default]
    File,
    /// What stands between blank lines; its lines are joined with `\n`.
    Paragraph,
    /// A line. A blank line is a blank record: choose `Paragraph` where blank lines are meant to
    /// separate.
    Line,
    /// A segment of at most this many characters, cut at white space; a file of any size is read in
    /// constant memory.
    Segment(usize),
}

/// Reads plain text: one record per file, paragraph, line or segment.
///
/// ```
/// use dissensus_corpus::{ByteStream, TextReader, TextUnit};
///
/// let stream = ByteStream::new("two.txt", &b"One\nmore.\n\nTwo.\n"[..])?;
/// let texts: Result<Vec<_>, _> =
///     TextReader::new(stream, TextUnit::Paragraph)?.map(|r| r.map(|r| r.text)).collect();
/// assert_eq!(texts?, ["One\nmore.", "Two."]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct TextReader {
    lines: Lines,
    unit: TextUnit,
    name: String,
    number: u64,
    segments: Option<Segments>,
    ended: bool,
}

impl TextReader {
    /// Opens a file, plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`ByteStream::open`] and [`new`](Self::new).
    pub fn open(path: impl AsRef<Path>, unit: TextUnit) -> Result<Self, Error> {
        Self::new(ByteStream::open(path)?, unit)
    }

    /// Reads `stream` in units of `unit`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for segments of 0 characters.
    pub fn new(stream: ByteStream, unit: TextUnit) -> Result<Self, Error> {
        let segments = match unit {
            TextUnit::Segment(characters) => Some(Segments::new(characters)?),
            _ => None,
        };
        Ok(Self {
            name: stem(stream.file()),
            lines: Lines::new(stream),
            unit,
            number: 0,
            segments,
            ended: false,
        })
    }

    fn next_line(&mut self) -> Result<Option<Line>, Error> {
        self.lines.next_line(self.number + 1)
    }

    fn next_file(&mut self) -> Result<Option<Record>, Error> {
        if self.number > 0 {
            return Ok(None);
        }
        let mut text = String::new();
        while let Some(line) = self.next_line()? {
            text.push_str(&line.text);
            text.push_str(line.end);
        }
        Ok(Some(self.record(text)))
    }

    fn next_paragraph(&mut self) -> Result<Option<Record>, Error> {
        let mut text = String::new();
        while let Some(line) = self.next_line()? {
            match (line.is_blank(), text.is_empty()) {
                (true, true) => self.lines.stream.begin_record(),
                (true, false) => break,
                (false, true) => text = line.text,
                (false, false) => {
                    text.push('\n');
                    text.push_str(&line.text);
                }
            }
        }
        Ok((!text.is_empty()).then(|| self.record(text)))
    }

    fn next_single_line(&mut self) -> Result<Option<Record>, Error> {
        let line = self.next_line()?;
        Ok(line.map(|line| self.record(line.text)))
    }

    fn next_segment(&mut self) -> Result<Option<Record>, Error> {
        loop {
            if let Some(text) = self.segments.as_mut().and_then(Segments::take) {
                return Ok(Some(self.record(text)));
            }
            let line = self.next_line()?;
            let Some(segments) = self.segments.as_mut().filter(|all| !all.is_ended()) else {
                return Ok(None);
            };
            match line {
                Some(line) => segments.push(&line),
                None => segments.end(),
            }
        }
    }

    fn record(&mut self, text: String) -> Record {
        self.number += 1;
        Record {
            number: self.number,
            name: self.name.clone(),
            description: String::new(),
            start: 0,
            text,
        }
    }
}

impl Fallible for TextReader {
    type Item = Record;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Record>, Error> {
        self.lines.stream.begin_record();
        match self.unit {
            TextUnit::File => self.next_file(),
            TextUnit::Paragraph => self.next_paragraph(),
            TextUnit::Line => self.next_single_line(),
            TextUnit::Segment(_) => self.next_segment(),
        }
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for TextReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}
