//! What squares and sums gradients.

use crate::{Counts, Diagonal, Error, Gradients, GroupSums};

/// Something that squares and sums the gradients of examples, in one pass and little memory:
/// [`GroupSums`], a [`Diagonal`], or both.
pub trait Accumulate: Sized {
    /// Adds one example's gradient.
    ///
    /// # Errors
    /// [`Error::Mismatch`] and [`Error::Shape`] when the parameters are not those of earlier
    /// examples; nothing is added then.
    fn example(&mut self, gradients: &Gradients) -> Result<(), Error>;

    /// Adds to the numbers of examples, sequences and tokens seen.
    fn count(&mut self, counts: &Counts);

    /// Adds what another accumulator of the same kind has seen. One that has seen nothing changes
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the two are of different samples, labels or models; nothing is
    /// added then.
    fn merge(&mut self, other: &Self) -> Result<(), Error>;

    /// What the fast route fills, and that of random signs over all labels.
    fn parts(&mut self) -> Parts<'_>;
}

/// The accumulators that the fast route fills, and that of random signs over all labels.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// Sums by role.
    pub sums: Option<&'a mut GroupSums>,
    /// One number a parameter.
    pub diagonal: Option<&'a mut Diagonal>,
}

impl Parts<'_> {
    /// Fails unless there is something to fill.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.sums.is_none() && self.diagonal.is_none() {
            return Err(Error::Accumulator);
        }
        Ok(())
    }

    pub(crate) fn count(&mut self, counts: &Counts) {
        if let Some(sums) = &mut self.sums {
            sums.count(counts);
        }
        if let Some(diagonal) = &mut self.diagonal {
            diagonal.count(counts);
        }
    }
}

impl Accumulate for (GroupSums, Diagonal) {
    fn example(&mut self, gradients: &Gradients) -> Result<(), Error> {
        self.1.check(gradients)?;
        self.0.example(gradients)?;
        self.1.example(gradients)
    }

    fn count(&mut self, counts: &Counts) {
        self.0.count(counts);
        self.1.count(counts);
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.1.check_merge(&other.1)?;
        self.0.merge(&other.0)?;
        self.1.merge(&other.1)
    }

    fn parts(&mut self) -> Parts<'_> {
        Parts {
            sums: Some(&mut self.0),
            diagonal: Some(&mut self.1),
        }
    }
}
