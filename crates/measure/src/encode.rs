//! From documents to sequences of ids.

use std::ops::Range;

use dissensus_tokenize::{Frame, Tokenizer};

use crate::Error;

/// Token sequences that fill a model's window, and how much of the documents they cover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sequences {
    /// One entry a sequence: special tokens, then tokens.
    pub ids: Vec<Vec<u32>>,
    /// Where each stands.
    pub places: Vec<Place>,
    /// Tokens, special ones left out.
    pub tokens: u64,
    /// Symbols (bases, characters with the white space between words) that those tokens span.
    pub symbols: u64,
    /// Tokens dropped because the end of a document made a sequence too short.
    pub dropped: u64,
}

/// Which tokens of which document a sequence is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Index of the document.
    pub document: usize,
    /// Tokens of its encoding; the first is at position 1 of the sequence, behind `<CLS>`.
    pub tokens: Range<usize>,
}

/// A sequence shorter than this share of the window is dropped: it would be mostly padding.
const SHORTEST: f64 = 0.125;

/// Encodes documents and cuts them into sequences of at most `max_length` positions.
///
/// # Errors
/// [`Error::Tokenize`] for a document that the tokenizer refuses, [`Error::NoSequences`] if nothing is left.
pub fn sequences(
    documents: &[String],
    tokenizer: &dyn Tokenizer,
    max_length: usize,
) -> Result<Sequences, Error> {
    let frame = Frame {
        max_length,
        ..Frame::default()
    };
    let specials = tokenizer.specials();
    let room = frame.room(specials)?;
    let shortest = ((room as f64 * SHORTEST).ceil() as usize).max(1);
    let mut found = Sequences::default();
    for (index, document) in documents.iter().enumerate() {
        let encoding = tokenizer.encode(document)?;
        for first in (0..encoding.ids.len()).step_by(room.max(1)) {
            let tokens = first..(first + room).min(encoding.ids.len());
            let (ids, offsets) = (
                &encoding.ids[tokens.clone()],
                &encoding.offsets[tokens.clone()],
            );
            if ids.len() < shortest {
                found.dropped += ids.len() as u64;
                continue;
            }
            let (start, end) = (offsets[0].start, offsets[offsets.len() - 1].end);
            found.tokens += ids.len() as u64;
            found.symbols += document[start..end].chars().count() as u64;
            found.ids.push(framed(ids, specials.cls, specials.sep));
            found.places.push(Place {
                document: index,
                tokens,
            });
        }
    }
    if found.ids.is_empty() {
        return Err(Error::NoSequences {
            documents: documents.len(),
            shortest,
        });
    }
    Ok(found)
}

/// `<CLS>`, the tokens, `<SEP>`.
pub(crate) fn framed(ids: &[u32], cls: u32, sep: Option<u32>) -> Vec<u32> {
    std::iter::once(cls)
        .chain(ids.iter().copied())
        .chain(sep)
        .collect()
}

impl Sequences {
    /// Mean number of symbols that a token spans.
    #[must_use]
    pub fn symbols_per_token(&self) -> f64 {
        self.symbols as f64 / self.tokens as f64
    }

    /// The first `count` sequences (all, if there are fewer), with their own counts scaled to them.
    #[must_use]
    pub fn first(&self, count: usize) -> &[Vec<u32>] {
        &self.ids[..count.min(self.ids.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_tokenize::{Character, Kmer, Layout};

    #[test]
    fn sequences_span_what_their_tokens_span() {
        let tokenizer = Kmer::new(6, Layout::Standard).unwrap();
        let documents = vec!["ACGTAC".repeat(10) + "ACG"];
        let found = sequences(&documents, &tokenizer, 6).unwrap();
        assert_eq!((found.tokens, found.symbols, found.dropped), (13, 63, 0));
        assert_eq!(found.ids.len(), 4, "13 tokens in windows of 4");
        assert!(found.ids.iter().all(|s| s.len() <= 6 && s[0] == 2));
        assert_eq!(found.places[3].tokens, 12..13);
    }

    #[test]
    fn a_short_end_is_counted_not_kept() {
        let tokenizer = Character::dna(Layout::Standard).unwrap();
        let found = sequences(&["A".repeat(33)], &tokenizer, 34).unwrap();
        assert_eq!((found.tokens, found.dropped), (32, 1));
        let error = sequences(&["A".into()], &tokenizer, 34).unwrap_err();
        assert!(matches!(error, Error::NoSequences { shortest: 4, .. }));
    }
}
