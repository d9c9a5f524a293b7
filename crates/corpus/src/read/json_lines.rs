//! JSON Lines.

use std::path::Path;

use serde_json::{Map, Value};

use super::lines::{Line, Lines};
use super::stem;
use crate::fallible::Fallible;
use crate::{ByteStream, Error, Record};

/// Reads one text field of every line of a JSON Lines file. A blank line is no record; `null` is a
/// blank one.
///
/// ```
/// use dissensus_corpus::{ByteStream, JsonLinesReader};
///
/// let stream = ByteStream::new("a.jsonl", &br#"{"id": 1, "text": "To be"}"#[..])?;
/// let first = JsonLinesReader::new(stream, "text").next().unwrap()?;
/// assert_eq!(first.text, "To be");
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct JsonLinesReader {
    lines: Lines,
    field: String,
    name: String,
    number: u64,
    ended: bool,
}

impl JsonLinesReader {
    /// Opens a file, plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`ByteStream::open`].
    pub fn open(path: impl AsRef<Path>, field: impl Into<String>) -> Result<Self, Error> {
        Ok(Self::new(ByteStream::open(path)?, field))
    }

    /// Reads `field` of every line of `stream`.
    pub fn new(stream: ByteStream, field: impl Into<String>) -> Self {
        Self {
            name: stem(stream.file()),
            lines: Lines::new(stream),
            field: field.into(),
            number: 0,
            ended: false,
        }
    }

    fn text(&self, line: &Line) -> Result<String, Error> {
        let place = self.lines.stream.place(self.number, line.start);
        let mut object: Map<String, Value> = match serde_json::from_str(&line.text) {
            Ok(object) => object,
            Err(source) => return Err(Error::InvalidJson { place, source }),
        };
        let field = self.field.clone();
        match object.remove(&field) {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Null) => Ok(String::new()),
            Some(other) => Err(Error::NotText {
                place,
                field,
                found: kind(&other).to_owned(),
            }),
            None => Err(Error::MissingField {
                place,
                field,
                available: object.keys().cloned().collect(),
            }),
        }
    }
}

impl Fallible for JsonLinesReader {
    type Item = Record;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Record>, Error> {
        loop {
            self.lines.stream.begin_record();
            let Some(line) = self.lines.next_line(self.number + 1)? else {
                return Ok(None);
            };
            if line.is_blank() {
                continue;
            }
            self.number += 1;
            return Ok(Some(Record {
                number: self.number,
                name: self.name.clone(),
                description: String::new(),
                start: 0,
                text: self.text(&line)?,
            }));
        }
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for JsonLinesReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
