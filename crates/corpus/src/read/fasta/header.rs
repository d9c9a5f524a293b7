//! FASTA header lines.

use std::io::BufRead;

use crate::read::utf8;
use crate::{ByteStream, Error, Place};

/// A FASTA header line: `>name description`.
pub(super) struct Header {
    pub(super) place: Place,
    pub(super) name: String,
    pub(super) description: String,
}

impl Header {
    /// Reads the line that begins with `>`, or nothing at the end of the data.
    pub(super) fn read(stream: &mut ByteStream, record: u64) -> Result<Option<Self>, Error> {
        let start = stream.position();
        let mut line = Vec::new();
        if let Err(source) = stream.read_until(b'\n', &mut line) {
            return Err(stream.failure(record, source));
        }
        if line.is_empty() {
            return Ok(None);
        }
        let line = utf8(stream, record, start, line)?;
        let place = stream.place(record, start);
        let (name, description) = split(&line);
        if name.is_empty() {
            return Err(Error::MissingName { place });
        }
        Ok(Some(Self {
            place,
            name: name.to_owned(),
            description: description.to_owned(),
        }))
    }
}

fn split(line: &str) -> (&str, &str) {
    let line = line.strip_prefix('>').unwrap_or(line).trim();
    match line.split_once([' ', '\t']) {
        Some((name, description)) => (name, description.trim()),
        None => (line, ""),
    }
}
