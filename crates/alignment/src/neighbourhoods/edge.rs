//! The edge of a neighbourhood: where several rows are equally near, which of them are among the k
//! nearest is a matter of lots.
//!
//! Taking the lowest index on both sides would make unrelated tables agree. Each side draws by
//! itself here, and the Jaccard index is the expectation over both draws; unrelated tables then
//! give the chance level, whatever is tied.

use crate::hypergeometric;
use crate::ranking::Ranking;

/// Products of draws up to which the expectation is summed exactly.
const EXACT: usize = 1024;

/// The places of the rows that are equally near at the end of a neighbourhood; empty when it ends
/// between two similarities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub start: usize,
    pub end: usize,
}

impl Edge {
    /// The edge of the `k` nearest.
    #[inline(always)]
    pub fn of(ranking: &Ranking, k: usize) -> Self {
        let run = ranking.runs.partition_point(|run| run.end as usize <= k);
        match ranking.runs.get(run) {
            Some(run) if (run.start as usize) < k => Self {
                start: run.start as usize,
                end: run.end as usize,
            },
            _ => Self { start: k, end: k },
        }
    }

    #[inline(always)]
    pub fn is_tied(&self) -> bool {
        self.end > self.start
    }

    fn tied(self) -> usize {
        self.end - self.start
    }
}

/// The edges of one row's neighbourhoods on both sides.
pub(super) struct Edges {
    pub k: usize,
    pub edges: [Edge; 2],
}

/// How many rows are near on both sides: surely, by lot on one of them, by lot on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shared {
    surely: usize,
    by_first: usize,
    by_second: usize,
    by_both: usize,
}

impl Edges {
    /// The expected Jaccard index, from the places on the second side of the first side's
    /// neighbours.
    pub fn expected_jaccard(&self, places: &[u32]) -> f64 {
        let shared = self.shared(places);
        let [a, b] = self.edges;
        let [drawn_a, drawn_b] = self.edges.map(|edge| self.k - edge.start);
        let of_second = shared.by_second + shared.by_both;
        let most = drawn_b.min(of_second);
        let exact = hypergeometric::states(b.tied(), of_second, drawn_b)
            * hypergeometric::states(of_second, shared.by_both, most)
            * hypergeometric::states(a.tied(), shared.by_first + shared.by_both, drawn_a);
        if exact <= EXACT {
            self.summed(shared)
        } else {
            self.expanded(shared)
        }
    }

    fn shared(&self, places: &[u32]) -> Shared {
        let [a, b] = self.edges;
        let count = |places: &[u32], from: usize, to: usize| {
            let within = |&&place: &&u32| (from..to).contains(&(place as usize));
            places.iter().filter(within).count()
        };
        let (sure, tied) = (&places[..a.start], &places[a.start..a.end]);
        Shared {
            surely: count(sure, 0, b.start),
            by_first: count(tied, 0, b.start),
            by_second: count(sure, b.start, b.end),
            by_both: count(tied, b.start, b.end),
        }
    }

    fn jaccard(&self, shared: f64) -> f64 {
        shared / (2.0 * self.k as f64 - shared)
    }

    /// Σ P J over what each side may draw.
    fn summed(&self, shared: Shared) -> f64 {
        let [a, b] = self.edges;
        let [drawn_a, drawn_b] = self.edges.map(|edge| self.k - edge.start);
        let of_second = shared.by_second + shared.by_both;
        hypergeometric::mean((b.tied(), of_second, drawn_b), |drawn| {
            hypergeometric::mean((of_second, shared.by_both, drawn), |both| {
                let marked = shared.by_first + both;
                hypergeometric::mean((a.tied(), marked, drawn_a), |found| {
                    self.jaccard((shared.surely + drawn - both + found) as f64)
                })
            })
        })
    }

