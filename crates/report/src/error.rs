//! What can go wrong while a result is shown.

use std::path::PathBuf;

/// Why a table, figure, page or result could not be made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// NaN, where a result needs a number; an infinite one is a result.
    #[error("{what} is not a number (NaN); state it only where it is defined")]
    NotANumber {
        /// Which number.
        what: String,
    },
    /// An interval whose ends are in the wrong order.
    #[error("the interval of {what} runs from {low} to {high}, expected low <= high")]
    Interval {
        /// Which measure.
        what: String,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// A table row of the wrong length.
    #[error("row {row} of table {table:?} has {found} cells, expected {expected}")]
    Row {
        /// Title of the table.
        table: String,
        /// Index of the row.
        row: usize,
        /// Cells in the row.
        found: usize,
        /// Columns of the table.
        expected: usize,
    },
    /// A figure without anything that can be drawn.
    #[error("figure {title:?} has no point to draw ({why})")]
    EmptyFigure {
        /// Title of the figure.
        title: String,
        /// What was missing.
        why: &'static str,
    },
    /// The drawing library refused.
    #[error("figure {title:?} could not be drawn: {reason}")]
    Drawing {
        /// Title of the figure.
        title: String,
        /// What the library said.
        reason: String,
    },
    /// A results file of another schema version.
    #[error("results of schema version {found}, expected {expected}")]
    Schema {
        /// The version in the file.
        found: u32,
        /// The version this crate reads.
        expected: u32,
    },
    /// JSON that is not a results file.
    #[error("results are not valid JSON of this schema: {0}")]
    Json(#[from] serde_json::Error),
    /// CSV that could not be written.
    #[error("table could not be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A file that could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
