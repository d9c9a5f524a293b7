//! The jackknife: leave one unit out at a time.

use crate::error::{at_least, finite, level as check_level, same_length};
use crate::scale::{mean, root_of_squares};
use crate::{Error, Estimate};

/// Jackknife estimate of a statistic from its value on all n units and its n values with one unit
/// left out.
///
/// SE² = (n−1)/n · Σ (θ₍ᵢ₎ − θ̄)², with θ₍ᵢ₎ the statistic without unit i and θ̄ their mean; the
/// interval is θ ± t·SE with Student's t of n − 1 degrees of freedom. The value is θ itself, not
/// corrected for bias.
///
/// # Errors
/// Fewer than two units, a value that is not finite, a level outside (0, 1).
///
/// Source: Tukey 1958; Efron and Stein 1981.
///
/// ```
/// use dissensus_stats::jackknife;
///
/// // The mean of 1, 2, 3, and the means of the three pairs.
/// let mean = jackknife(2.0, &[2.5, 2.0, 1.5], 0.95)?;
/// assert!((mean.standard_error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12); // s/sqrt(3), s = 1
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn jackknife(value: f64, leave_one_out: &[f64], level: f64) -> Result<Estimate, Error> {
    let n = leave_one_out.len();
    at_least("values of a jackknife", 2, n)?;
    finite(&[value])?;
    finite(leave_one_out)?;
    check_level(level)?;
    let standard_error = root_of_squares(leave_one_out, (n - 1) as f64 / n as f64);
    Ok(Estimate::student(value, standard_error, n - 1, level, n))
}

/// Jackknife of any statistic of `units` units, given as a function of the units that are kept.
///
/// The function is called once with all of `0..units` and once without each of them.
///
/// # Errors
/// As [`jackknife`].
///
/// ```
/// use dissensus_stats::jackknife_with;
///
/// let values = [1.0, 2.0, 3.0, 10.0];
/// let largest =
///     jackknife_with(4, 0.95, |kept| kept.iter().map(|&i| values[i]).fold(0.0, f64::max))?;
/// assert_eq!(largest.value, 10.0);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn jackknife_with(
    units: usize,
    level: f64,
    statistic: impl Fn(&[usize]) -> f64,
) -> Result<Estimate, Error> {
    at_least("units of a jackknife", 2, units)?;
    let all: Vec<usize> = (0..units).collect();
    let without = |left_out: usize| {
        let kept: Vec<usize> = all.iter().copied().filter(|&i| i != left_out).collect();
        statistic(&kept)
    };
    let leave_one_out: Vec<f64> = (0..units).map(without).collect();
    jackknife(statistic(&all), &leave_one_out, level)
}

/// Mean of one value per member, with its jackknife interval.
///
/// SE = s/√n, the textbook standard error of a mean, to which the jackknife reduces here.
///
/// # Errors
/// As [`jackknife`].
///
/// ```
/// let mean = dissensus_stats::jackknife_mean(&[1.0, 2.0, 3.0], 0.95)?;
/// assert_eq!(mean.value, 2.0);
/// // t of 2 degrees
/// assert!((mean.high - (2.0 + 4.302_652_729_911 / 3.0_f64.sqrt())).abs() < 1e-9);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn jackknife_mean(values: &[f64], level: f64) -> Result<Estimate, Error> {
    finite(values)?;
    jackknife_with(values.len(), level, |kept| {
        mean(&kept.iter().map(|&i| values[i]).collect::<Vec<_>>())
    })
}