    /// J at the expected number of shared rows, and half its curvature times the variance of that
    /// number.
    fn expanded(&self, shared: Shared) -> f64 {
        let [a, b] = self.edges.map(|edge| {
            let (drawn, tied) = ((self.k - edge.start) as f64, edge.tied() as f64);
            // Probabilities that a tied row is drawn, and that two are.
            let one = if tied > 0.0 { drawn / tied } else { 0.0 };
            let two = if tied > 1.0 {
                one * (drawn - 1.0) / (tied - 1.0)
            } else {
                0.0
            };
            (one, two)
        });
        let counts = [
            shared.surely,
            shared.by_first,
            shared.by_second,
            shared.by_both,
        ];
        let counts = counts.map(|n| n as f64);
        // Whether a row of the class is drawn by lot on the first side, on the second.
        let by_lot = [(false, false), (true, false), (false, true), (true, true)];
        let chance = |lot: bool, (one, _): (f64, f64)| if lot { one } else { 1.0 };
        let joint = |x: bool, y: bool, (one, two): (f64, f64)| match (x, y) {
            (true, true) => two,
            (false, false) => 1.0,
            _ => one,
        };
        let each = by_lot.map(|(x, y)| chance(x, a) * chance(y, b));
        let mean: f64 = counts.iter().zip(each).map(|(n, p)| n * p).sum();
        let mut second_moment = mean;
        for i in 0..4 {
            for j in 0..4 {
                let pairs = counts[i] * (counts[j] - f64::from(u8::from(i == j)));
                let both = joint(by_lot[i].0, by_lot[j].0, a) * joint(by_lot[i].1, by_lot[j].1, b);
                second_moment += pairs * both;
            }
        }
        let variance = (second_moment - mean * mean).max(0.0);
        let curvature = 4.0 * self.k as f64 / (2.0 * self.k as f64 - mean).powi(3);
        self.jaccard(mean) + 0.5 * curvature * variance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::Ranker;

    fn ranking(similarities: &[f32]) -> Ranking {
        let mut ranking = Ranking::default();
        let mut row = vec![2.0];
        row.extend(similarities);
        let depth = similarities.len();
        Ranker::default().rank(&row, 0, depth, true, &mut ranking);
        ranking
    }

    /// All ways to fill up `k` places from the rows of one side, as sets of rows.
    fn ways(similarities: &[f32], k: usize) -> Vec<u32> {
        let better = |i: usize| {
            similarities
                .iter()
                .filter(|&&s| s > similarities[i])
                .count()
        };
        let level = |i: usize| {
            similarities
                .iter()
                .filter(|&&s| s >= similarities[i])
                .count()
        };
        let n = similarities.len();
        (0..1_u32 << n)
            .filter(|set| set.count_ones() as usize == k)
            .filter(|set| {
                (0..n).all(|i| {
                    if set >> i & 1 == 1 {
                        better(i) < k
                    } else {
                        level(i) > k
                    }
                })
            })
            .collect()
    }

    fn by_counting(a: &[f32], b: &[f32], k: usize) -> f64 {
        let (first, second) = (ways(a, k), ways(b, k));
        let jaccard =
            |x: u32, y: u32| f64::from((x & y).count_ones()) / f64::from((x | y).count_ones());
        let all = first
            .iter()
            .flat_map(|&x| second.iter().map(move |&y| jaccard(x, y)));
        all.sum::<f64>() / (first.len() * second.len()) as f64
    }

    fn edges(a: &[f32], b: &[f32], k: usize) -> (Edges, Vec<u32>) {
        let (first, second) = (ranking(a), ranking(b));
        let places = first.order.iter().map(|&row| second.place[row as usize]);
        let edges = [&first, &second].map(|side| Edge::of(side, k));
        (Edges { k, edges }, places.collect())
    }

    #[test]
    fn the_expectation_is_the_mean_over_all_ways_to_draw() {
        let levels = |seed: usize, kinds: usize| -> Vec<f32> {
            (0..9_usize)
                .map(|i| (((i + seed) * (i + 3 * seed + 1)) % kinds) as f32)
                .collect()
        };
        for seed in 0..30 {
            let (a, b) = (levels(seed, 1 + seed % 5), levels(seed + 7, 1 + seed % 4));
            for k in 1..=8 {
                let (edges, places) = edges(&a, &b, k);
                let found = edges.summed(edges.shared(&places));
                let wanted = by_counting(&a, &b, k);
                assert!(
                    (found - wanted).abs() < 1e-12,
                    "{a:?} {b:?} {k}: {found} {wanted}"
                );
            }
        }
    }

    #[test]
    fn many_draws_are_expanded_to_four_decimals() {
        let levels = |factor: usize, kinds: usize| -> Vec<f32> {
            (0..400_usize)
                .map(|i| ((i * i * factor + i / 3) % kinds) as f32)
                .collect()
        };
        for (a, b, k) in [
            (levels(3, 7), levels(5, 5), 60),
            (levels(2, 5), levels(7, 2), 100),
            (levels(1, 3), levels(1, 3), 30),
        ] {
            let (edges, places) = edges(&a, &b, k);
            let shared = edges.shared(&places);
            let (found, wanted) = (edges.expanded(shared), edges.summed(shared));
            assert!((found - wanted).abs() < 5e-5, "{found} {wanted}");
        }
    }
}
