//! The bootstrap: draw units with replacement.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::{at_least, level as check_level};
use crate::{Error, Estimate};

/// How a bootstrap or a sampled test draws.
///
/// ```
/// use dissensus_stats::Resampling;
///
/// let often = Resampling { draws: 10_000, ..Resampling::default() };
/// assert_eq!((often.seed, often.level), (0, 0.95));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampling {
    /// How many resamples; by default 2000.
    pub draws: usize,
    /// The seed of the draws; by default 0.
    pub seed: u64,
    /// The level of confidence of the interval; by default 0.95.
    pub level: f64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self {
            draws: 2000,
            seed: 0,
            level: 0.95,
        }
    }
}

/// Bootstrap estimate of any statistic of `units` units, given as a function of the units that are drawn.
///
/// Each resample holds `units` of them, drawn with replacement. The standard error is the standard deviation over
/// resamples, the interval runs from quantile (1−level)/2 to (1+level)/2 of them (percentile interval). Resamples on
/// which the statistic is NaN (an area from labels of one class) are left out.
///
/// # Errors
/// Fewer than two units or draws, a level outside (0, 1), a statistic that is not finite on all units, or on fewer than
/// two resamples.
///
/// Source: Efron 1979.
///
/// ```
/// use dissensus_stats::{Resampling, bootstrap};
///
/// let values = [1.0, 2.0, 3.0, 4.0, 5.0];
/// let mean = bootstrap(5, &Resampling::default(), |drawn| {
///     drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64
/// })?;
/// assert_eq!(mean.value, 3.0);
/// assert!((mean.standard_error - (2.0_f64 / 5.0).sqrt()).abs() < 0.05); // sigma / sqrt(n)
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn bootstrap(
    units: usize,
    resampling: &Resampling,
    statistic: impl Fn(&[usize]) -> f64,
) -> Result<Estimate, Error> {
    at_least("bootstrap", 2, units)?;
    at_least("draws of a bootstrap", 2, resampling.draws)?;
    check_level(resampling.level)?;
    let all: Vec<usize> = (0..units).collect();
    let value = statistic(&all);
    if !value.is_finite() {
        return Err(Error::Statistic { index: 0, value });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    let mut drawn = all;
    let draw = |_| {
        drawn
            .iter_mut()
            .for_each(|unit| *unit = rng.random_range(0..units));
        statistic(&drawn)
    };
    let values: Vec<f64> = (0..resampling.draws)
        .map(draw)
        .filter(|v| v.is_finite())
        .collect();
    at_least("resamples with a finite statistic", 2, values.len())?;
    Ok(percentile(value, values, resampling.level, units))
}

/// Bootstrap over blocks: items that belong together (the tokens of one sequence) are drawn together.
///
/// `block[i]` names the block of item i, with any number. The statistic is given the items of the blocks drawn, block
/// after block; a block drawn twice appears twice.
///
/// # Errors
/// As [`bootstrap`], the blocks being the units.
///
/// ```
/// use dissensus_stats::{Resampling, bootstrap_blocks};
///
/// // Two sequences of two identical tokens: the blocks, not the tokens, are independent.
/// let (values, block) = ([0.0, 0.0, 1.0, 1.0], [7, 7, 9, 9]);
/// let mean = bootstrap_blocks(&block, &Resampling::default(), |drawn| {
///     drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64
/// })?;
/// assert_eq!((mean.value, mean.samples), (0.5, 2));
/// assert_eq!((mean.low, mean.high), (0.0, 1.0));
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn bootstrap_blocks(
    block: &[usize],
    resampling: &Resampling,
    statistic: impl Fn(&[usize]) -> f64,
) -> Result<Estimate, Error> {
    let mut members = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for (item, &name) in block.iter().enumerate() {
        members.entry(name).or_default().push(item);
    }
    let blocks: Vec<Vec<usize>> = members.into_values().collect();
    bootstrap(blocks.len(), resampling, |drawn| {
        let items: Vec<usize> = drawn
            .iter()
            .flat_map(|&b| blocks[b].iter().copied())
            .collect();
        statistic(&items)
    })
}

/// The percentile interval of resampled values.
fn percentile(value: f64, mut values: Vec<f64>, level: f64, samples: usize) -> Estimate {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    values.sort_by(f64::total_cmp);
    Estimate {
        value,
        standard_error: variance.sqrt(),
        low: quantile(&values, (1.0 - level) / 2.0),
        high: quantile(&values, (1.0 + level) / 2.0),
        level,
        samples,
    }
}

/// Quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan, the default of NumPy).
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + part * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let found = quantile(&[1.0, 2.0, 4.0, 8.0], 0.4);
        assert!((found - 2.4).abs() < 1e-12); // numpy.quantile([1, 2, 4, 8], 0.4)
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let spread = |drawn: &[usize]| drawn.iter().map(|&i| (i * i) as f64).sum::<f64>();
        let draw = |seed| {
            bootstrap(
                9,
                &Resampling {
                    seed,
                    ..Resampling::default()
                },
                spread,
            )
            .unwrap()
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn a_statistic_that_is_never_finite_is_an_error() {
        let error = bootstrap(3, &Resampling::default(), |_| f64::NAN).unwrap_err();
        assert!(matches!(error, Error::Statistic { .. }));
    }
}
