use std::path::Path;

use serde_json::{Map, Value};

use super::lines::{Line, Lines};
use super::{empty, stem};
use crate::{Error, Input, Record};

/// Reads one text field of every line of a JSON Lines file.
///
/// ```
/// use dissensus_corpus::{Input, JsonLinesReader};
///
/// let input = Input::new("a.jsonl", &br#"{"id": 1, "text": "To be"}"#[..])?;
/// let first = JsonLinesReader::new(input, "text").next().unwrap()?;
/// assert_eq!(first.text, "To be");
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct JsonLinesReader {
    lines: Lines,
    field: String,
    name: String,
    number: u64,
    finished: bool,
}

impl JsonLinesReader {
    /// Opens a file, plain, gzip or zstd.
    ///
    /// # Errors
    /// Those of [`Input::open`].
    pub fn open(path: impl AsRef<Path>, field: impl Into<String>) -> Result<Self, Error> {
        Ok(Self::new(Input::open(path)?, field))
    }

    /// Reads `field` of every line of `input`.
    pub fn new(input: Input, field: impl Into<String>) -> Self {
        Self {
            name: stem(input.file()),
            lines: Lines::new(input),
            field: field.into(),
            number: 0,
            finished: false,
        }
    }

    fn next_record(&mut self) -> Result<Option<Record>, Error> {
        self.number += 1;
        let Some(line) = self.lines.next_line(self.number)? else {
            self.finished = true;
            return Ok(None);
        };
        let place = self.lines.input.place(self.number, line.start);
        let text = match line.is_blank() {
            true => String::new(),
            false => self.text(&line)?,
        };
        if text.trim().is_empty() {
            return Err(empty(place, ""));
        }
        Ok(Some(Record {
            number: self.number,
            name: self.name.clone(),
            description: String::new(),
            start: 0,
            text,
        }))
    }

    fn text(&self, line: &Line) -> Result<String, Error> {
        let place = self.lines.input.place(self.number, line.start);
        let mut object: Map<String, Value> = match serde_json::from_str(&line.text) {
            Ok(object) => object,
            Err(source) => return Err(Error::InvalidJson { place, source }),
        };
        let field = self.field.clone();
        match object.remove(&field) {
            Some(Value::String(text)) => Ok(text),
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

impl Iterator for JsonLinesReader {
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
