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

/// Buffers for [`nested`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranks {
    set: PlaceSet,
    own: Vec<u32>,
    other: Vec<u32>,
}

/// The other side's view of the neighbours.
pub(crate) struct OtherSide<'a, F> {
    /// Place of the i-th neighbour, below `universe`.
    pub places: &'a [u32],
    /// Bound of the places.
    pub universe: usize,
    /// Places that share one similarity.
    pub runs: &'a [Run],
    /// The neighbour at a place; anything beyond the neighbours when it is none of them.
    pub neighbour_at: F,
}

/// Spearman's ρ between the order 0, 1, 2, … and the other side's over the first k neighbours, for every k of `ks`
/// (increasing).
///
/// ρ is Pearson's correlation of average ranks, `None` when one side is all ties. Ranks are held doubled, so that
/// averages are whole and all sums exact (k up to 2²⁰).
#[inline(always)]
pub(crate) fn nested<F: Fn(u32) -> usize>(
    other: &OtherSide<'_, F>,
    own_runs: &[Run],
    ks: &[usize],
    ranks: &mut Ranks,
    mut found: impl FnMut(usize, Option<f64>),
) {
    let deepest = other.places.len();
    ranks.set.clear(other.universe);
    ranks.own.clear();
    ranks.own.extend((0..deepest as u32).map(|i| 2 * i + 2));
    ranks.other.clear();
    ranks.other.resize(deepest, 0);
    let mut filled = 0;
    for (which, &k) in ks.iter().enumerate() {
        ranks.set.insert(&other.places[filled..k]);
        filled = k;
        average_own(own_runs, k, &mut ranks.own);
        for (rank, &place) in ranks.other[..k].iter_mut().zip(other.places) {
            *rank = 2 * ranks.set.count_below(place) + 2;
        }
        average_other(other, k, ranks);
        found(which, correlation(&ranks.own[..k], &ranks.other[..k]));
    }
}

/// Gives the tied among the first k neighbours their average rank on their own side.
#[inline(always)]
fn average_own(runs: &[Run], k: usize, ranks: &mut [u32]) {
    for run in runs.iter().take_while(|run| (run.start as usize) < k) {
        let end = (run.end as usize).min(k);
        ranks[run.start as usize..end].fill(run.start + end as u32 + 1);
    }
}

/// Gives the tied among the first k neighbours their average rank on the other side.
#[inline(always)]
fn average_other<F: Fn(u32) -> usize>(other: &OtherSide<'_, F>, k: usize, ranks: &mut Ranks) {
    for run in other.runs {
        let (start, end) = (
            ranks.set.count_below(run.start),
            ranks.set.count_below(run.end),
        );
        if end > start + 1 {
            for i in (run.start..run.end)
                .map(&other.neighbour_at)
                .filter(|&i| i < k)
            {
                ranks.other[i] = start + end + 1;
            }
        }
    }
}

/// Pearson's correlation of doubled ranks, each side of mean k + 1.
#[inline(always)]
fn correlation(x: &[u32], y: &[u32]) -> Option<f64> {
    let (mut xy, mut xx, mut yy) = (0_u64, 0_u64, 0_u64);
    for (&x, &y) in x.iter().zip(y) {
        let (x, y) = (u64::from(x), u64::from(y));
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    let k = x.len() as u64;
    let mean = k * (k + 1) * (k + 1);
    let (vx, vy) = (xx - mean, yy - mean);
    (vx > 0 && vy > 0).then(|| (xy as i64 - mean as i64) as f64 / (vx as f64 * vy as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rhos(places: &[u32], own_runs: &[Run], runs: &[Run], ks: &[usize]) -> Vec<Option<f64>> {
        let neighbour_at = |place| {
            places
                .iter()
                .position(|&p| p == place)
                .unwrap_or(usize::MAX)
        };
        let other = OtherSide {
            places,
            universe: 100,
            runs,
            neighbour_at,
        };
        let mut out = Vec::new();
        nested(&other, own_runs, ks, &mut Ranks::default(), |_, rho| {
            out.push(rho)
        });
        out
    }

    fn rho(places: &[u32], ks: &[usize]) -> Vec<f64> {
        rhos(places, &[], &[], ks).into_iter().flatten().collect()
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
        let found = rhos(&[0, 1, 2, 3], &[], &[Run { start: 1, end: 3 }], &[4]);
        assert!((found[0].unwrap() - 0.948_683_298_050_513_8).abs() < 1e-15);
    }

    #[test]
    fn a_run_cut_by_the_neighbourhood_counts_as_far_as_it_reaches() {
        // scipy.stats.spearmanr([1, 2, 2], [1, 3, 2]).statistic == 0.8660254037844387
        let found = rhos(&[0, 2, 1, 3], &[Run { start: 1, end: 4 }], &[], &[2, 3]);
        assert_eq!(found[0], Some(1.0));
        assert!((found[1].unwrap() - 0.866_025_403_784_438_7).abs() < 1e-15);
    }

    #[test]
    fn a_side_that_is_all_ties_has_no_correlation() {
        assert_eq!(
            rhos(&[0, 1, 2], &[Run { start: 0, end: 3 }], &[], &[3]),
            [None]
        );
    }
}
