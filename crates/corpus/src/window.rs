//! Windows of DNA.

mod coverage;
mod cutter;
mod params;
mod track;

use std::ops::Range;
use std::sync::Arc;

pub use self::coverage::Coverage;
pub use self::cutter::WindowCutter;
pub use self::params::{UnknownRuns, WindowParams};
pub use self::track::Track;
use crate::dna::soft_masked_runs;
use crate::{Error, Record, Region};

/// Cleaned DNA of one length that knows where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Number of the record in its file, from 1.
    pub record: u64,
    /// Name of the record.
    pub name: Arc<str>,
    /// Where in the record the window begins, from 0.
    pub start: u64,
    /// The bases, cleaned: A, C, G, T and N.
    pub bases: String,
    /// The same bases as they stand in the file.
    pub raw: Vec<u8>,
}

impl Window {
    /// What kind of sequence it is.
    #[must_use]
    pub fn track(&self) -> Track {
        Track::of(&self.raw)
    }

    /// Runs of its bases that are soft-masked in the file.
    #[must_use]
    pub fn soft_masked(&self) -> Vec<Range<usize>> {
        soft_masked_runs(&self.raw)
    }

    /// The part of the record that the window covers.
    #[must_use]
    pub fn region(&self) -> Region {
        Region {
            record: self.record,
            start: self.start,
            end: self.start + self.bases.len() as u64,
        }
    }
}

/// Cuts one sequence into windows, and says what became of every base.
///
/// ```
/// use dissensus_corpus::{Record, WindowParams, windows_of};
///
/// let record = Record {
///     number: 1,
///     name: "a".into(),
///     text: "ACGTNNNNNNNNNNNNacgtacGT".into(),
///     ..Record::default()
/// };
/// let (windows, coverage) = windows_of(&record, &WindowParams::default().with_length(4))?;
/// let starts: Vec<u64> = windows.iter().map(|window| window.start).collect();
/// assert_eq!(starts, [0, 16, 20]); // the run of N is left out, and cutting begins anew behind it
/// assert_eq!((windows[1].bases.as_str(), windows[1].track().soft_masked), ("ACGT", 1.0));
/// assert_eq!((coverage.bases, coverage.covered, coverage.unknown), (24, 12, 12));
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`].
pub fn windows_of(
    record: &Record,
    params: &WindowParams,
) -> Result<(Vec<Window>, Coverage), Error> {
    let mut cutter = WindowCutter::new(params)?;
    cutter.begin(record.number, record.name.as_str().into(), record.start);
    cutter.push(record.text.as_bytes());
    cutter.end();
    let windows = cutter.by_ref().collect();
    Ok((windows, cutter.coverage()))
}
