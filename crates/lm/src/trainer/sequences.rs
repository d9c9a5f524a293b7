//! Sequences of token ids, wherever they are kept.

use std::borrow::Cow;
use std::fmt::Debug;
use std::io;

/// Sequences to learn from: in memory, or anywhere that gives them one by one.
///
/// ```
/// use dissensus_lm::SequenceSet;
/// let sequences = vec![vec![2, 5, 3], vec![2, 6, 6, 3]];
/// assert_eq!(SequenceSet::len(&sequences), 2);
/// assert_eq!(sequences.sequence(1)?, [2, 6, 6, 3].as_slice());
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait SequenceSet: Debug + Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of one of them, counted from 0.
    ///
    /// # Errors
    /// If it is kept where it cannot be read.
    ///
    /// # Panics
    /// May panic for a number of [`len`](Self::len) or more.
    fn sequence(&self, index: usize) -> io::Result<Cow<'_, [u32]>>;
}

impl SequenceSet for Vec<Vec<u32>> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn sequence(&self, index: usize) -> io::Result<Cow<'_, [u32]>> {
        Ok(Cow::Borrowed(&self[index]))
    }
}
