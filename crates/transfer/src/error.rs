//! What can be wrong with cells.

use std::path::PathBuf;

/// Why cells could not be planned, kept or compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A part of a plan that is empty or stands there twice.
    #[error("{what}: found {found}, expected {expected}")]
    Plan {
        /// Which part.
        what: &'static str,
        /// What was found.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// One cell with two contents.
    #[error(
        "cell {cell}: two results differ ({one}; {other}); one of them was made by other settings or data"
    )]
    Conflict {
        /// The cell.
        cell: String,
        /// The first result.
        one: String,
        /// The second.
        other: String,
    },
    /// Cells of another study, or a file that holds another cell.
    #[error("{}: made for {found}, expected {expected}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is of.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A file that could not be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is not the one that was written.
    #[error("{}: {problem}; delete it, and the cell is made again", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// How it differs.
        problem: String,
    },
    /// A file that is no cell.
    #[error("{}: {source}", path.display())]
    Json {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// An interval or test that could not be computed.
    #[error(transparent)]
    Stats(#[from] dissensus_stats::Error),
    /// A table or file that could not be made.
    #[error(transparent)]
    Report(#[from] dissensus_report::Error),
}
