//! Intervals of named sequences.

#[cfg(feature = "bed")]
pub(crate) mod bed;
pub(crate) mod reader;
pub(crate) mod set;

use std::fmt;
use std::str::FromStr;

use noodles_core::region::Interval;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Bases `start..end` of the sequence of a name, counted from 0.
///
/// As text it is what samtools takes, first and last base counted from 1: `chr3`, `chr3:1,001` (to
/// the end), `chr3:1001-2000`. A name may have colons: what stands behind the last one is part of
/// it unless it is made of digits.
///
/// ```
/// use dissensus_corpus::GenomicInterval;
///
/// let interval: GenomicInterval = "chr3:1,001-2,000".parse()?;
/// assert_eq!(
///     (interval.sequence.as_str(), interval.start, interval.end),
///     ("chr3", 1000, Some(2000))
/// );
/// assert_eq!(interval.to_string(), "chr3:1001-2000");
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GenomicInterval {
    /// Name of the sequence.
    pub sequence: String,
    /// First base, from 0.
    pub start: u64,
    /// One behind the last base; the end of the sequence if none.
    pub end: Option<u64>,
}

impl GenomicInterval {
    /// All of a sequence.
    #[must_use]
    pub fn whole(sequence: impl Into<String>) -> Self {
        Self {
            sequence: sequence.into(),
            start: 0,
            end: None,
        }
    }

    /// Refuses an interval without a base, and one of a sequence that cannot be: names are single
    /// words.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        let is_word = !self.sequence.is_empty() && !self.sequence.contains(char::is_whitespace);
        match self.end {
            _ if !is_word => Err(Error::Interval {
                found: self.to_string(),
                expected: "the name of a sequence, which is one word",
            }),
            Some(end) if end <= self.start => Err(Error::Interval {
                found: self.to_string(),
                expected: "a last base that is not before the first",
            }),
            _ => Ok(self),
        }
    }
}

impl fmt::Display for GenomicInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sequence)?;
        let first = self.start.saturating_add(1);
        match self.end {
            Some(end) => write!(f, ":{first}-{end}"),
            // The end of such a name would be read as a place.
            None if first > 1 || bases_behind(&self.sequence).is_some() => write!(f, ":{first}"),
            None => Ok(()),
        }
    }
}

/// A sequence and what stands behind its last colon, if that can only be bases.
fn bases_behind(text: &str) -> Option<(&str, &str)> {
    let is_number = |c: char| c.is_ascii_digit() || c == ',' || c == '-';
    let found = text.rsplit_once(':');
    found.filter(|(_, bases)| bases.chars().all(is_number))
}

impl FromStr for GenomicInterval {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Interval {
            found: text.to_owned(),
            expected: "a sequence, or its first and last base behind a colon, as in chr3:1001-2000",
        };
        let (sequence, bases) = bases_behind(text).unwrap_or((text, ""));
        if sequence.is_empty() || sequence.chars().any(char::is_whitespace) {
            return Err(wrong());
        }
        if sequence.len() < text.len() && bases.is_empty() {
            return Err(wrong());
        }
        let bases: Interval = bases.replace(',', "").parse().map_err(|_| wrong())?;
        let place = |position: noodles_core::Position| usize::from(position) as u64;
        let interval = Self {
            sequence: sequence.to_owned(),
            start: bases.start().map_or(0, |first| place(first) - 1),
            end: bases.end().map(place),
        };
        interval.checked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_samtools_does() {
        for (text, start, end) in [
            ("chr3", 0, None),
            ("chr3:5", 4, None),
            ("chr3:1-1", 0, Some(1)),
            ("chr3:5-8", 4, Some(8)),
        ] {
            let found: GenomicInterval = text.parse().unwrap();
            assert_eq!((found.start, found.end), (start, end), "{text}");
            assert_eq!(found.sequence, "chr3");
            assert_eq!(found.to_string(), text);
        }
        let found: GenomicInterval = "HLA-A*01:01:02N".parse().unwrap();
        assert_eq!(found, GenomicInterval::whole("HLA-A*01:01:02N"));
        let ends_in_digits = GenomicInterval::whole("HLA-A*01:01");
        assert_eq!(ends_in_digits.to_string(), "HLA-A*01:01:1");
        assert_eq!(
            "HLA-A*01:01:1".parse::<GenomicInterval>().unwrap(),
            ends_in_digits
        );
    }

    #[test]
    fn what_names_no_base_is_refused() {
        let reversed = "chr3:8-5".parse::<GenomicInterval>().unwrap_err();
        assert_eq!(
            reversed.to_string(),
            "chr3:8-5 names no bases; expected a last base that is not before the first"
        );
        for text in [
            "",
            ":1-2",
            "chr3:",
            "chr3:0-5",
            "chr3:-5",
            "chr3:5-",
            "a b",
            "chr3:1-2-3",
        ] {
            let said = text.parse::<GenomicInterval>();
            assert!(
                matches!(said, Err(Error::Interval { .. })),
                "{text}: {said:?}"
            );
        }
    }
}
