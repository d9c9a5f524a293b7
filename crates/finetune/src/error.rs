//! What can go wrong.

/// Why a model could not be fine-tuned or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter outside its range.
    #[error("{field} is {found}, expected {expected}")]
    Parameter {
        /// Which one.
        field: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Other numbers of sequences than of classes.
    #[error("{labels} classes for {sequences} sequences, expected one a sequence")]
    Length {
        /// Number of sequences.
        sequences: usize,
        /// Number of classes given.
        labels: usize,
    },
    /// A sequence whose tokens are all left out of the pool.
    #[error(
        "sequence {sequence}: every token is special, expected one that stands for bases or text"
    )]
    NothingToPool {
        /// Index of the sequence.
        sequence: usize,
    },
    /// A fold without the rows that are needed.
    #[error("the fold has {found} {what} rows, expected at least {needed}")]
    Rows {
        /// Rows of which part.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A fold that names a row that there is not.
    #[error("the fold names row {row}, there are {rows}")]
    Row {
        /// The row.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// The model, its data or a checkpoint was refused.
    #[error(transparent)]
    Lm(#[from] dissensus_lm::Error),
    /// Classes or scores were refused.
    #[error(transparent)]
    Probe(#[from] dissensus_probe::Error),
}
