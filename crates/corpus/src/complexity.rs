//! How repetitive a stretch of DNA is within itself, from its triplets.

use std::ops::Range;

/// Bases of the sub-window that is scored.
const SUB_WINDOW: usize = 64;
/// Scores above this are low complexity: level 20 of `dustmasker`, which multiplies by ten.
const THRESHOLD: f64 = 2.0;

/// DUST score of a stretch: Σₜ cₜ(cₜ − 1)/2 / (l − 1), or 0 for fewer than two triplets.
///
/// cₜ counts the l overlapping triplets of A, C, G, T by kind; triplets with other bases do not count. Random bases score
/// about l/128, a run of one base l/2. The score grows with length: compare stretches of one length.
///
/// ```
/// use dissensus_corpus::dust_score;
///
/// assert_eq!(dust_score(b"AAAAAAAA"), 3.0); // 6 equal triplets: 15 pairs over 5
/// assert_eq!(dust_score(b"ACGTTGCA"), 0.0);
/// ```
///
/// Source: Morgulis et al., "A fast and symmetric DUST implementation", J. Comput. Biol. 13 (2006).
pub fn dust_score(bases: &[u8]) -> f64 {
    let mut counts = Triplets::default();
    bases.windows(3).for_each(|triplet| counts.add(triplet));
    counts.score()
}

/// Runs of low complexity: the union of all 64-base sub-windows with a [`dust_score`] above 2.
///
/// A stretch shorter than 64 bases is one sub-window. Coarser than symmetric DUST, which reports the shortest interval
/// that explains a score: here the whole sub-window is marked. Linear time.
///
/// ```
/// use dissensus_corpus::low_complexity_runs;
///
/// assert_eq!(low_complexity_runs(&[b'A'; 100]), [0..100]);
/// assert!(low_complexity_runs(b"ACGTTGCA").is_empty());
/// ```
pub fn low_complexity_runs(bases: &[u8]) -> Vec<Range<usize>> {
    let size = SUB_WINDOW.min(bases.len());
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut counts = Triplets::default();
    for end in 3..=bases.len() {
        counts.add(&bases[end - 3..end]);
        if end < size {
            continue;
        }
        let start = end - size;
        if counts.score() > THRESHOLD {
            match runs.last_mut() {
                Some(last) if last.end >= start => last.end = end,
                _ => runs.push(start..end),
            }
        }
        counts.remove(&bases[start..(start + 3).min(end)]);
    }
    runs
}

/// Counts of triplets and of pairs of equal ones, kept up to date as triplets come and go.
struct Triplets {
    counts: [u32; 64],
    total: u32,
    pairs: u32,
}

impl Default for Triplets {
    fn default() -> Self {
        Self {
            counts: [0; 64],
            total: 0,
            pairs: 0,
        }
    }
}

impl Triplets {
    fn add(&mut self, triplet: &[u8]) {
        if let Some(index) = index(triplet) {
            self.pairs += self.counts[index];
            self.counts[index] += 1;
            self.total += 1;
        }
    }

    fn remove(&mut self, triplet: &[u8]) {
        if let Some(index) = index(triplet) {
            self.counts[index] -= 1;
            self.pairs -= self.counts[index];
            self.total -= 1;
        }
    }

    fn score(&self) -> f64 {
        match self.total {
            0 | 1 => 0.0,
            total => f64::from(self.pairs) / f64::from(total - 1),
        }
    }
}

fn index(triplet: &[u8]) -> Option<usize> {
    let code = |&base: &u8| match base.to_ascii_uppercase() {
        b'A' => Some(0),
        b'C' => Some(1),
        b'G' => Some(2),
        b'T' => Some(3),
        _ => None,
    };
    triplet
        .iter()
        .try_fold(0, |index, base| Some(4 * index + code(base)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Scores every sub-window from scratch.
    fn low_complexity_runs_naive(bases: &[u8]) -> Vec<bool> {
        let size = SUB_WINDOW.min(bases.len());
        let mut marked = vec![false; bases.len()];
        for start in 0..=bases.len() - size {
            if dust_score(&bases[start..start + size]) > THRESHOLD {
                marked[start..start + size].fill(true);
            }
        }
        marked
    }

    proptest! {
        #[test]
        fn sliding_counts_equal_counting_anew(bases in "([ACGTN]{0,40}|A{0,50}|(AC){0,40}){0,6}") {
            let mut marked = vec![false; bases.len()];
            let runs = low_complexity_runs(bases.as_bytes());
            runs.iter().for_each(|run| marked[run.clone()].fill(true));
            prop_assert_eq!(marked, low_complexity_runs_naive(bases.as_bytes()));
            prop_assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
