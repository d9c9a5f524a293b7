//! What can be wrong with a distribution.

/// Why a distribution, or a batch of them, was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No values at all.
    #[error("expected at least one value, found none")]
    Empty,
    /// A probability that is negative, NaN or infinite.
    #[error("probability {index}: expected a finite number of at least 0, found {value}")]
    Probability {
        /// Where it stands.
        index: usize,
        /// What it is.
        value: f64,
    },
    /// Probabilities that do not sum to one.
    #[error("probabilities: expected a sum of 1 within {tolerance}, found {sum}")]
    Sum {
        /// Their sum.
        sum: f64,
        /// The largest difference from 1 that is accepted.
        tolerance: f64,
    },
    /// A logit that is NaN or plus infinity.
    #[error("logit {index}: expected a number or minus infinity, found {value}")]
    Logit {
        /// Where it stands.
        index: usize,
        /// What it is.
        value: f64,
    },
    /// Logits, counts or weights that leave no token possible.
    #[error("expected at least one possible token among {length}, found none")]
    NothingPossible {
        /// How many tokens there are.
        length: usize,
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
    /// A target that is no token.
    #[error("target {position}: expected a token below {vocabulary}, found {token}")]
    Target {
        /// Where it stands in the batch.
        position: usize,
        /// The token given.
        token: u32,
        /// The number of tokens.
        vocabulary: usize,
    },
    /// A row of a batch that is refused; the source says why.
    #[error("member {member}, position {position}: {source}")]
    Row {
        /// Whose row.
        member: usize,
        /// Which row of the batch.
        position: usize,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// Two accumulators with different settings.
    #[error("accumulators cannot be merged: their {what} differ")]
    Mismatch {
        /// What differs.
        what: &'static str,
    },
    /// A stored accumulator that no sequence of pushes gives.
    #[error("stored accumulator: {what}")]
    Stored {
        /// What is impossible about it.
        what: &'static str,
    },
    /// A sum that has grown past what an accumulator holds.
    #[error("an accumulator is full after {positions} positions")]
    Full {
        /// The positions in it.
        positions: u64,
    },
    /// An accumulator without positions, of which there is no mean.
    #[error("an ensemble has no means before its first position")]
    NoPositions,
}

impl Error {
    /// The same error, with the row it belongs to.
    pub(crate) fn in_row(self, member: usize, position: usize) -> Self {
        Self::Row {
            member,
            position,
            source: Box::new(self),
        }
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
