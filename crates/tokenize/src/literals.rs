//! Special tokens written out in the text.

use std::ops::Range;

/// Special tokens that are recognised when they stand in the text, as `ACG<MASK>ACG`: leftmost, and
/// of those the longest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Literals {
    entries: Vec<(String, u32)>,
    first: Vec<u8>,
}

/// A segment of text between special tokens, or a special token.
pub(crate) enum Segment {
    Text(Range<usize>),
    Special(u32, Range<usize>),
}

impl Literals {
    pub fn new(entries: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().filter(|e| !e.0.is_empty()).collect();
        entries.sort_by_key(|(token, _)| std::cmp::Reverse(token.len()));
        let mut first: Vec<u8> = entries
            .iter()
            .map(|(token, _)| token.as_bytes()[0])
            .collect();
        first.sort_unstable();
        first.dedup();
        Self { entries, first }
    }

    /// The text cut at its special tokens; empty segments are left out.
    pub fn segments<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Segment> + 'a {
        let mut at = 0;
        let mut pending: Option<(u32, Range<usize>)> = None;
        std::iter::from_fn(move || {
            if let Some((id, range)) = pending.take() {
                return Some(Segment::Special(id, range));
            }
            let start = at;
            let found = self.next(text, at);
            let end = found.as_ref().map_or(text.len(), |(_, range)| range.start);
            at = found.as_ref().map_or(text.len(), |(_, range)| range.end);
            pending = found;
            if start < end {
                return Some(Segment::Text(start..end));
            }
            pending
                .take()
                .map(|(id, range)| Segment::Special(id, range))
        })
    }

    fn next(&self, text: &str, mut from: usize) -> Option<(u32, Range<usize>)> {
        let bytes = text.as_bytes();
        loop {
            let at = from + self.candidate(&bytes[from..])?;
            let entry = self
                .entries
                .iter()
                .find(|(token, _)| bytes[at..].starts_with(token.as_bytes()));
            if let Some((token, id)) = entry {
                return Some((*id, at..at + token.len()));
            }
            from = at + 1;
        }
    }

    fn candidate(&self, bytes: &[u8]) -> Option<usize> {
        match *self.first.as_slice() {
            [] => None,
            [a] => memchr::memchr(a, bytes),
            [a, b] => memchr::memchr2(a, b, bytes),
            _ => bytes.iter().position(|b| self.first.contains(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_tile_the_text_and_the_longest_special_wins() {
        let literals = Literals::new([
            ("<M>".to_string(), 1),
            ("<M>x".to_string(), 2),
            ("[S]".to_string(), 3),
        ]);
        let segments: Vec<String> = literals
            .segments("a<<M>xé[S]<M>b<M")
            .map(|segment| match segment {
                Segment::Text(range) => format!("{range:?}"),
                Segment::Special(id, range) => format!("{id}@{range:?}"),
            })
            .collect();
        assert_eq!(
            segments,
            ["0..2", "2@2..6", "6..8", "3@8..11", "1@11..14", "14..17"]
        );
        assert_eq!(literals.segments("").count(), 0);
    }
}
