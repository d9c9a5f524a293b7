mod cutter;
mod params;
mod stream;
mod tally;
mod track;

use std::sync::Arc;

use self::cutter::Cutter;
pub use self::params::{UnknownRuns, WindowParams};
pub use self::stream::Windows;
pub use self::tally::Tally;
pub use self::track::Track;
use crate::{Error, Record, Region};

/// A stretch of cleaned DNA that knows where it comes from.
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
    /// What kind of sequence it is.
    pub track: Track,
}

impl Window {
    /// The part of the record that the window covers.
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
/// let record = Record { number: 1, name: "a".into(), text: "ACGTNNNNNNNNNNNNacgtacGT".into(), ..Record::default() };
/// let (windows, tally) = windows_of(&record, &WindowParams::default().length(4))?;
/// let starts: Vec<u64> = windows.iter().map(|window| window.start).collect();
/// assert_eq!(starts, [0, 16, 20]); // the run of N is left out, and cutting begins anew behind it
/// assert_eq!((windows[1].bases.as_str(), windows[1].track.soft_masked), ("ACGT", 1.0));
/// assert_eq!((tally.bases, tally.covered, tally.unknown), (24, 12, 12));
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`].
pub fn windows_of(record: &Record, params: &WindowParams) -> Result<(Vec<Window>, Tally), Error> {
    let mut cutter = Cutter::new(params)?;
    cutter.begin(record.number, record.name.as_str().into(), record.start);
    cutter.push(record.text.as_bytes());
    cutter.end();
    let windows = std::iter::from_fn(|| cutter.take()).collect();
    Ok((windows, cutter.tally()))
}
