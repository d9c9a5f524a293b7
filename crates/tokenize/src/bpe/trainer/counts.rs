//! How often each pair occurs, and where.

use super::corpus::Corpus;
use super::step::Step;
use crate::bpe::pairs::{Pair, PairMap, pair};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A pair in the queue with the count it had when it was queued, and the places it gained then:
/// most frequent first, then smallest pair.
pub(super) type Entry = (i64, Reverse<Pair>, u32);

/// Running counts of all pairs and the places where each arose, in one arena.
///
/// As in the stock trainer, the count of a pair that was merged stays: if the same token arises
/// again from other parts and brings the pair back, the old count is added to. And each batch of
/// new places is queued on its own, so that such a pair can be merged twice; its last merge gives
/// its rank.
#[derive(Default)]
pub(super) struct Counts {
    pairs: PairMap<Count>,
    segments: Vec<Segment>,
    arena: Vec<u32>,
    cursors: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Count {
    occurrences: i64,
    /// The last segment of the pair.
    head: u32,
}

/// Places in the arena that one pair gained at one step.
#[derive(Clone, Copy)]
struct Segment {
    pair: Pair,
    start: usize,
    length: u32,
    /// The pair's segment before this one.
    next: u32,
}

const NONE: u32 = u32::MAX;

impl Counts {
    /// Counts the pairs of single characters.
    pub fn new(corpus: &Corpus, queue: &mut BinaryHeap<Entry>) -> Self {
        let mut counts = Self::default();
        let mut sizes: PairMap<u32> = PairMap::default();
        for (left, right, place) in corpus.pairs() {
            counts.change(pair(left, right), corpus.weight(place));
            *sizes.entry(pair(left, right)).or_default() += 1;
        }
        let mut sizes: Vec<_> = sizes.into_iter().collect();
        sizes.sort_unstable();
        let mut cursors: PairMap<usize> = PairMap::default();
        for (pair, size) in sizes {
            let segment = counts.open(pair, size);
            cursors.insert(pair, counts.segments[segment as usize].start);
            queue.push((counts.of(pair), Reverse(pair), segment));
        }
        for (left, right, place) in corpus.pairs() {
            if let Some(cursor) = cursors.get_mut(&pair(left, right)) {
                counts.arena[*cursor] = place;
                *cursor += 1;
            }
        }
        counts
    }

    /// The running count of a pair.
    pub fn of(&self, pair: Pair) -> i64 {
        self.pairs.get(&pair).map_or(0, |count| count.occurrences)
    }

    /// The places, ascending, where a queued pair is to be merged: all those of the pair in the
    /// words of its segment.
    pub fn places(&self, pair: Pair, segment: u32, corpus: &Corpus) -> Cow<'_, [u32]> {
        let head = self.pairs.get(&pair).map_or(NONE, |count| count.head);
        let own = self.slice(segment);
        if head == segment && self.segments[segment as usize].next == NONE {
            return Cow::Borrowed(own);
        }
        // Places ascend, and with them their words.
        let words: Vec<u32> = own.iter().map(|place| corpus.word(*place)).collect();
        let mut places = Vec::new();
        let mut at = head;
        while at != NONE {
            let here = self.slice(at).iter().copied();
            places.extend(here.filter(|place| words.binary_search(&corpus.word(*place)).is_ok()));
            at = self.segments[at as usize].next;
        }
        places.sort_unstable();
        Cow::Owned(places)
    }

    /// Takes a step's changes over and queues the pairs that gained places.
    pub fn apply(&mut self, step: &mut Step, queue: &mut BinaryHeap<Entry>) {
        let mut lost = std::mem::take(&mut step.lost);
        for (key, weight, _) in lost.drain() {
            let (left, right) = step.lost_pair(key);
            self.change(pair(left, right), -weight);
        }
        step.lost = lost;
        let mut gained = std::mem::take(&mut step.gained);
        let first = self.segments.len();
        for (key, weight, occurrences) in gained.drain() {
            let (left, right) = step.gained_pair(key);
            self.change(pair(left, right), weight);
            let segment = self.open(pair(left, right), occurrences);
            if key as usize >= self.cursors.len() {
                self.cursors.resize(2 * key as usize + 2, 0);
            }
            self.cursors[key as usize] = self.segments[segment as usize].start;
        }
        step.gained = gained;
        for &(key, place) in &step.places {
            let cursor = &mut self.cursors[key as usize];
            self.arena[*cursor] = place;
            *cursor += 1;
        }
        for (index, segment) in self.segments.iter().enumerate().skip(first) {
            let occurrences = self.of(segment.pair);
            if occurrences > 0 {
                queue.push((occurrences, Reverse(segment.pair), index as u32));
            }
        }
    }

    fn change(&mut self, pair: Pair, weight: i64) {
        let new = Count {
            occurrences: 0,
            head: NONE,
        };
        self.pairs.entry(pair).or_insert(new).occurrences += weight;
    }

    /// Makes room for new places of a pair.
    fn open(&mut self, pair: Pair, length: u32) -> u32 {
        let (index, start) = (self.segments.len() as u32, self.arena.len());
        let count = self.pairs.entry(pair).or_insert(Count {
            occurrences: 0,
            head: NONE,
        });
        let next = std::mem::replace(&mut count.head, index);
        self.segments.push(Segment {
            pair,
            start,
            length,
            next,
        });
        self.arena.resize(start + length as usize, 0);
        index
    }

    fn slice(&self, segment: u32) -> &[u32] {
        let Segment { start, length, .. } = self.segments[segment as usize];
        &self.arena[start..start + length as usize]
    }
}
