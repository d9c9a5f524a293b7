//! What can be wrong with a question to a reference predictor.

use thiserror::Error as ThisError;

/// Everything that this crate refuses.
#[derive(Clone, Debug, PartialEq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// A parameter lies outside its range.
    #[error("{name} is {value}, expected {expected}")]
    Parameter {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
    /// A symbol is not an index into the alphabet.
    #[error("symbol {symbol} at position {position}: the alphabet has {size} letters")]
    Symbol {
        /// Position in the sequence.
        position: usize,
        /// What stands there.
        symbol: u8,
        /// Number of letters.
        size: usize,
    },
    /// There are no counts, or no symbols, to estimate from.
    #[error("{what}: expected at least {expected} symbols, got {found}")]
    TooShort {
        /// What was asked for.
        what: &'static str,
        /// How many it needs.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

/// Checks that a parameter lies between two bounds.
pub(crate) fn check_range(
    name: &'static str,
    value: usize,
    range: std::ops::RangeInclusive<usize>,
    expected: &'static str,
) -> Result<(), Error> {
    if range.contains(&value) {
        Ok(())
    } else {
        Err(Error::Parameter {
            name,
            value: value as f64,
            expected,
        })
    }
}
