//! Markov chains as counted.

use rand::Rng;

use super::alphabet::Coded;
use super::contexts::number;
use crate::order::below;

/// A Markov chain as counted in a sequence: from each context, which symbols follow, how often, and
/// where they lead.
pub(super) struct Chain {
    /// Ways on from context c are `ways[starts[c]..starts[c + 1]]`.
    starts: Vec<usize>,
    ways: Vec<Way>,
}

/// One way on from a context.
#[derive(Clone, Copy, Default)]
pub(super) struct Way {
    /// A place of the sequence where the symbol that follows stands.
    pub(super) symbol_at: usize,
    /// The context that it leads to.
    pub(super) target: usize,
    /// How often it and the ways before it were taken from this context.
    up_to: usize,
}

impl Chain {
    /// Counts the ways from contexts of `order` symbols; also gives the context that begins at each
    /// place.
    pub(super) fn count(sequence: &Coded, order: usize) -> (Self, Vec<usize>) {
        let (contexts, count) = number(sequence, order);
        let (longer, kinds) = number(sequence, order + 1);
        let mut first = vec![None; kinds];
        let mut times = vec![0; kinds];
        for (place, &kind) in longer.iter().enumerate() {
            first[kind].get_or_insert(place);
            times[kind] += 1;
        }
        let mut grouped = vec![Vec::new(); count];
        for (place, times) in first.into_iter().flatten().zip(times) {
            let ways: &mut Vec<Way> = &mut grouped[contexts[place]];
            ways.push(Way {
                symbol_at: place + order,
                target: contexts[place + 1],
                up_to: times + ways.last().map_or(0, |way| way.up_to),
            });
        }
        let mut starts = vec![0];
        starts.extend(grouped.iter().scan(0, |sum, ways| {
            *sum += ways.len();
            Some(*sum)
        }));
        let ways = grouped.concat();
        (Self { starts, ways }, contexts)
    }

    /// Draws the way on from `context`, which must have one.
    pub(super) fn draw(&self, context: usize, rng: &mut impl Rng) -> Way {
        let ways = &self.ways[self.starts[context]..self.starts[context + 1]];
        let drawn = below(ways[ways.len() - 1].up_to, rng);
        ways[ways.partition_point(|way| way.up_to <= drawn)]
    }
}
