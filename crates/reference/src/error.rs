//! What can be wrong with a question to a reference predictor.

use thiserror::Error as ThisError;

/// Everything that this crate refuses.
#[derive(Debug, Clone, PartialEq, ThisError)]
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
    /// A state that was read contradicts itself.
    #[error("{what}: {reason}")]
    State {
        /// Which type.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two things that are to be joined are not alike.
    #[error("{what} is {found}, expected {expected} as in what it joins")]
    Unlike {
        /// Which property.
        what: &'static str,
        /// Its value where things are joined.
        expected: usize,
        /// Its value in what was to join.
        found: usize,
    },
    /// A sum that is NaN.
    #[error("{what} is {value}, expected a number")]
    NotANumber {
        /// Which.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// There are no counts, or no symbols, to estimate from.
    #[error("{what}: expected at least {expected}, got {found}")]
    TooShort {
        /// What there is too little of.
        what: &'static str,
        /// How many it needs.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// No run of symbols is as long as the words that are counted for an order.
    #[error(
        "conditional entropy of order {order}: expected a run of at least {} symbols, the words that it counts; {given} symbols were given, the longest run has {longest}",
        order + 1
    )]
    ShortRuns {
        /// The number of symbols that the next one is given.
        order: usize,
        /// Symbols in all, without those that are unknown.
        given: usize,
        /// Symbols of the longest run that nothing interrupts.
        longest: usize,
    },
}

/// Checks that there is a word of `order` symbols and the one that follows them.
pub(crate) fn check_runs(symbols: &[Option<u8>], order: usize) -> Result<(), Error> {
    let runs = symbols.split(Option::is_none).map(<[_]>::len);
    let longest = runs.max().unwrap_or(0);
    if longest > order {
        return Ok(());
    }
    Err(Error::ShortRuns {
        order,
        given: symbols.iter().flatten().count(),
        longest,
    })
}

/// Checks that every letter has a complement among the letters.
pub(crate) fn check_complement(complement: Option<&Vec<u8>>, size: usize) -> Result<(), Error> {
    let Some(complement) = complement else {
        return Ok(());
    };
    check_range(
        "letters with a complement",
        complement.len(),
        size..=size,
        "all letters",
    )?;
    complement.iter().try_for_each(|&x| {
        check_range(
            "complement",
            x.into(),
            0..=size - 1,
            "a letter of the alphabet",
        )
    })
}

/// Checks that a symbol is an index into an alphabet of `size` letters.
pub(crate) fn check_symbol(position: usize, symbol: u8, size: usize) -> Result<(), Error> {
    if usize::from(symbol) < size {
        Ok(())
    } else {
        Err(Error::Symbol {
            position,
            symbol,
            size,
        })
    }
}

/// Symbols, or words, that an accumulator may hold: beyond, sums of them are not exact.
const MOST: u64 = 1 << 53;

/// Adds numbers of symbols.
pub(crate) fn total(
    what: &'static str,
    numbers: impl IntoIterator<Item = u64>,
) -> Result<u64, Error> {
    numbers
        .into_iter()
        .try_fold(0_u64, |sum, n| {
            sum.checked_add(n).filter(|&sum| sum <= MOST)
        })
        .ok_or(Error::State {
            what,
            reason: "more than 2^53, beyond which sums are not exact",
        })
}

/// Checks that a parameter lies between two bounds.
pub(crate) fn check_number(
    name: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<(), Error> {
    if range.contains(&value) {
        Ok(())
    } else {
        Err(Error::Parameter {
            name,
            value,
            expected,
        })
    }
}

/// Checks that a whole number lies between two bounds.
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
