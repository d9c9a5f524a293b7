//! The bootstrap: draw units with replacement.

use std::fmt;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::{at_least, level as check_level};
use crate::scale::root_of_squares;
use crate::{Error, Estimate};

/// How a bootstrap draws.
///
/// ```
/// use dissensus_stats::BootstrapParams;
///
/// let often = BootstrapParams::default().with_draws(10_000);
/// assert_eq!((often.draws, often.seed, often.level), (10_000, 0, 0.95));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BootstrapParams {
    /// How many resamples; by default 2000.
    pub draws: usize,
    /// The seed of the draws; by default 0.
    pub seed: u64,
    /// The level of confidence of the interval; by default 0.95.
    pub level: f64,
}

impl Default for BootstrapParams {
    fn default() -> Self {
        Self {
            draws: 2000,
            seed: 0,
            level: 0.95,
        }
    }
}

impl BootstrapParams {
    /// Sets [`BootstrapParams::draws`].
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// Sets [`BootstrapParams::seed`].
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets [`BootstrapParams::level`].
    #[must_use]
    pub fn with_level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// Fails where a parameter is out of range.
    pub(crate) fn check(&self) -> Result<(), Error> {
        at_least("draws of a bootstrap", 2, self.draws)?;
        if self.draws > MOST_DRAWS {
            return Err(Error::Parameter {
                name: "draws of a bootstrap",
                expected: "at most 100000000",
                value: self.draws as f64,
            });
        }
        check_level(self.level)
    }
}

/// The values of all resamples are kept: 800 MB of them.
const MOST_DRAWS: usize = 100_000_000;

/// A bootstrap estimate, and on how many resamples the statistic said nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapEstimate {
    /// The value on all units with the percentile interval over resamples.
    pub estimate: Estimate,
    /// Resamples drawn.
    pub draws: usize,
    /// Resamples on which the statistic is NaN; they are left out of the interval, which so holds
    /// given that the statistic is defined.
    pub undefined: usize,
}

impl fmt::Display for BootstrapEstimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.estimate, f)?;
        if self.undefined > 0 {
            write!(
                f,
                " (undefined on {} of {} resamples)",
                self.undefined, self.draws
            )?;
        }
        Ok(())
    }
}

/// Bootstrap estimate of any statistic of `units` units, given as a function of the units drawn.
///
/// Each resample holds `units` of them, drawn with replacement. The standard error is the standard
/// deviation over resamples, the interval runs from quantile (1−level)/2 to (1+level)/2 of them
/// (percentile interval). Resamples on which the statistic is infinite count as such and may make
/// a bound infinite; those on which it is NaN (an area from labels of one class) are left out and
/// counted.
///
/// # Errors
/// Fewer than two units or draws, a level outside (0, 1), a statistic that is not finite on all
/// units, or NaN on more than half of the resamples.
///
/// Source: Efron 1979.
///
/// ```
/// use dissensus_stats::{BootstrapParams, bootstrap};
///
/// let values = [1.0, 2.0, 3.0, 4.0, 5.0];
/// let mean = bootstrap(5, &BootstrapParams::default(), |drawn| {
///     drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64
/// })?;
/// assert_eq!((mean.estimate.value, mean.undefined), (3.0, 0));
/// let expected = (2.0_f64 / 5.0).sqrt(); // sigma / sqrt(n)
/// assert!((mean.estimate.standard_error - expected).abs() < 0.05);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn bootstrap(
    units: usize,
    params: &BootstrapParams,
    statistic: impl Fn(&[usize]) -> f64,
) -> Result<BootstrapEstimate, Error> {
    at_least("units of a bootstrap", 2, units)?;
    let all: Vec<usize> = (0..units).collect();
    let value = statistic(&all);
    let mut drawn = all;
    resample(value, units, params, |rng| {
        drawn
            .iter_mut()
            .for_each(|unit| *unit = rng.random_range(0..units));
        statistic(&drawn)
    })
}