/// Mean of one value per pair of members, with the interval of a jackknife over **members**.
///
/// `values` holds the n(n−1)/2 pairs in the order (0,1), (0,2), …, (1,2), …. The pairs of one
/// member share it, so they are no independent samples: leaving out one member removes all n − 1 of
/// its pairs at once.
///
/// # Errors
/// Fewer than three members, a number of values other than n(n−1)/2; otherwise as [`jackknife`].
///
/// ```
/// use dissensus_stats::jackknife_pairs;
///
/// let distance = jackknife_pairs(3, &[0.2, 0.3, 0.4], 0.95)?;
/// assert!((distance.value - 0.3).abs() < 1e-12);
/// // Without a member one pair is left: 0.4, 0.3, 0.2.  SE^2 = 2/3 * 0.02.
/// assert!((distance.standard_error - (0.04_f64 / 3.0).sqrt()).abs() < 1e-12);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn jackknife_pairs(members: usize, values: &[f64], level: f64) -> Result<Estimate, Error> {
    at_least("members of a jackknife over pairs", 3, members)?;
    let expected = members
        .checked_mul(members - 1)
        .map_or(usize::MAX, |n| n / 2);
    same_length("values of pairs", expected, values.len())?;
    finite(values)?;
    let pairs: Vec<(usize, usize)> = (0..members)
        .flat_map(|i| (i + 1..members).map(move |j| (i, j)))
        .collect();
    let mean_without = |left_out: usize| {
        let kept = pairs
            .iter()
            .zip(values)
            .filter(|((i, j), _)| *i != left_out && *j != left_out);
        mean(&kept.map(|(_, v)| *v).collect::<Vec<_>>())
    };
    let leave_one_out: Vec<f64> = (0..members).map(mean_without).collect();
    jackknife(mean(values), &leave_one_out, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_constant_is_a_point() {
        let estimate = jackknife_pairs(4, &[0.5; 6], 0.9).unwrap();
        assert_eq!((estimate.low, estimate.high), (0.5, 0.5));
    }

    #[test]
    fn a_member_that_is_left_out_takes_all_of_its_pairs_along() {
        let of = [0.5, 2.0, -1.0, 4.0, 7.0];
        let pair = |i: usize, j: usize| of[i] * of[j] + of[i];
        let values_of = |kept: &[usize]| -> Vec<f64> {
            let later = |at: usize| kept[at + 1..].iter().map(move |&j| pair(kept[at], j));
            (0..kept.len()).flat_map(later).collect()
        };
        let expected = jackknife_with(5, 0.9, |kept| mean(&values_of(kept))).unwrap();
        let found = jackknife_pairs(5, &values_of(&[0, 1, 2, 3, 4]), 0.9).unwrap();
        assert_eq!(found, expected);
    }

    #[test]
    fn extreme_values_have_their_interval() {
        // s = (a - b)/√2 and SE = s/√2 = 5e199.
        let found = jackknife_mean(&[1e-200, 1e200], 0.95).unwrap();
        assert!((found.value / 5e199 - 1.0).abs() < 1e-12);
        assert!((found.standard_error / 5e199 - 1.0).abs() < 1e-12);
        let tiny = jackknife_mean(&[1e-300, 3e-300], 0.95).unwrap();
        assert!((tiny.standard_error / 1e-300 - 1.0).abs() < 1e-12);
        let huge = jackknife_pairs(3, &[1e308, 1.2e308, 1.4e308], 0.95).unwrap();
        assert!((huge.value / 1.2e308 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn limits_are_counted() {
        assert!(jackknife_pairs(2, &[1.0], 0.95).is_err());
        assert!(jackknife_pairs(usize::MAX, &[1.0], 0.95).is_err());
        assert!(jackknife_mean(&[1.0, 2.0], 0.95).is_ok());
        assert!(jackknife_with(1, 0.95, |_| 1.0).is_err());
        assert!(jackknife(f64::NAN, &[1.0, 2.0], 0.95).is_err());
        assert!(jackknife(1.0, &[1.0], 0.95).is_err());
    }

    #[test]
    fn bad_input_is_named() {
        assert_eq!(
            jackknife(1.0, &[1.0, f64::NAN], 0.9)
                .unwrap_err()
                .to_string(),
            "value 1: expected a finite number, found NaN"
        );
        assert_eq!(
            jackknife_pairs(4, &[0.5; 5], 0.9).unwrap_err(),
            Error::Length {
                what: "values of pairs",
                expected: 6,
                found: 5
            }
        );
        assert!(matches!(
            jackknife_mean(&[1.0], 0.9),
            Err(Error::TooFew {
                needed: 2,
                found: 1,
                ..
            })
        ));
        assert!(matches!(
            jackknife_mean(&[1.0, 2.0], 1.0),
            Err(Error::Parameter { name: "level", .. })
        ));
    }
}
