//! Merging the symbols of a word.

use super::pairs::{Pair, PairMap, pair, parts};
use crate::{Error, Vocabulary};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The merges of a BPE model: which pair becomes which token, and with which rank.
#[derive(Debug, Clone)]
pub(super) struct Merges {
    table: PairMap<Merge>,
    order: Vec<(u32, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Merge {
    rank: u32,
    id: u32,
}

impl Merges {
    /// Looks the tokens of each merge up, most important merge first. A pair given twice has the rank of its last place, as the
    /// stock model has it.
    pub fn new<'a>(
        vocabulary: &Vocabulary,
        merges: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        let mut table = PairMap::default();
        for (rank, (left, right)) in (0u32..).zip(merges) {
            let find = |token: &str| {
                let needed_by = format!("merge {rank} ({left:?} {right:?})");
                let token = token.to_string();
                vocabulary
                    .id(&token)
                    .ok_or(Error::MissingToken { token, needed_by })
            };
            let id = find(&format!("{left}{right}"))?;
            table.insert(pair(find(left)?, find(right)?), Merge { rank, id });
        }
        let mut ranked: Vec<(u32, Pair)> = table
            .iter()
            .map(|(pair, merge)| (merge.rank, *pair))
            .collect();
        ranked.sort_unstable();
        let order = ranked.into_iter().map(|(_, pair)| parts(pair)).collect();
        Ok(Self { table, order })
    }

    /// The pairs in the order of their ranks.
    pub fn pairs(&self) -> &[(u32, u32)] {
        &self.order
    }

    /// Merges until no pair is left: lowest rank first, and of equal ranks the leftmost.
    pub fn apply(&self, symbols: &mut Symbols) {
        for at in 0..symbols.ids.len() {
            symbols.enqueue(self, at);
        }
        while let Some(Reverse((rank, at))) = symbols.queue.pop() {
            symbols.merge(self, rank, at as usize);
        }
    }

    #[inline]
    fn find(&self, left: u32, right: u32) -> Option<Merge> {
        self.table.get(&pair(left, right)).copied()
    }
}

/// A word as a list of symbols. A merged symbol keeps the place of its left part; the place of the right part has length 0.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    ids: Vec<u32>,
    lengths: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
    queue: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Symbols {
    /// Forgets the word and keeps the memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.lengths.clear();
        self.next.clear();
        self.previous.clear();
    }

    /// Appends a character of the given number of bytes.
    pub fn push(&mut self, id: u32, length: usize) {
        let at = self.ids.len() as u32;
        self.ids.push(id);
        self.lengths.push(length as u32);
        self.next.push(at + 1);
        self.previous.push(at.wrapping_sub(1));
    }

    /// The symbols left, with their lengths in bytes.
    pub fn iter(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        let all = self.ids.iter().zip(&self.lengths);
        all.filter(|(_, length)| **length > 0)
            .map(|(id, length)| (*id, *length as usize))
    }

    fn enqueue(&mut self, merges: &Merges, at: usize) {
        let next = self.next[at] as usize;
        if let Some(right) = self.ids.get(next)
            && let Some(merge) = merges.find(self.ids[at], *right)
        {
            self.queue.push(Reverse((merge.rank, at as u32)));
        }
    }

    /// Merges the pair at a place, unless one of its parts has gone since it was queued.
    fn merge(&mut self, merges: &Merges, rank: u32, at: usize) {
        let next = self.next[at] as usize;
        if self.lengths[at] == 0 || next >= self.ids.len() {
            return;
        }
        let Some(merge) = merges
            .find(self.ids[at], self.ids[next])
            .filter(|merge| merge.rank == rank)
        else {
            return;
        };
        self.ids[at] = merge.id;
        self.lengths[at] += self.lengths[next];
        self.lengths[next] = 0;
        self.next[at] = self.next[next];
        if let Some(previous) = self.previous.get_mut(self.next[next] as usize) {
            *previous = at as u32;
        }
        if at > 0 {
            self.enqueue(merges, self.previous[at] as usize);
        }
        self.enqueue(merges, at);
    }
}
