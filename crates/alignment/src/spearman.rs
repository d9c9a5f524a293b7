//! Rank correlation within growing neighbourhoods.
//!
//! The neighbourhoods of one row are nested, and both sides' orders over the largest are known. What is missing for
//! each k is the rank of the other side's values among the first k neighbours: a bit set over that side's places,
//! filled as k grows, answers it with a population count.

use crate::ranking::Run;

/// A set of places that counts its members below any place.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlaceSet {
    words: Vec<u64>,
    below: Vec<u32>,
}

impl PlaceSet {
    #[inline(always)]
    fn clear(&mut self, universe: usize) {
        self.words.clear();
        self.words.resize(universe / 64 + 1, 0);
        self.below.clear();
        self.below.resize(universe / 64 + 1, 0);
    }

    #[inline(always)]
    fn insert(&mut self, places: &[u32]) {
        for &place in places {
            self.words[place as usize >> 6] |= 1 << (place & 63);
        }
        let mut sum = 0;
        for (below, word) in self.below.iter_mut().zip(&self.words) {
            *below = sum;
            sum += word.count_ones();
        }
    }

    #[inline(always)]
    fn count_below(&self, place: u32) -> u32 {
        let word = place as usize >> 6;
        self.below[word] + (self.words[word] & ((1 << (place & 63)) - 1)).count_ones()
    }
}

/// Spearman's ρ between the order 0, 1, 2, … and `places` over the first k entries, for every k of `ks` (increasing).
///
/// `places[i]` is the place, below `universe`, of the i-th neighbour on the other side. `own_runs` and `other_runs` are
/// the runs of ties on both sides, by place; empty means none. ρ is `None` when one side is one run.
#[inline(always)]
pub(crate) fn nested(
    places: &[u32],
    universe: usize,
    own_runs: &[Run],
    other_runs: &[Run],
    ks: &[usize],
    set: &mut PlaceSet,
    mut found: impl FnMut(usize, Option<f64>),
) {
    set.clear(universe);
    let mut filled = 0;
    for (which, &k) in ks.iter().enumerate() {
        set.insert(&places[filled..k]);
        filled = k;
        let rho = if own_runs.is_empty() && other_runs.is_empty() {
            Some(untied(&places[..k], set))
        } else {
            tied(&places[..k], own_runs, other_runs, set)
        };
        found(which, rho);
    }
}

/// ρ = 1 − 6 Σ d² / (k (k² − 1)), the sum exact in integers.
#[inline(always)]
fn untied(places: &[u32], set: &PlaceSet) -> f64 {
    let mut squares = 0_u64;
    for (i, &place) in places.iter().enumerate() {
        let d = i64::from(set.count_below(place)) - i as i64;
        squares += (d * d) as u64;
    }
    let k = places.len() as f64;
    1.0 - 6.0 * squares as f64 / (k * (k * k - 1.0))
}

/// Pearson's correlation of average ranks, the sums exact in integers of half ranks.
#[inline(always)]
fn tied(places: &[u32], own_runs: &[Run], other_runs: &[Run], set: &PlaceSet) -> Option<f64> {
    let k = places.len();
    let (mut xy, mut xx, mut yy) = (0_u128, 0_u128, 0_u128);
    for (i, &place) in places.iter().enumerate() {
        let x = match own_runs.get(i) {
            Some(run) => run.start as u64 + u64::from(run.end).min(k as u64) + 1,
            None => 2 * i as u64 + 2,
        };
        let y = match other_runs.get(place as usize) {
            Some(run) => u64::from(set.count_below(run.start) + set.count_below(run.end)) + 1,
            None => 2 * u64::from(set.count_below(place)) + 2,
        };
        xy += u128::from(x * y);
        xx += u128::from(x * x);
        yy += u128::from(y * y);
    }
    let mean = (k as u128) * (k as u128 + 1).pow(2);
    let (vx, vy) = (xx - mean, yy - mean);
    if vx == 0 || vy == 0 {
        return None;
    }
    Some((xy as i128 - mean as i128) as f64 / (vx as f64 * vy as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rho(places: &[u32], ks: &[usize]) -> Vec<f64> {
        let mut out = Vec::new();
        nested(
            places,
            100,
            &[],
            &[],
            ks,
            &mut PlaceSet::default(),
            |_, r| out.extend(r),
        );
        out
    }

    #[test]
    fn an_equal_order_correlates_fully_and_a_reversed_one_inversely() {
        assert_eq!(rho(&[3, 10, 70, 99], &[2, 3, 4]), [1.0, 1.0, 1.0]);
        assert_eq!(rho(&[99, 70, 10, 3], &[2, 3, 4]), [-1.0, -1.0, -1.0]);
    }

    #[test]
    fn one_swap_among_three_gives_one_half() {
        assert_eq!(rho(&[70, 10, 99], &[3]), [0.5]);
    }

    #[test]
    fn ties_take_average_ranks() {
        // scipy.stats.spearmanr([1, 2, 3, 4], [1, 2, 2, 3]).statistic == 0.9486832980505138
        let runs = [
            Run { start: 0, end: 1 },
            Run { start: 1, end: 3 },
            Run { start: 1, end: 3 },
            Run { start: 3, end: 4 },
        ];
        let mut out = None;
        nested(
            &[0, 1, 2, 3],
            4,
            &[],
            &runs,
            &[4],
            &mut PlaceSet::default(),
            |_, r| out = r,
        );
        assert!((out.unwrap_or(f64::NAN) - 0.948_683_298_050_513_8).abs() < 1e-15);
    }

    #[test]
    fn a_side_that_is_one_run_has_no_correlation() {
        let runs = [Run { start: 0, end: 3 }; 3];
        let mut out = Some(0.0);
        nested(
            &[0, 1, 2],
            3,
            &runs,
            &[],
            &[3],
            &mut PlaceSet::default(),
            |_, r| out = r,
        );
        assert_eq!(out, None);
    }
}
