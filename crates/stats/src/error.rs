//! What can be wrong with the input of a statistic.

/// Why a statistic could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fewer samples than the statistic needs.
    #[error("{what}: expected at least {needed}, found {found}")]
    TooFew {
        /// What there is too little of.
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
    /// An input that does not vary, where variation is what is asked about.
    #[error("{what}: expected values that differ, all {count} of them are {value}")]
    Constant {
        /// Which input.
        what: &'static str,
        /// The value of all.
        value: f64,
        /// How many there are.
        count: usize,
    },
    /// A class that is not below the number of classes.
    #[error("{what} {index} is {class}, expected a class below {classes}")]
    Class {
        /// True or predicted classes.
        what: &'static str,
        /// Where it stands.
        index: usize,
        /// What it is.
        class: usize,
        /// The number of classes.
        classes: usize,
    },
    /// Probabilities of an example that do not sum to one.
    #[error("example {index}: the probabilities sum to {sum}, expected 1")]
    Sum {
        /// Which example.
        index: usize,
        /// Their sum.
        sum: f64,
    },
    /// A statistic that is undefined on too many resamples for an interval.
    #[error(
        "the statistic is undefined on {undefined} of {draws} resamples: expected at most half"
    )]
    Undefined {
        /// Resamples on which it is NaN.
        undefined: usize,
        /// How many were drawn.
        draws: usize,
    },
    /// Labels of one class only, where two are needed.
    #[error("{what}: expected both classes among {found} labels, found one")]
    OneClass {
        /// What was to be computed.
        what: &'static str,
        /// The number of labels.
        found: usize,
    },
    /// A statistic that the caller computes is not finite.
    #[error("the statistic of all units is {value}: expected a finite number")]
    Statistic {
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

/// Fails with the first value outside `[0, 1]`.
pub(crate) fn unit_interval(name: &'static str, values: &[f64]) -> Result<(), Error> {
    match values.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        Some(&value) => Err(Error::Parameter {
            name,
            expected: "a number in [0, 1]",
            value,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_what_is_allowed() {
        assert!(at_least("x", 2, 2).is_ok() && at_least("x", 2, 1).is_err());
        assert!(same_length("x", 2, 2).is_ok() && same_length("x", 2, 3).is_err());
        assert!(finite(&[0.0, -1e308]).is_ok());
        assert!(unit_interval("p", &[0.0, 1.0]).is_ok());
        for wrong in [-1e-9, 1.0 + 1e-9, f64::NAN] {
            assert!(unit_interval("p", &[0.5, wrong]).is_err(), "{wrong}");
        }
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = finite(&[0.0, wrong]).unwrap_err();
            assert!(matches!(error, Error::NotFinite { index: 1, .. }));
        }
        assert!(level(0.5).is_ok());
        for wrong in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert!(level(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn messages_name_what_was_given() {
        let constant = Error::Constant {
            what: "second input",
            value: 3.0,
            count: 4,
        };
        assert_eq!(
            constant.to_string(),
            "second input: expected values that differ, all 4 of them are 3"
        );
        assert_eq!(
            level(f64::NAN).unwrap_err().to_string(),
            "level: expected a number between 0 and 1, both excluded, found NaN"
        );
        for (error, said) in [
            (
                crate::jackknife(1.0, &[1.0], 0.95).map(|_| ()),
                "values of a jackknife: expected at least 2, found 1",
            ),
            (
                crate::spearman(&[], &[]).map(|_| ()),
                "pairs of a rank correlation: expected at least 2, found 0",
            ),
        ] {
            assert_eq!(error.unwrap_err().to_string(), said);
        }
    }
}
