//! Lines cut into segments as they come.

use super::lines::Line;
use crate::Error;
use crate::segments::{at_least_one, cut};

/// Cuts lines that arrive one by one into segments, as [`text_segments`](crate::text_segments)
/// would cut the whole text.
pub(super) struct Segments {
    characters: usize,
    held: String,
    /// Bytes of `held` already given out; removed only now and then, because removing moves the
    /// rest.
    given: usize,
    is_ended: bool,
}

impl Segments {
    pub(super) fn new(characters: usize) -> Result<Self, Error> {
        Ok(Self {
            characters: at_least_one(characters)?,
            held: String::new(),
            given: 0,
            is_ended: false,
        })
    }

    pub(super) fn push(&mut self, line: &Line) {
        if self.given > self.held.len() / 2 {
            self.held.drain(..self.given);
            self.given = 0;
        }
        self.held.push_str(&line.text);
        self.held.push_str(line.end);
    }

    pub(super) fn end(&mut self) {
        self.is_ended = true;
    }

    pub(super) fn is_ended(&self) -> bool {
        self.is_ended
    }

    pub(super) fn take(&mut self) -> Option<String> {
        let rest = &self.held[self.given..];
        let segment = cut(rest, self.characters, self.is_ended)?;
        let text = rest[segment.clone()].to_owned();
        self.given += segment.end;
        Some(text)
    }
}
