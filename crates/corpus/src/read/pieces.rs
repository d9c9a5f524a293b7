use super::lines::Line;
use crate::Error;
use crate::pieces::{at_least_one, cut};

/// Cuts lines that arrive one by one into pieces, as [`text_pieces`](crate::text_pieces) would cut the whole text.
pub(super) struct Pieces {
    characters: usize,
    held: String,
    /// Bytes of `held` already given out; removed only now and then, because removing moves the rest.
    given: usize,
    is_ended: bool,
}

impl Pieces {
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
        let piece = cut(rest, self.characters, self.is_ended)?;
        let text = rest[piece.clone()].to_owned();
        self.given += piece.end;
        Some(text)
    }
}
