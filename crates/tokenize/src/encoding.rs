//! The result of encoding a text.

use std::ops::Range;

/// Token ids and where each token lies in the text.
///
/// `ids` and `offsets` have the same length. Offsets are byte ranges of the text as it was given,
/// ascending and without overlap; text between two ranges (white space before a BPE word) belongs
/// to no token. No special tokens are added; see [`Framing`](crate::Framing).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoding {
    /// One id per token.
    pub ids: Vec<u32>,
    /// The bytes of the text that each token covers.
    pub offsets: Vec<Range<usize>>,
}

impl Encoding {
    /// Number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no tokens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Removes all tokens and keeps the memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.offsets.clear();
    }
}

/// Where an encoder puts its tokens: ids with offsets, or ids alone.
pub(crate) trait TokenSink {
    fn push(&mut self, id: u32, start: usize, end: usize);
    /// Tokens of one byte each, the first at `origin`.
    fn push_bytes(&mut self, ids: impl Iterator<Item = u32>, origin: usize);
    fn reserve(&mut self, tokens: usize);
}

impl TokenSink for Encoding {
    #[inline]
    fn push(&mut self, id: u32, start: usize, end: usize) {
        self.ids.push(id);
        self.offsets.push(start..end);
    }

    fn push_bytes(&mut self, ids: impl Iterator<Item = u32>, origin: usize) {
        let before = self.ids.len();
        self.ids.extend(ids);
        let end = origin + self.ids.len() - before;
        self.offsets.extend((origin..end).map(|at| at..at + 1));
    }

    fn reserve(&mut self, tokens: usize) {
        self.ids.reserve(tokens);
        self.offsets.reserve(tokens);
    }
}

impl TokenSink for Vec<u32> {
    #[inline]
    fn push(&mut self, id: u32, _: usize, _: usize) {
        self.push(id);
    }

    fn push_bytes(&mut self, ids: impl Iterator<Item = u32>, _: usize) {
        self.extend(ids);
    }

    fn reserve(&mut self, tokens: usize) {
        self.reserve(tokens);
    }
}
