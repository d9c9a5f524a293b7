//! Intervals of every metric from one set of resamples of groups.

use dissensus_stats::{BootstrapParams, Estimate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::report::Tested;
use crate::score::Scorer;
use crate::{Error, Metric};

/// Resamples scored at a time, so that their weights need little memory.
const AT_ONCE: usize = 64;

/// The test rows of all folds, ready to be scored with any weights.
pub(super) struct Resampled {
    scorers: Vec<Scorer>,
    /// Of each fold, the group of each test row, counted among the groups tested.
    groups: Vec<Vec<usize>>,
    pub count: usize,
}

impl Resampled {
    pub fn new(tested: &[Tested], groups: &[usize]) -> Result<Self, Error> {
        let mut known: Vec<usize> = tested
            .iter()
            .flat_map(|fold| &fold.rows)
            .map(|&row| groups[row])
            .collect();
        known.sort_unstable();
        known.dedup();
        let mut place = vec![0; known.last().map_or(0, |last| last + 1)];
        known
            .iter()
            .enumerate()
            .for_each(|(i, &group)| place[group] = i);
        let of = |fold: &Tested| fold.rows.iter().map(|&row| place[groups[row]]).collect();
        Ok(Self {
            scorers: tested
                .iter()
                .map(|fold| Scorer::new(&fold.truth, &fold.outcome))
                .collect::<Result<_, _>>()?,
            groups: tested.iter().map(of).collect(),
            count: known.len(),
        })
    }

    pub fn scorers(&self) -> &[Scorer] {
        &self.scorers
    }

    /// Every metric where each group counts so often: the mean over the folds in which it is
    /// defined.
    pub fn means(&self, weights: &[f64]) -> Vec<Option<f64>> {
        let folds: Vec<_> = self
            .scorers
            .iter()
            .zip(&self.groups)
            .filter_map(|(scorer, groups)| {
                let rows: Vec<f64> = groups.iter().map(|&group| weights[group]).collect();
                rows.iter().any(|&w| w > 0.0).then(|| scorer.scores(&rows))
            })
            .collect();
        let mean = |&metric: &Metric| {
            let values: Vec<f64> = folds
                .iter()
                .filter_map(|scores| scores.get(metric))
                .collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        Metric::ALL.iter().map(mean).collect()
    }

    /// A function of the weights of the groups on every resample; the resamples depend on seed and
    /// number of groups alone.
    pub fn draws<T: Send>(
        &self,
        bootstrap: &BootstrapParams,
        statistic: impl Fn(&[f64]) -> T + Sync,
    ) -> Vec<T> {
        let mut rng = ChaCha8Rng::seed_from_u64(bootstrap.seed);
        let mut found = Vec::with_capacity(bootstrap.draws);
        while found.len() < bootstrap.draws {
            let some = AT_ONCE.min(bootstrap.draws - found.len());
            let weights: Vec<Vec<f64>> = (0..some)
                .map(|_| {
                    let mut weights = vec![0.0; self.count];
                    for _ in 0..self.count {
                        weights[rng.random_range(0..self.count)] += 1.0;
                    }
                    weights
                })
                .collect();
            found.par_extend(weights.par_iter().map(|weights| statistic(weights)));
        }
        found
    }
}

/// A value with the percentile interval of its resamples, and how many of those had none.
pub(super) fn estimate(
    value: f64,
    draws: impl Iterator<Item = Option<f64>>,
    bootstrap: &BootstrapParams,
    groups: usize,
) -> (Estimate, usize) {
    let all: Vec<Option<f64>> = draws.collect();
    let mut defined: Vec<f64> = all.iter().flatten().copied().collect();
    let undefined = all.len() - defined.len();
    if groups < 2 || defined.len() < 2 {
        return (Estimate::without_interval(value, groups), undefined);
    }
    defined.sort_by(f64::total_cmp);
    let n = defined.len() as f64;
    let mean = defined.iter().sum::<f64>() / n;
    let variance = defined.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let estimate = Estimate {
        value,
        standard_error: variance.sqrt(),
        low: quantile(&defined, (1.0 - bootstrap.level) / 2.0),
        high: quantile(&defined, (1.0 + bootstrap.level) / 2.0),
        level: bootstrap.level,
        samples: groups,
    };
    (estimate, undefined)
}

/// Quantile of sorted values, linear between neighbours.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + part * (sorted[above] - sorted[below])
}
