//! The other rows of a table in order of similarity to one row.

/// The places `start..end` of one run of equal similarities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub start: u32,
    pub end: u32,
}

impl Run {
    pub fn len(&self) -> u32 {
        self.end - self.start
    }
}

/// Place of a row that is not among those ranked.
pub(crate) const UNRANKED: u32 = u32::MAX;

/// One row's neighbours, nearest first, self excluded, ties in order of index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranking {
    /// Row at each place.
    pub order: Vec<u32>,
    /// Place of each row, [`UNRANKED`] beyond the depth.
    pub place: Vec<u32>,
    /// The runs of two or more equal similarities.
    pub runs: Vec<Run>,
}

impl Ranking {
    /// Whether every row but the own one has a place.
    pub fn is_whole(&self) -> bool {
        self.order.len() + 1 == self.place.len()
    }
}

/// Sorts similarities; holds the buffers it needs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranker {
    keys: Vec<u64>,
    spare: Vec<u64>,
    counts: Vec<u32>,
}

const DIGITS: [(u32, u32); 3] = [(32, 11), (43, 11), (54, 10)];

/// Keys below which comparing is faster than counting.
const FEW: usize = 256;

/// An integer that grows as the similarity falls; equal for 0 and −0.
#[inline(always)]
fn descending(similarity: f32) -> u32 {
    let bits = (similarity + 0.0).to_bits();
    let ascending = if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    };
    !ascending
}

#[inline(always)]
fn key(similarity: f32, index: usize) -> u64 {
    u64::from(descending(similarity)) << 32 | index as u64
}

/// Whether two keys share their similarity.
#[inline(always)]
fn equal(a: u64, b: u64) -> bool {
    a >> 32 == b >> 32
}

impl Ranker {
    /// Ranks at least the `depth` most similar rows of `similarities`, leaving out `own`; all of
    /// them where that is cheaper, and with `ties` also those that are as similar as the last of
    /// them.
    #[inline(always)]
    pub fn rank(
        &mut self,
        similarities: &[f32],
        own: usize,
        depth: usize,
        ties: bool,
        ranking: &mut Ranking,
    ) {
        self.keys.clear();
        let keys = similarities.iter().enumerate().map(|(j, &s)| key(s, j));
        self.keys.extend(keys);
        self.keys[own] = u64::MAX;
        if depth >= similarities.len() / 8 {
            self.sort();
            self.keys.truncate(similarities.len() - 1);
        } else {
            self.select(depth, ties);
            self.sort();
            // Selecting left no order of index among the equal.
            self.keys
                .chunk_by_mut(|&a, &b| equal(a, b))
                .for_each(<[u64]>::sort_unstable);
        }
        ranking.order.clear();
        ranking
            .order
            .extend(self.keys.iter().map(|&key| key as u32));
        ranking.place.clear();
        ranking.place.resize(similarities.len(), UNRANKED);
        for (place, &row) in ranking.order.iter().enumerate() {
            ranking.place[row as usize] = place as u32;
        }
        ranking.runs.clear();
        if ties {
            self.runs(&mut ranking.runs);
        }
    }

    /// Keeps the `depth` smallest keys, with `ties` also those equal to the last of them.
    #[inline(always)]
    fn select(&mut self, depth: usize, ties: bool) {
        let (chosen, &mut next, _) = self.keys.select_nth_unstable(depth);
        let last = chosen.iter().max().copied();
        let mut kept = depth;
        if let Some(last) = last.filter(|&last| ties && equal(last, next)) {
            for at in depth..self.keys.len() {
                if equal(self.keys[at], last) {
                    self.keys.swap(at, kept);
                    kept += 1;
                }
            }
        }
        self.keys.truncate(kept);
    }

    /// The positions of `rows` in that list in order of their similarities, and the runs of equal
    /// ones.
    #[inline(always)]
    pub fn reorder(
        &mut self,
        rows: &[u32],
        similarities: &[f32],
        ties: bool,
        line: &mut Vec<u32>,
        runs: &mut Vec<Run>,
    ) {
        self.keys.clear();
        let keys = rows.iter().enumerate();
        self.keys
            .extend(keys.map(|(i, &row)| key(similarities[row as usize], i)));
        self.sort();
        line.clear();
        line.extend(self.keys.iter().map(|&key| key as u32));
        runs.clear();
        if ties {
            self.runs(runs);
        }
    }

    /// Sorts the keys by similarity, and equal ones by index where they come in that order.
    #[inline(always)]
    fn sort(&mut self) {
        if self.keys.len() < FEW {
            self.keys.sort_unstable();
        } else {
            self.radix_sort();
        }
    }

    /// Least significant digit first: stable, so equal similarities stay in order of index.
    #[inline(always)]
    fn radix_sort(&mut self) {
        self.spare.resize(self.keys.len(), 0);
        self.counts.clear();
        self.counts.resize(3 << 11, 0);
        for &key in &self.keys {
            for (digit, (shift, bits)) in DIGITS.into_iter().enumerate() {
                self.counts[digit << 11 | (key >> shift) as usize & ((1 << bits) - 1)] += 1;
            }
        }
        for (digit, (shift, bits)) in DIGITS.into_iter().enumerate() {
            let counts = &mut self.counts[digit << 11..][..1 << bits];
            let mut start = 0;
            for count in counts.iter_mut() {
                start += std::mem::replace(count, start);
            }
            for &key in &self.keys {
                let to = &mut counts[(key >> shift) as usize & ((1 << bits) - 1)];
                self.spare[*to as usize] = key;
                *to += 1;
            }
            std::mem::swap(&mut self.keys, &mut self.spare);
        }
    }

    /// The runs of two or more keys that share their similarity.
    #[inline(always)]
    fn runs(&self, out: &mut Vec<Run>) {
        for (i, pair) in self.keys.windows(2).enumerate() {
            if equal(pair[0], pair[1]) {
                let end = i as u32 + 2;
                match out.last_mut() {
                    Some(run) if run.end == end - 1 => run.end = end,
                    _ => out.push(Run {
                        start: end - 2,
                        end,
                    }),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(similarities: &[f32], own: usize, depth: usize) -> Ranking {
        let mut ranking = Ranking::default();
        Ranker::default().rank(similarities, own, depth, true, &mut ranking);
        ranking
    }

    #[test]
    fn self_is_left_out_and_ties_follow_the_index() {
        let ranking = rank(&[0.5, 1.0, -0.0, 0.5, 0.0, -1.0], 1, 5);
        assert_eq!(ranking.order, [0, 3, 2, 4, 5]);
        assert_eq!(ranking.place, [0, UNRANKED, 2, 1, 3, 4]);
        assert_eq!(
            ranking.runs,
            [Run { start: 0, end: 2 }, Run { start: 2, end: 4 }]
        );
    }

    #[test]
    fn a_shallow_ranking_is_the_head_of_the_deep_one() {
        let similarities: Vec<f32> = (0..500_u32)
            .map(|i| ((i * 7919) % 503) as f32 / 503.0 - 0.4)
            .collect();
        let deep = rank(&similarities, 17, 499);
        for depth in [1, 3, 10, 60, 200] {
            assert_eq!(
                rank(&similarities, 17, depth).order[..depth],
                deep.order[..depth]
            );
        }
        let same = vec![0.25; 500];
        assert_eq!(
            rank(&same, 17, 3).order.len(),
            499,
            "all are as near as the third"
        );
        assert!(
            deep.order
                .windows(2)
                .all(|w| similarities[w[0] as usize] >= similarities[w[1] as usize])
        );
    }
}
