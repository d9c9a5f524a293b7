//! The median of all squared distances, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use super::tile::distances;
use crate::points::Points;
use dissensus_kernels::compact::for_each_between;

/// Rows whose distances to all are sampled.
const SAMPLE: usize = 256;
/// Fractions of the distances between which the median is looked for first.
const BRACKET: (f64, f64) = (0.485, 0.515);
/// Bins at most, as a power of 2.
const BINS: u32 = 18;

/// The lower median of the squared distances of all n² ordered pairs, the n of a row to itself
/// included.
///
/// Numbers that are not negative stand in the order of their bits, so bins are ranges of bits, and
/// one that holds a single number gives the median exactly. Counts are whole, so the order of
/// counting does not matter.
pub(super) struct Median {
    value: f32,
    low: f32,
    high: f32,
    /// Bits that a bin leaves open.
    shift: u32,
    /// How many distances of pairs i < j come before the median.
    rank: u64,
    below: AtomicU64,
    bins: Vec<AtomicU64>,
}

impl Median {
    /// Brackets the median by the distances of some rows, chosen evenly by norm, to all.
    pub fn guess(points: &Points) -> Self {
        let (n, d) = (points.rows(), points.dimension);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| points.squares[i].total_cmp(&points.squares[j]));
        let rows = n.min(SAMPLE);
        let sample: Vec<usize> = (0..rows)
            .map(|i| order[(2 * i + 1) * n / (2 * rows)])
            .collect();
        let values = sample.iter().flat_map(|&i| &points.values[i * d..][..d]);
        let chosen = Points {
            values: values.copied().collect(),
            squares: sample.iter().map(|&i| points.squares[i]).collect(),
            dimension: d,
        };
        let mut all = vec![0.0; rows * n];
        distances(&chosen, (0, rows), points, (0, n), &mut all);
        for (row, &own) in sample.iter().enumerate() {
            all[row * n + own] = 0.0;
        }
        let mut at = |fraction: f64| {
            let rank = ((rows * n - 1) as f64 * fraction) as usize;
            *all.select_nth_unstable_by(rank, f32::total_cmp).1
        };
        let (low, value, high) = (at(BRACKET.0), at(0.5), at(BRACKET.1));
        // Each distance counts twice, and n zeros come first.
        let rank = ((n as u64).pow(2) - 1) / 2 - n as u64;
        let mut found = Self {
            value,
            low,
            high,
            shift: 0,
            rank: rank / 2,
            below: AtomicU64::new(0),
            bins: Vec::new(),
        };
        found.bracket(low, high.next_up());
        found
    }

    /// The median, or what is known of it so far.
    pub fn value(&self) -> f64 {
        f64::from(self.value.max(f32::MIN_POSITIVE))
    }

    /// Whether at least about half of the pairs coincide.
    pub fn is_zero(&self) -> bool {
        self.value == 0.0
    }

    fn bracket(&mut self, low: f32, high: f32) {
        let width = high.to_bits() - low.to_bits();
        let bits = u32::BITS - width.leading_zeros();
        self.shift = bits.saturating_sub(BINS);
        (self.low, self.high) = (low, high);
        let bins = (width >> self.shift) + 1;
        self.bins = (0..bins).map(|_| AtomicU64::new(0)).collect();
        self.below = AtomicU64::new(0);
    }

    /// Counts distances.
    #[inline(always)]
    pub fn count(&self, distances: &[f32]) {
        let (low, high) = (self.low, self.high);
        let below: u32 = distances.iter().map(|&v| u32::from(v < low)).sum();
        self.below.fetch_add(u64::from(below), Ordering::Relaxed);
        for_each_between(distances, low, high, |value| {
            let bin = (value.to_bits() - low.to_bits()) >> self.shift;
            self.bins[bin as usize].fetch_add(1, Ordering::Relaxed);
        });
    }

    /// Takes what was counted: whether the median is known now, or has to be looked for in a new
    /// bracket.
    pub fn narrow(&mut self) -> bool {
        let mut before = self.below.load(Ordering::Relaxed);
        let (low, high) = (self.low, self.high);
        let width = (high - low).max(high * 1e-3).max(f32::MIN_POSITIVE);
        if self.rank < before {
            self.bracket((low - 2.0 * width).max(0.0), low);
            return false;
        }
        for (bin, count) in self.bins.iter().enumerate() {
            before += count.load(Ordering::Relaxed);
            if before > self.rank {
                let (start, shift) = (low.to_bits(), self.shift);
                let edge = |bin: usize| f32::from_bits(start + ((bin as u32) << shift));
                self.value = edge(bin);
                let known = self.shift == 0;
                self.bracket(edge(bin), edge(bin + 1));
                return known;
            }
        }
        self.bracket(high, high + 2.0 * width);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EmbeddingTable;

    #[test]
    fn the_median_distance_is_that_of_a_full_sort() {
        for n in [4, 5, 33, 600, 1100] {
            let vectors = (0..n * 3)
                .map(|i| ((i * i) as f32).sin() * (1.0 + (i % 7) as f32))
                .collect();
            let table = EmbeddingTable::new(vectors, 3).unwrap();
            let points = Points::of_table(&table, 0).unwrap();
            let mut all = vec![0.0; n * n];
            distances(&points, (0, n), &points, (0, n), &mut all);
            let mut median = Median::guess(&points);
            loop {
                (0..n).for_each(|i| median.count(&all[i * n + i + 1..(i + 1) * n]));
                if median.narrow() {
                    break;
                }
            }
            let mut whole: Vec<f32> = (0..n * n)
                .map(|at| match (at / n, at % n) {
                    (i, j) if i == j => 0.0,
                    (i, j) => all[i.min(j) * n + i.max(j)],
                })
                .collect();
            whole.sort_unstable_by(f32::total_cmp);
            assert_eq!(median.value(), f64::from(whole[(n * n - 1) / 2]), "{n}");
        }
    }
}
