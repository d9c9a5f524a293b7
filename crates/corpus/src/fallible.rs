//! Iterators that may fail.

/// A reader that gives items until its data end or something is wrong.
///
/// [`next_or_end`](Self::next_or_end) is the `next` of all readers here: after the first error a
/// reader gives nothing more, so that neither `filter_map(Result::ok)` nor a loop that logs and
/// goes on can run for ever or read from the middle of something.
pub trait Fallible {
    /// What it gives.
    type Item;
    /// What can be wrong.
    type Error;

    /// The next item, or nothing at the end of the data.
    ///
    /// # Errors
    /// What is wrong with the data; the reader is not asked again.
    fn try_next(&mut self) -> Result<Option<Self::Item>, Self::Error>;

    /// Whether the end or an error was met; a place where the reader keeps it.
    fn ended(&mut self) -> &mut bool;

    /// What [`Iterator::next`] gives.
    fn next_or_end(&mut self) -> Option<Result<Self::Item, Self::Error>> {
        if *self.ended() {
            return None;
        }
        let next = self.try_next();
        *self.ended() = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives 1, an error, and would go on.
    struct Stubborn(u8, bool);

    impl Fallible for Stubborn {
        type Item = u8;
        type Error = ();

        fn try_next(&mut self) -> Result<Option<u8>, ()> {
            self.0 += 1;
            if self.0 == 2 {
                Err(())
            } else {
                Ok(Some(self.0))
            }
        }

        fn ended(&mut self) -> &mut bool {
            &mut self.1
        }
    }

    #[test]
    fn nothing_follows_an_error() {
        let mut reader = Stubborn(0, false);
        let all: Vec<_> = std::iter::from_fn(|| reader.next_or_end()).collect();
        assert_eq!(all, [Ok(1), Err(())]);
    }
}
