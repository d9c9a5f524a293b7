//! A word while it is merged.

use super::merge_queue::MergeQueue;
use super::merges::{Merge, Merges};

const NONE: u32 = u32::MAX;

/// A word as a list of symbols. A merged symbol keeps the place of its left part; the place of the
/// right part has length 0.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    list: Vec<Symbol>,
    queue: MergeQueue,
    batch: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Symbol {
    id: u32,
    length: u32,
    next: u32,
    previous: u32,
}

impl Symbols {
    /// Forgets the word and keeps the memory.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Appends a character of the given number of bytes.
    pub fn push(&mut self, id: u32, length: usize) {
        let at = self.list.len() as u32;
        if let Some(last) = self.list.last_mut() {
            last.next = at;
        }
        let previous = at.wrapping_sub(1);
        self.list.push(Symbol {
            id,
            length: length as u32,
            next: NONE,
            previous,
        });
    }

    /// The symbols left, with their lengths in bytes.
    pub fn iter(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        let left = self.list.iter().filter(|symbol| symbol.length > 0);
        left.map(|symbol| (symbol.id, symbol.length as usize))
    }

    /// Merges until no pair is left: lowest rank first, and of equal ranks the leftmost.
    pub fn merge(&mut self, merges: &Merges) {
        self.queue.reset(merges.ranks(), self.list.len());
        for at in (0..self.list.len() as u32).rev() {
            self.plan(merges, at);
        }
        let mut batch = std::mem::take(&mut self.batch);
        while let Some(rank) = self.queue.lowest() {
            self.queue.take(rank, &mut batch);
            self.merge_all(merges, merges.of_rank(rank), rank, &batch);
        }
        self.batch = batch;
    }

    /// Merges one pair at all its places, unless that lets a lower rank wait: then the rest waits
    /// again.
    fn merge_all(&mut self, merges: &Merges, merge: Merge, rank: u32, batch: &[u32]) {
        for (done, &at) in batch.iter().enumerate() {
            if !self.stands(merge, at) {
                continue;
            }
            if self.queue.lowest().is_some_and(|lowest| lowest < rank) {
                for &at in &batch[done..] {
                    if self.stands(merge, at) {
                        self.queue.add(at, rank);
                    }
                }
                return;
            }
            self.merge_at(merges, merge.id, at);
        }
    }

    /// Whether the two parts of a merge stand at a place.
    #[inline]
    fn stands(&self, merge: Merge, at: u32) -> bool {
        let symbol = self.list[at as usize];
        let right = self.list.get(symbol.next as usize);
        symbol.length > 0 && symbol.id == merge.left && right.is_some_and(|r| r.id == merge.right)
    }

    #[inline]
    fn merge_at(&mut self, merges: &Merges, id: u32, at: u32) {
        let Symbol {
            next: gone,
            previous,
            ..
        } = self.list[at as usize];
        let Symbol { next, length, .. } = self.list[gone as usize];
        self.list[gone as usize].length = 0;
        self.queue.remove(gone);
        let merged = &mut self.list[at as usize];
        merged.id = id;
        merged.length += length;
        merged.next = next;
        if let Some(next) = self.list.get_mut(next as usize) {
            next.previous = at;
        }
        self.plan(merges, at);
        if previous != NONE {
            self.queue.remove(previous);
            self.plan(merges, previous);
        }
    }

    /// Lets a place wait for the merge of its symbol and the next, if there is one.
    #[inline]
    fn plan(&mut self, merges: &Merges, at: u32) {
        let symbol = self.list[at as usize];
        if let Some(right) = self.list.get(symbol.next as usize)
            && let Some(rank) = merges.rank(symbol.id, right.id)
        {
            self.queue.add(at, rank);
        }
    }
}
