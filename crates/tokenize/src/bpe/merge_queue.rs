//! Places of a word by the rank of the merge that waits there.

const NONE: u32 = u32::MAX;

/// One doubly linked list of places a rank, and a bit a rank that tells which lists have places:
/// adding, removing and finding the lowest rank take constant time, which a heap does not.
#[derive(Debug, Default)]
pub(super) struct MergeQueue {
    /// First place by rank.
    heads: Vec<u32>,
    /// Which ranks have places.
    waiting: Vec<u64>,
    /// No rank below `64 · lowest` waits.
    lowest: usize,
    links: Vec<Link>,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    rank: u32,
    next: u32,
    previous: u32,
}

impl MergeQueue {
    /// An empty queue for so many ranks and places.
    pub fn reset(&mut self, ranks: usize, places: usize) {
        self.heads.resize(ranks, NONE);
        self.waiting.resize(ranks.div_ceil(64), 0);
        self.lowest = self.waiting.len();
        self.links.clear();
        self.links.resize(
            places,
            Link {
                rank: NONE,
                next: NONE,
                previous: NONE,
            },
        );
    }

    /// Lets a place that waits for nothing wait for a merge.
    #[inline]
    pub fn add(&mut self, place: u32, rank: u32) {
        let next = std::mem::replace(&mut self.heads[rank as usize], place);
        self.links[place as usize] = Link {
            rank,
            next,
            previous: NONE,
        };
        if next != NONE {
            self.links[next as usize].previous = place;
        }
        let word = rank as usize / 64;
        self.waiting[word] |= 1 << (rank % 64);
        self.lowest = self.lowest.min(word);
    }

    /// Strikes a place off, if it waits.
    #[inline]
    pub fn remove(&mut self, place: u32) {
        let Link {
            rank,
            next,
            previous,
        } = self.links[place as usize];
        if rank == NONE {
            return;
        }
        self.links[place as usize].rank = NONE;
        if next != NONE {
            self.links[next as usize].previous = previous;
        }
        if previous != NONE {
            self.links[previous as usize].next = next;
        } else {
            self.heads[rank as usize] = next;
            if next == NONE {
                self.waiting[rank as usize / 64] &= !(1 << (rank % 64));
            }
        }
    }

    /// The lowest rank that waits.
    #[inline]
    pub fn lowest(&mut self) -> Option<u32> {
        while let Some(word) = self.waiting.get(self.lowest) {
            if *word != 0 {
                return Some(64 * self.lowest as u32 + word.trailing_zeros());
            }
            self.lowest += 1;
        }
        None
    }

    /// Strikes off all places of a rank and gives them from left to right.
    pub fn take(&mut self, rank: u32, places: &mut Vec<u32>) {
        places.clear();
        let mut place = std::mem::replace(&mut self.heads[rank as usize], NONE);
        self.waiting[rank as usize / 64] &= !(1 << (rank % 64));
        while place != NONE {
            places.push(place);
            let link = &mut self.links[place as usize];
            link.rank = NONE;
            place = link.next;
        }
        places.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_come_lowest_first_and_places_from_left_to_right() {
        let mut queue = MergeQueue::default();
        queue.reset(200, 10);
        for (place, rank) in [(3, 130), (9, 7), (1, 130), (4, 130), (0, 64)] {
            queue.add(place, rank);
        }
        queue.remove(9);
        queue.remove(9);
        queue.remove(4);
        let mut places = Vec::new();
        assert_eq!(queue.lowest(), Some(64));
        queue.take(64, &mut places);
        assert_eq!(places, [0]);
        assert_eq!(queue.lowest(), Some(130));
        queue.add(0, 2);
        assert_eq!(queue.lowest(), Some(2));
        queue.take(2, &mut places);
        queue.take(130, &mut places);
        assert_eq!(places, [1, 3]);
        assert_eq!(queue.lowest(), None);
    }
}
