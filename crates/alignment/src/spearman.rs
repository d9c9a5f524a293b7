//! Rank correlation within growing neighbourhoods.
//!
//! The neighbourhoods of one row are nested. Written in the order of the other side, the own places
//! of the largest one are a line of numbers; dropping those from k on leaves the line of the k
//! nearest, and a number's position in it is its rank on the other side. Nothing is sorted again.

use crate::ranking::Run;
use dissensus_kernels::compact::keep_below;

/// Tied neighbours up to which their ranks are put right one by one.
const FEW_TIED: u32 = 24;

/// One side's neighbours as the other side orders them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// Own places in the other side's order, every place below the largest k among them, none
    /// twice.
    pub places: &'a [u32],
    /// Positions in the line that share one similarity on the other side.
    pub runs: &'a [Run],
    /// Places that share one similarity on the own side.
    pub own_runs: &'a [Run],
}

/// Buffers for [`nested`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranks {
    kept: Vec<u32>,
    tied: Vec<(u32, u32)>,
    own: Vec<i64>,
}

/// Spearman's ρ between both sides' orders of the first k neighbours, for every k of `ks`
/// (increasing).
///
/// ρ is Pearson's correlation of average ranks, `None` when one side is all ties. Ranks are
/// doubled, so that averages are whole and all sums exact (k up to 2²⁰): the few ties and the many
/// take different roads to the same bits.
#[inline(always)]
pub(crate) fn nested(
    line: Line<'_>,
    ks: &[usize],
    ranks: &mut Ranks,
    mut found: impl FnMut(usize, Option<f64>),
) {
    let tied: u32 = line.runs.iter().chain(line.own_runs).map(Run::len).sum();
    if tied > FEW_TIED {
        return nested_with_many_ties(line, ks, ranks, found);
    }
    let kept = &mut ranks.kept;
    kept.clear();
    kept.extend_from_slice(line.places);
    for (which, &k) in ks.iter().enumerate().rev() {
        keep_below(kept, k as u32);
        let mut moments = Moments::without_ties(kept);
        for run in line.own_runs {
            moments.average_own(line, run, k as u32);
        }
        for run in line.runs {
            moments.average_other(line, run, k as u32);
        }
        found(which, moments.correlation());
    }
}

/// Centred second moments of doubled ranks.
struct Moments {
    xy: i64,
    xx: i64,
    yy: i64,
}

/// What averaging the ranks of m tied takes from a sum of squares of doubled ranks; for all k, the
/// sum itself.
fn cube(m: i64) -> i64 {
    (m * m * m - m) / 3
}

impl Moments {
    /// Of the ranks in order, ties or not.
    #[inline(always)]
    fn without_ties(kept: &[u32]) -> Self {
        let products = kept.iter().zip(1_u32..);
        let xy: u64 = products
            .map(|(&place, rank)| u64::from(place + 1) * u64::from(rank))
            .sum();
        let k = kept.len() as i64;
        Self {
            xy: 4 * xy as i64 - k * (k + 1) * (k + 1),
            xx: cube(k),
            yy: cube(k),
        }
    }

    /// Gives a run on the own side, as far as the first k reach into it, its average rank.
    fn average_own(&mut self, line: Line<'_>, run: &Run, k: u32) {
        let (start, end) = (run.start, run.end.min(k));
        if end < start + 2 {
            return;
        }
        self.xx -= cube(i64::from(end - start));
        for place in start..end {
            let position = line.places.iter().position(|&p| p == place).unwrap_or(0);
            let shift = i64::from(start + end) - 1 - 2 * i64::from(place);
            self.xy += shift * 2 * (below(&line.places[..position], k) + 1);
        }
    }

    /// Gives those of the first k that are in a run on the other side their average rank there.
    fn average_other(&mut self, line: Line<'_>, run: &Run, k: u32) {
        let members = || {
            let run = &line.places[run.start as usize..run.end as usize];
            run.iter().copied().filter(|&place| place < k)
        };
        let m = members().count() as i64;
        self.yy -= cube(m);
        for (place, t) in members().zip(0..) {
            self.xy += (m - 1 - 2 * t) * own_rank(line.own_runs, place, k);
        }
    }

    fn correlation(&self) -> Option<f64> {
        (self.xx > 0 && self.yy > 0)
            .then(|| self.xy as f64 / (self.xx as f64 * self.yy as f64).sqrt())
    }
}

#[inline(always)]
fn below(places: &[u32], k: u32) -> i64 {
    i64::from(
        places
            .iter()
            .map(|&place| u32::from(place < k))
            .sum::<u32>(),
    )
}

/// The doubled average rank of a place among the first k.
fn own_rank(runs: &[Run], place: u32, k: u32) -> i64 {
    let run = runs
        .iter()
        .find(|run| (run.start..run.end).contains(&place));
    i64::from(run.map_or(2 * place + 2, |run| run.start + run.end.min(k) + 1))
}

