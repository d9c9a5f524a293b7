//! A part of a record.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A segment of one record: symbols `start..end`, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Region {
    /// Number of the record, from 1.
    pub record: u64,
    /// First symbol.
    pub start: u64,
    /// One behind the last symbol.
    pub end: u64,
}

impl Region {
    /// Number of symbols.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether all of `other` lies inside.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.record == other.record && self.start <= other.start && other.end <= self.end
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {}, {}..{}", self.record, self.start, self.end)
    }
}
