use crate::{Counts, Error, Gradients};

/// Something that squares and sums the gradients of examples, in one pass and little memory.
pub trait Accumulate: Sized {
    /// Adds one example's gradient.
    ///
    /// # Errors
    /// [`Error::Mismatch`] and [`Error::Shape`] when the parameters are not those of earlier
    /// examples, [`Error::UnknownParameter`] where a name must be understood and is not.
    fn example(&mut self, gradients: &Gradients) -> Result<(), Error>;

    /// Adds to the numbers of examples, sequences and tokens seen.
    fn count(&mut self, counts: &Counts);

    /// Adds what another accumulator of the same kind has seen.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the two are of different samples, labels or models.
    fn merge(&mut self, other: &Self) -> Result<(), Error>;
}

impl<A: Accumulate, B: Accumulate> Accumulate for (A, B) {
    fn example(&mut self, gradients: &Gradients) -> Result<(), Error> {
        self.0.example(gradients)?;
        self.1.example(gradients)
    }

    fn count(&mut self, counts: &Counts) {
        self.0.count(counts);
        self.1.count(counts);
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.0.merge(&other.0)?;
        self.1.merge(&other.1)
    }
}