/// The same by ranking every neighbour at every k.
#[inline(always)]
fn nested_with_many_ties(
    line: Line<'_>,
    ks: &[usize],
    ranks: &mut Ranks,
    mut found: impl FnMut(usize, Option<f64>),
) {
    let Ranks { tied, own, .. } = ranks;
    tied.clear();
    tied.extend((0..).zip(line.places.iter().copied()));
    for run in line.runs {
        tied[run.start as usize..run.end as usize]
            .iter_mut()
            .for_each(|(group, _)| *group = run.start);
    }
    for (which, &k) in ks.iter().enumerate().rev() {
        tied.retain(|&(_, place)| place < k as u32);
        own.clear();
        own.extend((0..k as i64).map(|place| 2 * place + 2));
        let mut moments = Moments {
            xy: 0,
            xx: cube(k as i64),
            yy: cube(k as i64),
        };
        for run in line
            .own_runs
            .iter()
            .take_while(|run| (run.start as usize) < k)
        {
            let (start, end) = (run.start as usize, (run.end as usize).min(k));
            own[start..end].fill((start + end + 1) as i64);
            moments.xx -= cube((end - start) as i64);
        }
        let mut before = 0;
        for group in tied.chunk_by(|a, b| a.0 == b.0) {
            let m = group.len() as i64;
            let sum: i64 = group.iter().map(|&(_, place)| own[place as usize]).sum();
            moments.xy += sum * (2 * before + m + 1);
            moments.yy -= cube(m);
            before += m;
        }
        let k = k as i64;
        moments.xy -= k * (k + 1) * (k + 1);
        found(which, moments.correlation());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rhos(line: Line<'_>, ks: &[usize]) -> Vec<Option<f64>> {
        let mut out = vec![None; ks.len()];
        nested(line, ks, &mut Ranks::default(), |which, rho| {
            out[which] = rho
        });
        let mut again = vec![None; ks.len()];
        nested_with_many_ties(line, ks, &mut Ranks::default(), |which, rho| {
            again[which] = rho;
        });
        assert_eq!(out, again);
        out
    }

    fn rho(places: &[u32], own_runs: &[Run], runs: &[Run], ks: &[usize]) -> Vec<Option<f64>> {
        let line = Line {
            places,
            runs,
            own_runs,
        };
        rhos(line, ks)
    }

    fn run(start: u32, end: u32) -> Run {
        Run { start, end }
    }

    #[test]
    fn an_equal_order_correlates_fully_and_a_reversed_one_inversely() {
        let found = rho(&[0, 1, 2, 3], &[], &[], &[2, 3, 4]);
        assert_eq!(found, [Some(1.0); 3]);
        let found = rho(&[3, 2, 1, 0], &[], &[], &[2, 3, 4]);
        assert_eq!(found, [Some(-1.0); 3]);
    }

    #[test]
    fn one_swap_among_three_gives_one_half_whoever_stands_between() {
        assert_eq!(rho(&[7, 1, 0, 3, 2], &[], &[], &[3]), [Some(0.5)]);
    }

    #[test]
    fn ties_take_average_ranks() {
        // scipy.stats.spearmanr([1, 2, 3, 4], [1, 2, 2, 3]).statistic == 0.9486832980505138
        let found = rho(&[0, 1, 2, 3], &[], &[run(1, 3)], &[4])[0].unwrap();
        assert!((found - 0.948_683_298_050_513_8).abs() < 1e-15);
    }

    #[test]
    fn a_run_cut_by_the_neighbourhood_counts_as_far_as_it_reaches() {
        // scipy.stats.spearmanr([1, 2, 2], [1, 3, 2]).statistic == 0.8660254037844387
        let found = rho(&[0, 2, 1, 3], &[run(1, 4)], &[], &[2, 3]);
        assert_eq!(found[0], Some(1.0));
        assert!((found[1].unwrap() - 0.866_025_403_784_438_7).abs() < 1e-15);
    }

    #[test]
    fn a_side_that_is_all_ties_has_no_correlation() {
        assert_eq!(rho(&[0, 1, 2], &[run(0, 3)], &[], &[3]), [None]);
    }

    #[test]
    fn few_ties_and_many_give_the_same_bits() {
        let shuffled: Vec<u32> = (0..97).map(|i| i * 35 % 97).collect();
        let own_runs = [run(3, 5), run(8, 14), run(60, 62)];
        let runs = [run(0, 2), run(40, 47)];
        for own_runs in [&own_runs[..], &[]] {
            for runs in [&runs[..], &[]] {
                let found = rho(&shuffled, own_runs, runs, &[5, 10, 61, 97]);
                assert!(found.iter().flatten().all(|rho| rho.abs() < 1.0));
            }
        }
    }
}
