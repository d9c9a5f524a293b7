//! Special tokens around a sequence.

use std::ops::Range;

use crate::{Encoding, Error, Role, Specials};

/// The special tokens that stand before and after the tokens of a text in a model's input.
///
/// [`Tokenizer::framing`](crate::Tokenizer::framing) gives those that the tokenizer's own
/// post-processor adds, with which its model was trained.
///
/// ```
/// use dissensus_tokenize::{Kmer, Layout, Tokenizer};
///
/// let framing = Kmer::new(6, Layout::Standard)?.framing();
/// assert_eq!(framing.around(&[7, 8]), [2, 7, 8, 3]); // <CLS> … <SEP>
/// assert_eq!(framing.room(512)?, 510);
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Framing {
    /// Ids before the tokens of a text.
    pub before: Vec<u32>,
    /// Ids after them.
    pub after: Vec<u32>,
}

impl Framing {
    /// `<CLS>` before and, where the vocabulary has one, `<SEP>` after.
    ///
    /// # Errors
    /// [`Error::NoSpecial`] without a `<CLS>`.
    pub fn cls_sep(specials: &Specials) -> Result<Self, Error> {
        Ok(Self {
            before: vec![specials.require(Role::Cls)?],
            after: specials.sep.into_iter().collect(),
        })
    }

    /// Positions that the special tokens take.
    #[must_use]
    pub fn len(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of `max_length` positions are left for the tokens of a text: at least one.
    ///
    /// # Errors
    /// [`Error::MaxLength`] if the special tokens leave no room.
    pub fn room(&self, max_length: usize) -> Result<usize, Error> {
        let needed = self.len();
        let room = max_length.saturating_sub(needed);
        if room == 0 {
            return Err(Error::MaxLength { max_length, needed });
        }
        Ok(room)
    }

    /// The ids with the special tokens around them.
    #[must_use]
    pub fn around(&self, ids: &[u32]) -> Vec<u32> {
        [&self.before, ids, &self.after].concat()
    }

    /// An encoding with the special tokens around it.
    ///
    /// ```
    /// use dissensus_tokenize::{Kmer, Layout, Tokenizer};
    ///
    /// let tokenizer = Kmer::new(6, Layout::Standard)?;
    /// let framed = tokenizer.framing().apply(tokenizer.encode("AAAAAAN")?);
    /// assert_eq!(framed.ids, [2, 5, 4105, 3]);
    /// assert_eq!(framed.offsets, [0..0, 0..6, 6..7, 7..7]);
    /// # Ok::<(), dissensus_tokenize::Error>(())
    /// ```
    #[must_use]
    pub fn apply(&self, encoding: Encoding) -> Framed {
        let start = encoding.offsets.first().map_or(0, |range| range.start);
        let end = encoding.offsets.last().map_or(0, |range| range.end);
        let mut offsets = vec![start..start; self.before.len()];
        offsets.extend(encoding.offsets);
        offsets.resize(offsets.len() + self.after.len(), end..end);
        Framed {
            ids: self.around(&encoding.ids),
            offsets,
        }
    }
}

/// A sequence as a model takes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Framed {
    /// Token ids with special tokens.
    pub ids: Vec<u32>,
    /// The bytes that each position covers; empty ranges at the special tokens added here.
    pub offsets: Vec<Range<usize>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_without_room_is_refused() {
        let framing = Framing {
            before: vec![2],
            after: vec![3],
        };
        assert_eq!(framing.room(3).unwrap(), 1);
        let error = framing.room(2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "max_length is 2; the special tokens alone take 2"
        );
        assert_eq!(Framing::default().around(&[5]), [5]);
    }
}