/// Bootstrap over blocks: items that belong together (the tokens of one sequence, the sequences of
/// one chromosome) are drawn together.
///
/// `block[i]` names the block of item i, with any number. The statistic is given the items of the
/// blocks drawn, block after block; a block drawn twice appears twice. This is the cluster
/// bootstrap.
///
/// # Errors
/// As [`bootstrap`], the blocks being the units.
///
/// ```
/// use dissensus_stats::{BootstrapParams, bootstrap_blocks};
///
/// // Two sequences of two identical tokens: the blocks, not the tokens, are independent.
/// let (values, block) = ([0.0, 0.0, 1.0, 1.0], [7, 7, 9, 9]);
/// let mean = bootstrap_blocks(&block, &BootstrapParams::default(), |drawn| {
///     drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64
/// })?;
/// assert_eq!((mean.estimate.value, mean.estimate.samples), (0.5, 2));
/// assert_eq!((mean.estimate.low, mean.estimate.high), (0.0, 1.0));
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn bootstrap_blocks(
    block: &[usize],
    params: &BootstrapParams,
    statistic: impl Fn(&[usize]) -> f64,
) -> Result<BootstrapEstimate, Error> {
    let mut members = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for (item, &name) in block.iter().enumerate() {
        members.entry(name).or_default().push(item);
    }
    let blocks: Vec<Vec<usize>> = members.into_values().collect();
    bootstrap(blocks.len(), params, |drawn| {
        let items: Vec<usize> = drawn
            .iter()
            .flat_map(|&b| blocks[b].iter().copied())
            .collect();
        statistic(&items)
    })
}

