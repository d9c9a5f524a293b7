//! Contexts of a sequence.

use std::collections::HashMap;
use std::ops::Range;

use super::alphabet::Coded;

/// The contexts (segments of one length) of a sequence: which one begins where, and where each
/// begins.
pub(super) struct Contexts {
    /// For every place at which a context begins, its number.
    pub(super) at: Vec<usize>,
    /// Places ordered by context.
    pub(super) places: Vec<usize>,
    /// Those of context c are `places[starts[c]..starts[c + 1]]`.
    starts: Vec<usize>,
}

impl Contexts {
    /// Numbers the contexts of `length` symbols; only places followed by another symbol are listed
    /// by context.
    pub(super) fn new(sequence: &Coded, length: usize) -> Self {
        let (at, count) = number(sequence, length);
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

/// The number of the context that begins at each place, in order of appearance, and how many there
/// are.
pub(super) fn number(sequence: &Coded, length: usize) -> (Vec<usize>, usize) {
    let mut at = vec![0; sequence.codes.len() + 1];
    let mut count = 1;
    for taken in 0..length {
        at.truncate(at.len() - 1);
        let ends = &sequence.codes[taken..];
        count = lengthen(&mut at, ends, count, sequence.alphabet);
    }
    (at, count)
}

/// Makes every context one symbol longer: renumbers the pairs of context and symbol.
fn lengthen(at: &mut [usize], ends: &[u32], count: usize, alphabet: usize) -> usize {
    let mut fresh = 0;
    let mut next = || {
        fresh += 1;
        fresh - 1
    };
    let pairs = at.iter_mut().zip(ends).map(|(context, &end)| {
        let pair = *context * alphabet + end as usize;
        (context, pair)
    });
    // A table is ten times faster than a map, and small where contexts are few for the length of
    // the sequence.
    if count * alphabet <= 8 * ends.len() {
        let mut table = vec![usize::MAX; count * alphabet];
        for (context, pair) in pairs {
            if table[pair] == usize::MAX {
                table[pair] = next();
            }
            *context = table[pair];
        }
    } else {
        let mut map = HashMap::new();
        pairs.for_each(|(context, pair)| *context = *map.entry(pair).or_insert_with(&mut next));
    }
    fresh
}
