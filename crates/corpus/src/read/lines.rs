//! Lines of text.

use std::io::BufRead;

use super::utf8;
use crate::{ByteStream, Error};

/// Lines of UTF-8 with the place where each begins.
pub(crate) struct Lines {
    pub(crate) stream: ByteStream,
}

/// A line without its line end.
pub(crate) struct Line {
    /// Where the line begins in the stream.
    pub(crate) start: u64,
    pub(crate) text: String,
    /// What ended it: `"\n"`, `"\r\n"` or, at the end of the file, `""`.
    pub(crate) end: &'static str,
}

impl Line {
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

impl Lines {
    pub(crate) fn new(stream: ByteStream) -> Self {
        Self { stream }
    }

    /// The next line, or `None` at the end. `record` is only for error messages.
    pub(crate) fn next_line(&mut self, record: u64) -> Result<Option<Line>, Error> {
        let start = self.stream.position();
        let mut bytes = Vec::new();
        if let Err(source) = self.stream.read_until(b'\n', &mut bytes) {
            return Err(self.stream.failure(record, source));
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let end = cut_line_end(&mut bytes);
        let text = utf8(&self.stream, record, start, bytes)?;
        Ok(Some(Line { start, text, end }))
    }
}

fn cut_line_end(bytes: &mut Vec<u8>) -> &'static str {
    let end = match bytes.as_slice() {
        [.., b'\r', b'\n'] => "\r\n",
        [.., b'\n'] => "\n",
        _ => "",
    };
    bytes.truncate(bytes.len() - end.len());
    end
}
