//! What kind of sequence a window is.

use serde::{Deserialize, Serialize};

use crate::dna::{soft_masked_runs, unknown_runs};
use crate::low_complexity_runs;

/// What kind of sequence a window is, as fractions of its bases in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Track {
    /// Fraction of bases other than A, C, G, T in the file; soft-masked ones do not count here,
    /// however they are cleaned.
    pub unknown: f64,
    /// Fraction of lower-case bases in the file.
    pub soft_masked: f64,
    /// Fraction of bases in [`low_complexity_runs`]: 64-base sub-windows with a DUST score above 2.
    pub low_complexity: f64,
}

impl Track {
    /// The track of bases as they stand in a file, before cleaning.
    ///
    /// ```
    /// let track = dissensus_corpus::Track::of(b"ACgtNNAC");
    /// assert_eq!((track.unknown, track.soft_masked, track.low_complexity), (0.25, 0.25, 0.0));
    /// ```
    #[must_use]
    pub fn of(bases: &[u8]) -> Self {
        let fraction = |runs: Vec<std::ops::Range<usize>>| {
            let inside: usize = runs.iter().map(ExactSizeIterator::len).sum();
            inside as f64 / bases.len().max(1) as f64
        };
        Self {
            unknown: fraction(unknown_runs(bases)),
            soft_masked: fraction(soft_masked_runs(bases)),
            low_complexity: fraction(low_complexity_runs(bases)),
        }
    }
}
