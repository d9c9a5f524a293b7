use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// The contexts (stretches of one length) of a sequence: which one begins where, and where each begins.
pub(super) struct Contexts {
    /// For every place at which a context begins, its number.
    pub(super) at: Vec<usize>,
    /// Places ordered by context; those of context c are `places[starts[c]..starts[c + 1]]`.
    pub(super) places: Vec<usize>,
    starts: Vec<usize>,
}

impl Contexts {
    /// Numbers the contexts of `length` symbols; only places followed by another symbol are listed by context.
    ///
    /// Numbers are given in order of appearance, so nothing depends on how symbols hash.
    pub(super) fn new<T: Copy + Eq + Hash>(symbols: &[T], length: usize) -> Self {
        let at = number(symbols, length);
        let count = at.iter().max().map_or(0, |last| last + 1);
        let followed = &at[..at.len().saturating_sub(1)];
        let mut starts = vec![0; count + 1];
        followed
            .iter()
            .for_each(|&context| starts[context + 1] += 1);
        (0..count).for_each(|context| starts[context + 1] += starts[context]);
        let mut next = starts.clone();
        let mut places = vec![0; followed.len()];
        for (place, &context) in followed.iter().enumerate() {
            places[next[context]] = place;
            next[context] += 1;
        }
        Self { at, places, starts }
    }

    /// Number of different contexts.
    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// Where in `places` those of a context stand.
    pub(super) fn range(&self, context: usize) -> Range<usize> {
        self.starts[context]..self.starts[context + 1]
    }
}

/// The number of the context that begins at each place: built up symbol by symbol, so that keys stay short.
fn number<T: Copy + Eq + Hash>(symbols: &[T], length: usize) -> Vec<usize> {
    let mut at = vec![0; symbols.len() + 1];
    for taken in 0..length {
        let mut numbers = HashMap::new();
        at.truncate((symbols.len() + 1).saturating_sub(taken + 1));
        for (place, context) in at.iter_mut().enumerate() {
            let fresh = numbers.len();
            *context = *numbers
                .entry((*context, symbols[place + taken]))
                .or_insert(fresh);
        }
    }
    at
}
