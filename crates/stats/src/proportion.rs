//! Rates: how many of how many.

use statrs::distribution::{Beta, ContinuousCDF};

use crate::error::{at_least, level as check_level};
use crate::estimate::normal_quantile;
use crate::{Error, Estimate};

/// A rate with Clopper and Pearson's exact interval, which is valid at 0 and 1 too.
///
/// The bounds are the quantiles (1−level)/2 of Beta(k, n−k+1) and (1+level)/2 of Beta(k+1, n−k), 0
/// for k = 0 and 1 for k = n. It covers at least as often as its level says.
///
/// # Errors
/// No trial, more successes than trials, a level outside (0, 1).
///
/// Source: Clopper and Pearson 1934.
///
/// ```
/// use dissensus_stats::proportion_exact;
///
/// // Ten of ten right: the rate may well be 0.7. Lower bound 0.025^(1/10).
/// let rate = proportion_exact(10, 10, 0.95)?;
/// assert!((rate.low - 0.025_f64.powf(0.1)).abs() < 1e-9);
/// assert_eq!((rate.value, rate.high), (1.0, 1.0));
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn proportion_exact(successes: usize, trials: usize, level: f64) -> Result<Estimate, Error> {
    let (k, n) = checked(successes, trials, level)?;
    let quantile = |a: f64, b: f64, p: f64| match Beta::new(a, b) {
        Ok(beta) => beta.inverse_cdf(p),
        Err(_) => f64::NAN,
    };
    let low = if successes == 0 {
        0.0
    } else {
        quantile(k, n - k + 1.0, (1.0 - level) / 2.0)
    };
    let high = if successes == trials {
        1.0
    } else {
        quantile(k + 1.0, n - k, (1.0 + level) / 2.0)
    };
    Ok(estimate(k, n, low, high, level))
}

/// A rate with Wilson's score interval: shorter than the exact one, right on average.
///
/// (p + z²/2n ± z·√(p(1−p)/n + z²/4n²))/(1 + z²/n).
///
/// # Errors
/// As [`proportion_exact`].
///
/// Source: Wilson 1927; Newcombe 1998 for the comparison.
///
/// ```
/// use dissensus_stats::proportion_wilson;
///
/// // 0 of 4, z² = 3.8415: from 0 to z²/(4 + z²).
/// let rate = proportion_wilson(0, 4, 0.95)?;
/// assert_eq!(rate.low, 0.0);
/// assert!((rate.high - 3.841_458_8 / 7.841_458_8).abs() < 1e-6);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn proportion_wilson(successes: usize, trials: usize, level: f64) -> Result<Estimate, Error> {
    let (k, n) = checked(successes, trials, level)?;
    let (p, z) = (k / n, normal_quantile(level));
    let (shrunk, spread) = (
        p + z * z / (2.0 * n),
        z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt(),
    );
    let scale = 1.0 + z * z / n;
    let low = if successes == 0 {
        0.0
    } else {
        (shrunk - spread) / scale
    };
    let high = if successes == trials {
        1.0
    } else {
        (shrunk + spread) / scale
    };
    Ok(estimate(k, n, low, high, level))
}

fn checked(successes: usize, trials: usize, level: f64) -> Result<(f64, f64), Error> {
    at_least("trials of a rate", 1, trials)?;
    check_level(level)?;
    if successes > trials {
        return Err(Error::Parameter {
            name: "successes",
            expected: "no more than trials",
            value: successes as f64,
        });
    }
    Ok((successes as f64, trials as f64))
}

fn estimate(k: f64, n: f64, low: f64, high: f64, level: f64) -> Estimate {
    let value = k / n;
    Estimate {
        value,
        standard_error: (value * (1.0 - value) / n).sqrt(),
        low,
        high,
        level,
        samples: n as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_counts_are_refused() {
        for of in [proportion_exact, proportion_wilson] {
            assert!(of(0, 0, 0.95).is_err());
            assert!(of(3, 2, 0.95).is_err());
            assert!(of(1, 2, 1.0).is_err());
            assert!(of(2, 2, 0.95).unwrap().high == 1.0);
        }
    }

    #[test]
    fn value_and_error_are_those_of_the_binomial_distribution() {
        for of in [proportion_exact, proportion_wilson] {
            let found = of(3, 12, 0.9).unwrap();
            // √(1/4 · 3/4 / 12)
            assert_eq!((found.value, found.standard_error), (0.25, 0.125));
            assert_eq!((found.samples, found.level), (12, 0.9));
        }
    }

    #[test]
    fn successes_and_failures_mirror_each_other() {
        for of in [proportion_exact, proportion_wilson] {
            let (a, b) = (of(2, 9, 0.9).unwrap(), of(7, 9, 0.9).unwrap());
            assert!((a.low + b.high - 1.0).abs() < 1e-9);
            assert!(a.covers(2.0 / 9.0) && a.low > 0.0 && b.high < 1.0);
        }
    }
}
