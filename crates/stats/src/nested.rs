//! The bootstrap of nested units: tasks, their folds, the seeds of a fold.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::bootstrap::resample;
use crate::error::{at_least, finite, same_length};
use crate::scale::mean;
use crate::{BootstrapEstimate, BootstrapParams, Error};

/// Mean of values that lie in nested units, with a percentile interval that draws at every level.
///
/// `units[i]` names the units of value i from the outermost in: `[task, fold, seed]`. The value is
/// the mean over tasks of the mean over their folds of the mean over their seeds, so that a task
/// with more folds weighs no more. A resample draws as many tasks as there are, with replacement;
/// within each task drawn as many folds as it has; within each fold as many seeds. Values that
/// share all units are averaged first and never drawn apart.
///
/// For a paired comparison give the differences of the pairs: both members of a pair are then
/// drawn together.
///
/// The interval is over the outermost units that there are. With very few of them (two or three
/// tasks) a percentile interval is too short, as any bootstrap's is.
///
/// # Errors
/// No level, another number of values than of names, a value that is not finite, fewer than two
/// outermost units; otherwise as [`bootstrap`](crate::bootstrap()).
///
/// Source: Davison and Hinkley 1997, section 3.8.
///
/// ```
/// use dissensus_stats::{BootstrapParams, bootstrap_nested};
///
/// // Two tasks with two folds each. The mean of means is (0.2 + 0.6)/2.
/// let units = [[0, 0], [0, 1], [1, 0], [1, 1]];
/// let gain = bootstrap_nested(&units, &[0.1, 0.3, 0.5, 0.7], &BootstrapParams::default())?;
/// assert!((gain.estimate.value - 0.4).abs() < 1e-12);
/// assert_eq!(gain.estimate.samples, 2);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn bootstrap_nested<const LEVELS: usize>(
    units: &[[usize; LEVELS]],
    values: &[f64],
    params: &BootstrapParams,
) -> Result<BootstrapEstimate, Error> {
    at_least("levels of nested units", 1, LEVELS)?;
    same_length("values of nested units", units.len(), values.len())?;
    finite(values)?;
    let named = units.iter().map(<[usize; LEVELS]>::as_slice);
    let all = Unit::of(named.zip(values.iter().copied()).collect());
    at_least("outermost units", 2, all.inside.len())?;
    resample(all.value, all.inside.len(), params, |rng| all.draw(rng))
}

/// A unit with the units inside it; none inside the innermost.
struct Unit {
    /// The mean of the units inside, or of the innermost unit's values.
    value: f64,
    inside: Vec<Unit>,
}

impl Unit {
    /// The unit of values with the names of the levels that are left.
    fn of(items: Vec<(&[usize], f64)>) -> Self {
        let mut groups = BTreeMap::<usize, Vec<(&[usize], f64)>>::new();
        for (names, value) in &items {
            if let [first, rest @ ..] = names {
                groups.entry(*first).or_default().push((rest, *value));
            }
        }
        let inside: Vec<Self> = groups.into_values().map(Self::of).collect();
        let values: Vec<f64> = if inside.is_empty() {
            items.iter().map(|item| item.1).collect()
        } else {
            inside.iter().map(|unit| unit.value).collect()
        };
        Self {
            value: mean(&values),
            inside,
        }
    }

    /// The mean of a resample.
    fn draw(&self, rng: &mut ChaCha8Rng) -> f64 {
        let n = self.inside.len();
        if n == 0 {
            return self.value;
        }
        let drawn = (0..n).map(|_| self.inside[rng.random_range(0..n)].draw(rng) / n as f64);
        drawn.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squared_deviation(values: &[f64]) -> f64 {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
    }

    #[test]
    fn the_error_is_the_sum_of_the_errors_of_the_levels() {
        let tasks: [[f64; 4]; 3] = [
            [1.0, 2.0, 4.0, 4.5],
            [0.0, -1.0, 2.0, 0.5],
            [3.0, 3.5, 7.0, 1.0],
        ];
        let (mut units, mut values) = (Vec::new(), Vec::new());
        for (task, folds) in tasks.iter().enumerate() {
            for (fold, &value) in folds.iter().enumerate() {
                units.push([task, fold]);
                values.push(value);
            }
        }
        let params = BootstrapParams::default().with_draws(40_000);
        let found = bootstrap_nested(&units, &values, &params).unwrap();
        // Var = Var(task means)/3 + mean of Var(folds of a task)/4/3, population variances.
        let means = tasks.map(|folds| folds.iter().sum::<f64>() / 4.0);
        let within = tasks
            .iter()
            .map(|folds| squared_deviation(folds))
            .sum::<f64>()
            / 3.0;
        let expected = (squared_deviation(&means) / 3.0 + within / 12.0).sqrt();
        let error = found.estimate.standard_error;
        assert!((error / expected - 1.0).abs() < 0.02, "{error} {expected}");
    }

    #[test]
    fn one_level_is_the_plain_bootstrap_of_a_mean() {
        let values = [0.1, 0.4, 0.2, 0.9, 0.5];
        let units = [[0], [1], [2], [3], [4]];
        let params = BootstrapParams::default();
        let nested = bootstrap_nested(&units, &values, &params).unwrap();
        let plain = crate::bootstrap(5, &params, |drawn| {
            drawn.iter().map(|&i| values[i]).sum::<f64>() / 5.0
        })
        .unwrap();
        assert!((nested.estimate.low - plain.estimate.low).abs() < 1e-12);
        assert!((nested.estimate.high - plain.estimate.high).abs() < 1e-12);
    }

    #[test]
    fn a_task_with_more_folds_weighs_no_more() {
        let units = [[0, 0], [1, 0], [1, 1], [1, 2]];
        let params = BootstrapParams::default();
        let found = bootstrap_nested(&units, &[0.0, 1.0, 1.0, 1.0], &params).unwrap();
        assert_eq!(found.estimate.value, 0.5);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let params = BootstrapParams::default();
        let one = bootstrap_nested(&[[0, 0], [0, 1]], &[1.0, 2.0], &params);
        assert!(matches!(one, Err(Error::TooFew { found: 1, .. })));
        let none = bootstrap_nested::<0>(&[[], []], &[1.0, 2.0], &params);
        assert!(matches!(none, Err(Error::TooFew { .. })));
        assert!(bootstrap_nested(&[[0], [1]], &[1.0], &params).is_err());
        assert!(bootstrap_nested(&[[0], [1]], &[1.0, f64::NAN], &params).is_err());
        assert!(bootstrap_nested::<1>(&[], &[], &params).is_err());
    }
}
