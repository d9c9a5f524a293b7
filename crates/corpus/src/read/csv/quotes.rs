//! A table that ends inside quotes.

use std::io::{self, Read};

use crate::ByteStream;

/// Follows the quotes of a table while its bytes go by: the parser takes the end of the file for a
/// closing quote.
pub(super) struct Quotes {
    pub(super) stream: ByteStream,
    delimiter: u8,
    /// Whether quotes mean anything.
    pub(super) quotes: bool,
    state: State,
    /// Bytes that went by.
    seen: u64,
    /// Where the last quote opened.
    opened: u64,
    at_end: bool,
    after_cr: bool,
    /// Whether lines end in CR LF.
    pub(super) crlf: bool,
    /// Where in the stream the table begins: behind a byte order mark.
    pub(super) origin: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    FieldStart,
    Field,
    Quoted,
    /// Behind a quote inside quotes: it closes them, or a second one follows and it is part of the
    /// text.
    Closing,
}

impl Quotes {
    pub(super) fn new(stream: ByteStream, delimiter: u8) -> Self {
        let origin = stream.position();
        Self {
            stream,
            delimiter,
            quotes: delimiter != b'\t',
            state: State::FieldStart,
            seen: 0,
            opened: 0,
            at_end: false,
            after_cr: false,
            crlf: false,
            origin,
        }
    }

    /// Where in the stream the quote opens that was still open when the file ended.
    pub(super) fn unclosed(&self) -> Option<u64> {
        let is_open = self.at_end && self.state == State::Quoted && self.quotes;
        is_open.then_some(self.origin + self.opened)
    }

    fn follow(&mut self, byte: u8) {
        self.crlf |= byte == b'\n' && self.after_cr && self.state != State::Quoted;
        self.after_cr = byte == b'\r';
        let ends_field = byte == self.delimiter || byte == b'\n' || byte == b'\r';
        self.state = match (self.state, byte) {
            (State::FieldStart, b'"') => {
                self.opened = self.seen;
                State::Quoted
            }
            (State::Quoted, b'"') => State::Closing,
            (State::Quoted, _) | (State::Closing, b'"') => State::Quoted,
            _ if ends_field => State::FieldStart,
            _ => State::Field,
        };
        self.seen += 1;
    }
}

impl Read for Quotes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.at_end |= read == 0 && !buffer.is_empty();
        for &byte in &buffer[..read] {
            self.follow(byte);
        }
        Ok(read)
    }
}
