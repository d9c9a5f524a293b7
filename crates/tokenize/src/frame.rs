//! From a bare token sequence to a model's input.

use crate::{Encoding, Error, Specials};
use std::ops::Range;

/// The end of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before the first token.
    Left,
    /// After the last token.
    Right,
}

/// How a sequence is cut, dressed in special tokens and padded.
///
/// The default is study A's: `<CLS>` and `<SEP>` around the tokens, at most 512 positions, no padding.
///
/// ```
/// use dissensus_tokenize::{Frame, Kmer, Layout, Side, Tokenizer};
/// let tokenizer = Kmer::new(6, Layout::Standard)?;
/// let frame = Frame { max_length: 6, pad: Some(Side::Right), ..Frame::default() };
/// let framed = frame.apply(tokenizer.encode("AAAAAAN")?, tokenizer.specials())?;
/// assert_eq!(framed.ids, [2, 5, 4105, 3, 1, 1]);
/// assert_eq!(framed.attention, [true, true, true, true, false, false]);
/// assert_eq!(framed.offsets, [0..0, 0..6, 6..7, 7..7, 7..7, 7..7]);
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The most positions, special tokens included; tokens beyond it are dropped from the end. Default 512.
    pub max_length: usize,
    /// Whether `<CLS>` begins the sequence. Default true.
    pub cls: bool,
    /// Whether `<SEP>` ends the sequence, where the vocabulary has one. Default true.
    pub sep: bool,
    /// Where padding up to `max_length` goes. Default none.
    pub pad: Option<Side>,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            max_length: 512,
            cls: true,
            sep: true,
            pad: None,
        }
    }
}

/// A sequence as a model takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framed {
    /// Token ids with special tokens.
    pub ids: Vec<u32>,
    /// False at padding.
    pub attention: Vec<bool>,
    /// The bytes that each position covers; empty ranges at the special tokens added here.
    pub offsets: Vec<Range<usize>>,
}

impl Frame {
    /// How many of its positions are left for tokens.
    ///
    /// # Errors
    /// [`Error::MaxLength`] if the special tokens alone do not fit.
    pub fn room(&self, specials: &Specials) -> Result<usize, Error> {
        let needed = usize::from(self.cls) + usize::from(self.sep && specials.sep.is_some());
        let max_length = self.max_length;
        max_length
            .checked_sub(needed)
            .ok_or(Error::MaxLength { max_length, needed })
    }

    /// Cuts, dresses and pads one sequence.
    ///
    /// # Errors
    /// [`Error::MaxLength`] if the special tokens alone do not fit.
    pub fn apply(&self, mut encoding: Encoding, specials: &Specials) -> Result<Framed, Error> {
        let room = self.room(specials)?;
        encoding.ids.truncate(room);
        encoding.offsets.truncate(room);
        let start = encoding.offsets.first().map_or(0, |range| range.start);
        let end = encoding.offsets.last().map_or(0, |range| range.end);
        let mut framed = Framed {
            ids: Vec::new(),
            attention: Vec::new(),
            offsets: Vec::new(),
        };
        framed.extend(self.cls.then_some(specials.cls), start);
        framed.ids.extend(encoding.ids);
        framed.offsets.extend(encoding.offsets);
        framed.extend(specials.sep.filter(|_| self.sep), end);
        framed.attention = vec![true; framed.ids.len()];
        self.pad(&mut framed, specials.pad, start, end);
        Ok(framed)
    }

    fn pad(&self, framed: &mut Framed, pad: u32, start: usize, end: usize) {
        let missing = self.max_length.saturating_sub(framed.ids.len());
        match self.pad {
            None => {}
            Some(Side::Right) => {
                framed.attention.resize(self.max_length, false);
                framed.extend(std::iter::repeat_n(pad, missing), end);
            }
            Some(Side::Left) => {
                framed
                    .attention
                    .splice(0..0, std::iter::repeat_n(false, missing));
                framed.ids.splice(0..0, std::iter::repeat_n(pad, missing));
                framed
                    .offsets
                    .splice(0..0, std::iter::repeat_n(start..start, missing));
            }
        }
    }
}

impl Framed {
    fn extend(&mut self, ids: impl IntoIterator<Item = u32>, at: usize) {
        self.ids.extend(ids);
        self.offsets.resize(self.ids.len(), at..at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specials(sep: Option<u32>) -> Specials {
        Specials {
            unk: 0,
            pad: 1,
            cls: 2,
            sep,
            mask: 4,
            others: vec![],
        }
    }

    fn encoding() -> Encoding {
        Encoding {
            ids: vec![7, 8, 9],
            offsets: vec![3..4, 5..6, 6..9],
        }
    }

    #[test]
    fn truncation_keeps_the_special_tokens() {
        let frame = Frame {
            max_length: 4,
            ..Frame::default()
        };
        let framed = frame.apply(encoding(), &specials(Some(3))).unwrap();
        assert_eq!(framed.ids, [2, 7, 8, 3]);
        assert_eq!(framed.offsets, [3..3, 3..4, 5..6, 6..6]);
    }

    #[test]
    fn left_padding_stands_before_the_first_token() {
        let frame = Frame {
            max_length: 6,
            pad: Some(Side::Left),
            ..Frame::default()
        };
        let framed = frame.apply(encoding(), &specials(None)).unwrap();
        assert_eq!(framed.ids, [1, 1, 2, 7, 8, 9]);
        assert_eq!(framed.attention, [false, false, true, true, true, true]);
        assert_eq!(framed.offsets.len(), 6);
    }

    #[test]
    fn an_empty_text_still_has_its_frame() {
        let frame = Frame {
            max_length: 3,
            pad: Some(Side::Right),
            ..Frame::default()
        };
        let framed = frame
            .apply(Encoding::default(), &specials(Some(3)))
            .unwrap();
        assert_eq!(framed.ids, [2, 3, 1]);
        assert_eq!(framed.attention, [true, true, false]);
    }

    #[test]
    fn a_frame_shorter_than_its_special_tokens_is_refused() {
        let frame = Frame {
            max_length: 1,
            ..Frame::default()
        };
        let error = frame.apply(encoding(), &specials(Some(3))).unwrap_err();
        assert!(matches!(
            error,
            Error::MaxLength {
                max_length: 1,
                needed: 2
            }
        ));
    }
}
