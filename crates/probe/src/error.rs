//! What can be wrong with the input of a probe.

use std::path::PathBuf;

/// Why something could not be fitted, folded, scored or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A thing without the rows or columns that it needs.
    #[error("{what}: expected at least {needed}, found {found}")]
    TooFew {
        /// What there is too little of.
        what: &'static str,
        /// The smallest number that suffices.
        needed: usize,
        /// The number given.
        found: usize,
    },
    /// Two things that must be equally long are not.
    #[error("{what}: expected {expected}, found {found}")]
    Length {
        /// Which thing.
        what: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// A NaN, an infinity, or a number whose square is too large for sums of them.
    #[error(
        "{what}, row {row}, column {column}: expected a finite number of at most 1e100, found {value:?}"
    )]
    NotFinite {
        /// Which matrix.
        what: &'static str,
        /// Row of the value.
        row: usize,
        /// Column of the value.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A parameter outside its range.
    #[error("{name}: expected {expected}, found {value}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// The range it must lie in, in words.
        expected: &'static str,
        /// What was given.
        value: f64,
    },
    /// A name that is not there, or is there already.
    #[error("name: expected {expected}, found {found:?}")]
    Name {
        /// What would do.
        expected: String,
        /// What was given.
        found: String,
    },
    /// An index beyond the rows there are.
    #[error("row {row}: expected a row below {rows}")]
    Row {
        /// The index.
        row: usize,
        /// The rows there are.
        rows: usize,
    },
    /// A label that names no class.
    #[error("label of row {row}: expected a class below {classes}, found {label}")]
    Label {
        /// The row.
        row: usize,
        /// Its label.
        label: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A class that no training row has, so that nothing can be learned of it.
    #[error(
        "class {class:?}: expected at least one of {rows} training rows to have it, found none"
    )]
    AbsentClass {
        /// The name of the class.
        class: String,
        /// The number of training rows.
        rows: usize,
    },
    /// A matrix that cannot be inverted.
    #[error("{what}: the matrix is singular; a larger penalty makes it regular")]
    Singular {
        /// What was to be solved.
        what: &'static str,
    },
    /// A factorisation that did not converge.
    #[error("{what}: no convergence")]
    NoConvergence {
        /// What was to be computed.
        what: &'static str,
    },
    /// A row that is trained on and tested in one fold.
    #[error("fold {fold}: row {row} is in training and in test")]
    Overlap {
        /// Which fold.
        fold: usize,
        /// The row.
        row: usize,
    },
    /// A value of a split column that is neither training, validation nor test.
    #[error(
        "split column, row {row}: expected train, dev, validation, valid, val or test, found {found:?}"
    )]
    SplitName {
        /// The row.
        row: usize,
        /// What stands there.
        found: String,
    },
    /// What happened in one fold.
    #[error("fold {fold}: {source}")]
    Fold {
        /// Which fold.
        fold: usize,
        /// What went wrong in it.
        source: Box<Error>,
    },
    /// A file that cannot be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A cached file whose content is not what was written.
    #[error("{}: {expected}, found {found}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What was expected of it.
        expected: String,
        /// What it holds.
        found: String,
    },
    /// A statistic that could not be computed.
    #[error(transparent)]
    Statistic(#[from] dissensus_stats::Error),
    /// What the crate hessboost said.
    #[cfg(feature = "hessboost")]
    #[error("hessboost: {source}")]
    Hessboost {
        /// Its error.
        #[from]
        source: hessboost::error::HessboostError,
    },
}

/// Fails where fewer than `needed` are there.
pub(crate) fn at_least(what: &'static str, needed: usize, found: usize) -> Result<(), Error> {
    if found < needed {
        return Err(Error::TooFew {
            what,
            needed,
            found,
        });
    }
    Ok(())
}

/// Fails where two lengths differ.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if found != expected {
        return Err(Error::Length {
            what,
            expected,
            found,
        });
    }
    Ok(())
}

/// Fails where a parameter is outside its range.
pub(crate) fn parameter(
    name: &'static str,
    expected: &'static str,
    value: f64,
    holds: bool,
) -> Result<(), Error> {
    if holds {
        return Ok(());
    }
    Err(Error::Parameter {
        name,
        expected,
        value,
    })
}