/// Draws a statistic and takes its percentile interval.
pub(crate) fn resample(
    value: f64,
    samples: usize,
    params: &BootstrapParams,
    mut draw: impl FnMut(&mut ChaCha8Rng) -> f64,
) -> Result<BootstrapEstimate, Error> {
    params.check()?;
    if !value.is_finite() {
        return Err(Error::Statistic { value });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
    let mut values: Vec<f64> = (0..params.draws).map(|_| draw(&mut rng)).collect();
    values.retain(|v| !v.is_nan());
    let undefined = params.draws - values.len();
    if undefined > values.len() {
        return Err(Error::Undefined {
            undefined,
            draws: params.draws,
        });
    }
    Ok(BootstrapEstimate {
        estimate: percentile(value, values, params.level, samples),
        draws: params.draws,
        undefined,
    })
}

/// The percentile interval of resampled values.
fn percentile(value: f64, mut values: Vec<f64>, level: f64, samples: usize) -> Estimate {
    let standard_error = if values.iter().all(|v| v.is_finite()) {
        root_of_squares(&values, 1.0 / (values.len().max(2) - 1) as f64)
    } else {
        f64::INFINITY
    };
    values.sort_by(f64::total_cmp);
    Estimate {
        value,
        standard_error,
        low: quantile(&values, (1.0 - level) / 2.0),
        high: quantile(&values, (1.0 + level) / 2.0),
        level,
        samples,
    }
}

/// Quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan, the default of
/// NumPy); between a finite and an infinite one, the infinite one.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (sorted[below], sorted[above]);
    if part == 0.0 || low == high {
        low
    } else if low.is_finite() && high.is_finite() {
        // Halves first: the distance of two huge values is not a number of this kind.
        low + part * (0.5 * high - 0.5 * low) * 2.0
    } else if low.is_infinite() && high.is_infinite() {
        f64::NAN
    } else if low.is_infinite() {
        low
    } else {
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let found = quantile(&[1.0, 2.0, 4.0, 8.0], 0.4);
        assert!((found - 2.4).abs() < 1e-12); // numpy.quantile([1, 2, 4, 8], 0.4)
        assert_eq!(quantile(&[1.0, 2.0, 4.0, 8.0], 1.0), 8.0);
        assert_eq!(quantile(&[1.0, f64::INFINITY], 0.5), f64::INFINITY);
        assert_eq!(quantile(&[f64::NEG_INFINITY, 1.0], 0.5), f64::NEG_INFINITY);
        assert_eq!(quantile(&[-1.5e308, 1.5e308], 0.5), 0.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let spread = |drawn: &[usize]| drawn.iter().map(|&i| (i * i) as f64).sum::<f64>();
        let draw = |seed| {
            let params = BootstrapParams::default().with_seed(seed);
            bootstrap(9, &params, spread).unwrap()
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn a_statistic_that_is_never_finite_is_an_error() {
        let error = bootstrap(3, &BootstrapParams::default(), |_| f64::NAN).unwrap_err();
        assert!(matches!(error, Error::Statistic { .. }));
    }

    #[test]
    fn resamples_that_are_infinite_are_not_left_out() {
        // 1/Σ of (0, 0, 0, 1): infinite on (3/4)^4 = 0.316 of the resamples.
        let values = [0.0, 0.0, 0.0, 1.0];
        let inverse = |drawn: &[usize]| 1.0 / drawn.iter().map(|&i| values[i]).sum::<f64>();
        let found = bootstrap(4, &BootstrapParams::default(), inverse).unwrap();
        assert_eq!((found.estimate.value, found.undefined), (1.0, 0));
        assert_eq!(found.estimate.high, f64::INFINITY);
        assert_eq!(found.estimate.standard_error, f64::INFINITY);
        assert!(found.estimate.low <= 0.5);
    }

    #[test]
    fn resamples_without_a_value_are_counted() {
        // NaN where unit 0 is not drawn: (2/3)^3 = 0.296 of the resamples.
        let statistic = |drawn: &[usize]| {
            if drawn.contains(&0) {
                drawn.iter().sum::<usize>() as f64
            } else {
                f64::NAN
            }
        };
        let found = bootstrap(3, &BootstrapParams::default(), statistic).unwrap();
        assert!((found.undefined as f64 / 2000.0 - 8.0 / 27.0).abs() < 0.04);
        let shown = found.to_string();
        let count = format!("(undefined on {} of 2000 resamples)", found.undefined);
        assert!(shown.ends_with(&count), "{shown}");
        let rarely = |drawn: &[usize]| match drawn {
            [0, 1, 2] => 1.0,
            _ => f64::NAN,
        };
        let error = bootstrap(3, &BootstrapParams::default(), rarely).unwrap_err();
        assert!(matches!(error, Error::Undefined { draws: 2000, .. }));
    }

    /// A bootstrap whose resamples have the values given.
    fn resampled(values: &[f64], level: f64) -> Result<BootstrapEstimate, Error> {
        let params = BootstrapParams::default().with_draws(values.len());
        let mut values = values.iter();
        resample(1.0, 3, &params.with_level(level), |_| {
            *values.next().unwrap()
        })
    }

    #[test]
    fn error_and_interval_are_those_of_the_resamples() {
        // 0, 1, …, 100 in another order: Σ (v − 50)² = 85850, of 100 degrees of freedom.
        let values: Vec<f64> = (0..101).map(|i| f64::from(i * 37 % 101)).collect();
        let found = resampled(&values, 0.9).unwrap().estimate;
        assert!((found.standard_error - 858.5_f64.sqrt()).abs() < 1e-12);
        assert!((found.low - 5.0).abs() < 1e-9 && (found.high - 95.0).abs() < 1e-9);
        assert_eq!((found.value, found.samples, found.level), (1.0, 3, 0.9));
    }

    #[test]
    fn half_of_the_resamples_may_be_undefined() {
        let (value, none) = (2.0, f64::NAN);
        let found = resampled(&[value, none, none, value], 0.9).unwrap();
        assert_eq!((found.undefined, found.estimate.low), (2, 2.0));
        let refused = resampled(&[value, none, none], 0.9).unwrap_err();
        assert_eq!(
            refused,
            Error::Undefined {
                undefined: 2,
                draws: 3
            }
        );
    }

    #[test]
    fn limits_are_checked() {
        let mean = |drawn: &[usize]| drawn.len() as f64;
        let with = |params: BootstrapParams| bootstrap(3, &params, mean);
        let params = BootstrapParams::default;
        assert!(with(params().with_draws(2)).is_ok());
        assert!(with(params().with_draws(1)).is_err());
        assert!(with(params().with_draws(usize::MAX)).is_err());
        assert!(params().with_draws(MOST_DRAWS).check().is_ok());
        assert!(params().with_draws(MOST_DRAWS + 1).check().is_err());
        assert!(with(params().with_level(1.0)).is_err());
        assert!(bootstrap(1, &params(), mean).is_err());
        assert!(bootstrap(2, &params(), mean).is_ok());
    }
}
