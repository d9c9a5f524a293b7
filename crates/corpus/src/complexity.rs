//! How repetitive a segment of DNA is within itself, from its triplets.

use std::ops::Range;

/// Bases of the sub-window that is scored.
const SUB_WINDOW: usize = 64;
/// Scores above this are low complexity: level 20 of `dustmasker`, which multiplies by ten.
const THRESHOLD: u32 = 2;

/// DUST score of a segment: Σₜ cₜ(cₜ − 1)/2 / (l − 1), or 0 for fewer than two triplets.
///
/// cₜ counts the l overlapping triplets of A, C, G, T by kind; triplets with other bases do not
/// count. Random bases score about l/128, a run of one base l/2. The score grows with length:
/// compare segments of one length.
///
/// ```
/// use dissensus_corpus::dust_score;
///
/// assert_eq!(dust_score(b"AAAAAAAA"), 3.0); // 6 equal triplets: 15 pairs over 5
/// assert_eq!(dust_score(b"ACGTTGCA"), 0.0);
/// ```
///
/// Source: Morgulis et al., "A fast and symmetric DUST implementation", J. Comput. Biol. 13 (2006).
#[must_use]
pub fn dust_score(bases: &[u8]) -> f64 {
    let mut counts = Counts::default();
    triplets(bases).for_each(|triplet| counts.add(triplet));
    match counts.total {
        0 | 1 => 0.0,
        total => f64::from(counts.pairs) / f64::from(total - 1),
    }
}

/// Runs of low complexity: the union of all 64-base sub-windows with a [`dust_score`] above 2.
///
/// A segment shorter than 64 bases is one sub-window. Coarser than symmetric DUST, which reports
/// the shortest interval that explains a score: here the whole sub-window is marked. Linear time.
///
/// ```
/// use dissensus_corpus::low_complexity_runs;
///
/// assert_eq!(low_complexity_runs(&[b'A'; 100]), [0..100]);
/// assert!(low_complexity_runs(b"ACGTTGCA").is_empty());
/// ```
#[must_use]
pub fn low_complexity_runs(bases: &[u8]) -> Vec<Range<usize>> {
    let size = SUB_WINDOW.min(bases.len());
    let triplets: Vec<u8> = triplets(bases).collect();
    let mut counts = Counts::default();
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, &triplet) in triplets.iter().enumerate() {
        counts.add(triplet);
        let end = index + 3;
        let Some(start) = end.checked_sub(size) else {
            continue;
        };
        if counts.is_low() {
            match runs.last_mut() {
                Some(last) if last.end >= start => last.end = end,
                _ => runs.push(start..end),
            }
        }
        counts.remove(triplets[start]);
    }
    runs
}

/// Number of a triplet with a base other than A, C, G and T.
const NO_TRIPLET: u8 = 64;

/// The number of the triplet that begins at each base but the last two.
fn triplets(bases: &[u8]) -> impl Iterator<Item = u8> {
    bases.windows(3).map(|triplet| {
        let codes = [0, 1, 2].map(|index| CODES[usize::from(triplet[index])]);
        match (codes[0] | codes[1] | codes[2]) & 4 {
            0 => 16 * codes[0] + 4 * codes[1] + codes[2],
            _ => NO_TRIPLET,
        }
    })
}

/// 0 to 3 for A, C, G, T in either case; 4 for all else.
const CODES: [u8; 256] = {
    let mut codes = [4; 256];
    let mut index = 0;
    while index < 4 {
        codes[b"ACGT"[index] as usize] = index as u8;
        codes[b"acgt"[index] as usize] = index as u8;
        index += 1;
    }
    codes
};

/// Counts of triplets and of pairs of equal ones, kept up to date as triplets come and go.
struct Counts {
    counts: [u32; 64],
    total: u32,
    pairs: u32,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            counts: [0; 64],
            total: 0,
            pairs: 0,
        }
    }
}

impl Counts {
    fn add(&mut self, triplet: u8) {
        if let Some(count) = self.counts.get_mut(usize::from(triplet)) {
            self.pairs += *count;
            *count += 1;
            self.total += 1;
        }
    }

    fn remove(&mut self, triplet: u8) {
        if let Some(count) = self.counts.get_mut(usize::from(triplet)) {
            *count -= 1;
            self.pairs -= *count;
            self.total -= 1;
        }
    }

    /// Whether the score is above the threshold.
    fn is_low(&self) -> bool {
        self.pairs > THRESHOLD * self.total.saturating_sub(1)
    }
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
            if dust_score(&bases[start..start + size]) > f64::from(THRESHOLD) {
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
