//! What can be wrong with the input.

use std::path::PathBuf;

/// Why a measure has no answer, or a file no table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row-major slice whose length is no multiple of its dimension.
    #[error("{values} values do not fill rows of dimension {dimension}")]
    Ragged {
        /// Number of values given.
        values: usize,
        /// Values per row asked for.
        dimension: usize,
    },
    /// A NaN or an infinity in a table.
    #[error("row {row}, column {column} holds {value}, expected a finite number")]
    NotFinite {
        /// Row of the value.
        row: usize,
        /// Column of the value.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Tables that must have one shape have two.
    #[error("expected {expected:?} (rows, columns), found {found:?}")]
    Shape {
        /// Shape of the first table.
        expected: (usize, usize),
        /// Shape of the offending one.
        found: (usize, usize),
    },
    /// Fewer tables than the measure compares.
    #[error("expected at least {needed} tables, found {found}")]
    TooFewTables {
        /// Tables the measure needs.
        needed: usize,
        /// Tables given.
        found: usize,
    },
    /// Fewer rows than the measure needs.
    #[error("expected at least {needed} rows, found {found}{}", without(*dropped))]
    TooFewRows {
        /// Rows the measure needs.
        needed: usize,
        /// Rows left after dropping.
        found: usize,
        /// Rows dropped before: zero in a table, special, or never seen.
        dropped: usize,
    },
    /// A neighbourhood outside what the table or the measure allows.
    #[error("k = {k} neighbours, expected {minimum} to {maximum}")]
    Neighbours {
        /// Neighbours asked for.
        k: usize,
        /// Smallest k the measure is defined for.
        minimum: usize,
        /// Rows other than the row itself.
        maximum: usize,
    },
    /// A row index beyond the table.
    #[error("row {row} of a table with {rows} rows")]
    Row {
        /// Index asked for.
        row: usize,
        /// Rows of the table.
        rows: usize,
    },
    /// A zero row where a direction is needed.
    #[error("row {row} is zero and has no direction")]
    ZeroRow {
        /// Index of the row.
        row: usize,
    },
    /// All rows are one point: nothing to align or to correlate.
    #[error("all rows of table {table} coincide, expected spread")]
    NoSpread {
        /// Position of the table among those compared.
        table: usize,
    },
    /// A criterion whose denominator is nothing but rounding.
    #[error("{what} of table {table} is undefined: {why}")]
    Undefined {
        /// The measure.
        what: &'static str,
        /// Position of the table among those compared.
        table: usize,
        /// What the table has that leaves it without a value.
        why: &'static str,
    },
    /// A value compared with a null distribution that is not a number.
    #[error("the observed value is NaN, expected a number to compare with {draws} draws")]
    ObservedNaN {
        /// Draws of the null distribution.
        draws: usize,
    },
    /// Accumulators of two kinds.
    #[error("cannot merge sums of {other} into sums of {own}")]
    Unlike {
        /// What this accumulator holds.
        own: String,
        /// What the other one holds.
        other: String,
    },
    /// A factorisation that did not converge.
    #[error("{what} did not converge")]
    NoConvergence {
        /// Name of the factorisation.
        what: &'static str,
    },
    /// A parameter outside its range.
    #[error("{name} = {value}, expected {expected}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Value given.
        value: f64,
        /// What it should have been.
        expected: &'static str,
    },
    /// A file that cannot be read.
    #[error("{}: {kind}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// A file that holds no table.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it should have held.
        expected: &'static str,
        /// What it holds.
        found: String,
    },
}

/// What a count says of the rows that were left out before.
fn without(dropped: usize) -> String {
    match dropped {
        0 => String::new(),
        _ => format!(
            "; {dropped} more were dropped, which are zero in a table, special or never seen"
        ),
    }
}
