//! Which sequences of a held-out set are kept.

use crate::SequenceWindow;

/// The sequences of a held-out set that are kept, with their text.
///
/// Documents of a source are drawn one like another: their first sequences are as good as any.
/// Files have an order, and a set runs through all of them: sequences are kept evenly spaced over
/// the whole set, whose size is known at its end only. Every sequence is kept until there are twice
/// as many as wanted; then every second of them, of those behind them every second, and so on.
#[derive(Debug)]
pub(crate) struct HeldOut {
    at_most: usize,
    /// How many of those have their text.
    texts: usize,
    choice: Choice,
    /// Sequences seen.
    seen: u64,
    kept: Vec<(Vec<u32>, Option<SequenceWindow>)>,
}

/// Which ones, where there are more than wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    First,
    /// Of every `stride` one.
    Spread {
        stride: u64,
    },
}

impl HeldOut {
    pub(crate) fn new(at_most: usize, texts: usize, choice: Choice) -> Self {
        Self {
            at_most,
            texts: texts.min(at_most),
            choice,
            seen: 0,
            kept: Vec::new(),
        }
    }

    /// Whether the text of the next sequence may be wanted.
    pub(crate) fn wants_text(&self) -> bool {
        match self.choice {
            Choice::First => self.kept.len() < self.texts,
            Choice::Spread { .. } => self.texts > 0 && self.wants(),
        }
    }

    fn wants(&self) -> bool {
        match self.choice {
            Choice::First => self.kept.len() < self.at_most,
            Choice::Spread { stride } => self.at_most > 0 && self.seen.is_multiple_of(stride),
        }
    }

    pub(crate) fn push(&mut self, ids: Vec<u32>, window: Option<SequenceWindow>) {
        if self.wants() {
            self.kept.push((ids, window));
        }
        self.seen += 1;
        if let Choice::Spread { stride } = &mut self.choice
            && self.kept.len() >= self.at_most.saturating_mul(2).max(1)
        {
            let mut index = 0_usize;
            self.kept.retain(|_| {
                index += 1;
                !index.is_multiple_of(2)
            });
            *stride *= 2;
        }
    }

    /// Ids and texts. Where sequences were left out, every first part of them is spread over the
    /// set too.
    pub(crate) fn finish(self) -> (Vec<Vec<u32>>, Vec<SequenceWindow>) {
        let spread = matches!(self.choice, Choice::Spread { .. });
        let kept = if spread && self.seen > self.at_most as u64 {
            spread_out(self.kept, self.at_most)
        } else {
            self.kept
        };
        let (ids, windows): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
        (
            ids,
            windows.into_iter().flatten().take(self.texts).collect(),
        )
    }
}

/// So many of them, in the order of their indices read with the bits reversed.
fn spread_out<T>(items: Vec<T>, count: usize) -> Vec<T> {
    let bits = items.len().next_power_of_two().trailing_zeros().max(1);
    let place = |index: usize| index.reverse_bits() >> (usize::BITS - bits);
    let mut numbered: Vec<(usize, T)> = items.into_iter().enumerate().collect();
    numbered.sort_by_key(|(index, _)| place(*index));
    numbered.truncate(count);
    numbered.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(total: u32, at_most: usize, choice: Choice) -> Vec<u32> {
        let mut held_out = HeldOut::new(at_most, 0, choice);
        (0..total).for_each(|id| held_out.push(vec![id], None));
        held_out.finish().0.concat()
    }

    #[test]
    fn all_are_kept_in_order_where_there_are_no_more_than_wanted() {
        for choice in [Choice::First, Choice::Spread { stride: 1 }] {
            assert_eq!(kept(5, 5, choice), [0, 1, 2, 3, 4]);
        }
    }

    #[test]
    fn the_first_are_the_first() {
        assert_eq!(kept(100, 3, Choice::First), [0, 1, 2]);
    }

    #[test]
    fn those_of_files_come_from_the_whole_set_and_so_does_every_first_part() {
        let found = kept(1000, 64, Choice::Spread { stride: 1 });
        for count in [4_usize, 16, 64] {
            let mut some = found[..count].to_vec();
            some.sort_unstable();
            let gap = 1000 / count as u32;
            assert!(
                some[0] < 2 * gap && some[count - 1] >= 1000 - 3 * gap,
                "{some:?}"
            );
            assert!(
                some.windows(2).all(|pair| pair[1] - pair[0] <= 3 * gap),
                "{some:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn as_many_are_kept_as_wanted_and_none_twice(total in 0_u32..3000, at_most in 0_usize..200) {
            let mut found = kept(total, at_most, Choice::Spread { stride: 1 });
            prop_assert_eq!(found.len(), at_most.min(total as usize));
            found.sort_unstable();
            found.dedup();
            prop_assert_eq!(found.len(), at_most.min(total as usize));
        }
    }
}
