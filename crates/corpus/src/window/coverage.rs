//! What became of the bases.

use serde::{Deserialize, Serialize};

/// What became of the bases that were cut into windows.
///
/// `bases = covered + unknown + uncovered()`. Those of several sequences add up with [`merge`](Self::merge).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Windows made.
    pub windows: u64,
    /// Bases read.
    pub bases: u64,
    /// Bases inside at least one window.
    pub covered: u64,
    /// Bases left out as runs of N.
    pub unknown: u64,
}

impl Coverage {
    /// Bases in no window and no run of N: remainders too short for a window, and what a long stride steps over.
    #[must_use]
    pub fn uncovered(&self) -> u64 {
        self.bases - self.covered - self.unknown
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.windows += other.windows;
        self.bases += other.bases;
        self.covered += other.covered;
        self.unknown += other.unknown;
    }
}
