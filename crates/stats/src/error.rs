//! What can be wrong with the input of a statistic.

/// Why a statistic could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fewer samples than the statistic needs.
    #[error("{what}: expected at least {needed} samples, found {found}")]
    TooFew {
        /// What was to be computed.
        what: &'static str,
        /// The smallest number that suffices.
        needed: usize,
        /// The number given.
        found: usize,
    },
    /// Two inputs that must be equally long are not.
    #[error("{what}: expected {expected} values, found {found}")]
    Length {
        /// Which input.
        what: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// A value that is NaN or infinite.
    #[error("value {index}: expected a finite number, found {value}")]
    NotFinite {
        /// Where it stands.
        index: usize,
        /// What it is.
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
    /// Labels of one class only, where two are needed.
    #[error("{what}: expected both classes among {found} labels, found one")]
    OneClass {
        /// What was to be computed.
        what: &'static str,
        /// The number of labels.
        found: usize,
    },
    /// A statistic that the caller computes failed on a resample.
    #[error("the statistic is {value} on resample {index}: expected a finite number")]
    Statistic {
        /// Which resample.
        index: usize,
        /// What it gave.
        value: f64,
    },
}

/// Fails with the index of the first value that is not finite.
pub(crate) fn finite(values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(Error::NotFinite {
            index,
            value: values[index],
        }),
        None => Ok(()),
    }
}

/// Fails where fewer than `needed` samples are there.
pub(crate) fn at_least(what: &'static str, needed: usize, found: usize) -> Result<(), Error> {
    if found < needed {
        Err(Error::TooFew {
            what,
            needed,
            found,
        })
    } else {
        Ok(())
    }
}

/// Fails where two lengths differ.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::Length {
            what,
            expected,
            found,
        })
    }
}

/// Fails unless the level of confidence lies inside (0, 1).
pub(crate) fn level(value: f64) -> Result<(), Error> {
    if value > 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(Error::Parameter {
            name: "level",
            expected: "a number between 0 and 1, both excluded",
            value,
        })
    }
}
