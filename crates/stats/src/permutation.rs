//! Permutation tests: how often would chance do as much?

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::{at_least, finite};
use crate::scale::{Sum, unit};

/// Which permutations a test goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permutations {
    /// All of them; at most 2²⁴.
    Exact,
    /// So many, drawn at random; p = (1 + hits)/(1 + draws), which is never 0.
    Sampled {
        /// How many.
        draws: usize,
        /// The seed of the draws.
        seed: u64,
    },
    /// All of them where there are no more than `draws`, else so many drawn at random.
    UpTo {
        /// How many at most.
        draws: usize,
        /// The seed of the draws.
        seed: u64,
    },
}

impl Permutations {
    /// Which way `count` permutations are gone through: none for all of them, else draws and seed.
    fn plan(self, count: u64) -> Result<Option<(usize, u64)>, Error> {
        match self {
            Self::Exact => check_count(count).map(|()| None),
            Self::UpTo { draws, .. } if count <= draws as u64 && count <= LARGEST => Ok(None),
            Self::Sampled { draws, seed } | Self::UpTo { draws, seed } => {
                at_least("draws of a permutation test", 1, draws)?;
                Ok(Some((draws, seed)))
            }
        }
    }
}

/// The outcome of a permutation test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PermutationTest {
    /// The observed difference of means.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub difference: f64,
    /// Two-sided p: the fraction of permutations with an absolute difference at least as large.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub p_value: f64,
    /// How many permutations were tried.
    pub permutations: usize,
    /// Whether all of them were: then the p value is exact.
    pub exact: bool,
}

impl std::fmt::Display for PermutationTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "difference {:.4}, p = {:.4}",
            self.difference, self.p_value
        )
    }
}

/// So many permutations are enumerated at most.
const LARGEST: u64 = 1 << 24;

/// Tests whether two independent samples have equal means, by exchanging labels.
///
/// # Errors
/// An empty sample, a value that is not finite, more than 2²⁴ exact permutations.
///
/// Source: Fisher 1935; Phipson and Smyth 2010 for the sampled p.
///
/// ```
/// use dissensus_stats::{Permutations, permutation_test};
///
/// // Of the 20 ways to split six numbers, only this one and its mirror differ as much.
/// let test = permutation_test(&[1.0, 2.0, 3.0], &[7.0, 8.0, 9.0], Permutations::Exact)?;
/// assert_eq!((test.difference, test.p_value), (-6.0, 0.1));
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn permutation_test(
    a: &[f64],
    b: &[f64],
    permutations: Permutations,
) -> Result<PermutationTest, Error> {
    at_least(
        "values in the first sample of a permutation test",
        1,
        a.len(),
    )?;
    at_least(
        "values in the second sample of a permutation test",
        1,
        b.len(),
    )?;
    let mut pooled = [a, b].concat();
    finite(&pooled)?;
    let unit = unit(&pooled);
    pooled.iter_mut().for_each(|v| *v /= unit);
    let total = Sum::of(&pooled);
    let difference_of = |sum: Sum| sum.value() / a.len() as f64 - total.minus(sum) / b.len() as f64;
    let observed = difference_of(Sum::of(&pooled[..a.len()]));
    let mut hits = Hits::new(
        observed,
        mean_size(&pooled[..a.len()]) + mean_size(&pooled[a.len()..]),
        unit,
    );
    match permutations.plan(choose(pooled.len() as u64, a.len() as u64))? {
        None => {
            each_combination(&pooled, a.len(), 0, Sum::default(), &mut |sum| {
                hits.count(difference_of(sum))
            });
            Ok(hits.exact())
        }
        Some((draws, seed)) => {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            for _ in 0..draws {
                pooled.shuffle(&mut rng);
                hits.count(difference_of(Sum::of(&pooled[..a.len()])));
            }
            Ok(hits.sampled())
        }
    }
}

/// Tests whether paired differences have mean zero, by flipping their signs (sign-flip test).
///
/// # Errors
/// No difference, one that is not finite, more than 24 of them where all flips are asked for.
///
/// ```
/// use dissensus_stats::{Permutations, paired_permutation_test};
///
/// // All five differences point one way: 2 of the 2^5 sign patterns are as extreme.
/// let test = paired_permutation_test(&[1.0, 2.0, 1.5, 0.5, 1.0], Permutations::Exact)?;
/// assert_eq!(test.p_value, 2.0 / 32.0);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn paired_permutation_test(
    differences: &[f64],
    permutations: Permutations,
) -> Result<PermutationTest, Error> {
    at_least("pairs of a permutation test", 1, differences.len())?;
    finite(differences)?;
    let n = differences.len() as f64;
    let unit = unit(differences);
    let differences: Vec<f64> = differences.iter().map(|d| d / unit).collect();
    let observed = Sum::of(&differences).value() / n;
    let mut hits = Hits::new(observed, mean_size(&differences), unit);
    let mut flipped = |keeps: &mut dyn FnMut() -> bool| {
        let signed = differences.iter().map(|d| if keeps() { *d } else { -d });
        let sum = signed.fold(Sum::default(), Sum::plus);
        hits.count(sum.value() / n);
    };
    let patterns = u32::try_from(differences.len())
        .ok()
        .and_then(|n| 1_u64.checked_shl(n))
        .unwrap_or(u64::MAX);
    match permutations.plan(patterns)? {
        None => {
            for mut pattern in 0..patterns {
                flipped(&mut || {
                    let keeps = pattern & 1 == 0;
                    pattern >>= 1;
                    keeps
                });
            }
            Ok(hits.exact())
        }
        Some((draws, seed)) => {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            (0..draws).for_each(|_| flipped(&mut || rng.random()));
            Ok(hits.sampled())
        }
    }
}

/// Counts permutations at least as extreme as what was observed.
struct Hits {
    observed: f64,
    threshold: f64,
    unit: f64,
    hits: usize,
    tried: usize,
}

/// Values are known to half of their last place, differences of scores to a few: a difference
/// that is this close to the observed one, in units of the means of the absolute values, is a tie.
const TIE: f64 = 64.0 * f64::EPSILON;

impl Hits {
    /// Differences in units of `unit`; `size` is the sum of the means of the absolute values.
    fn new(observed: f64, size: f64, unit: f64) -> Self {
        Self {
            observed,
            threshold: observed.abs() - TIE * size,
            unit,
            hits: 0,
            tried: 0,
        }
    }

    fn count(&mut self, difference: f64) {
        self.tried += 1;
        self.hits += usize::from(difference.abs() >= self.threshold);
    }

    fn exact(&self) -> PermutationTest {
        self.with(self.hits as f64 / self.tried as f64, true)
    }

    fn sampled(&self) -> PermutationTest {
        self.with((self.hits + 1) as f64 / (self.tried + 1) as f64, false)
    }

    fn with(&self, p_value: f64, exact: bool) -> PermutationTest {
        PermutationTest {
            difference: self.observed * self.unit,
            p_value,
            permutations: self.tried,
            exact,
        }
    }
}

fn mean_size(values: &[f64]) -> f64 {
    values.iter().map(|v| v.abs()).sum::<f64>() / values.len() as f64
}

/// Calls `with` for the sum of every choice of `left` of the values from `from` on, added to `sum`.
fn each_combination(values: &[f64], left: usize, from: usize, sum: Sum, with: &mut dyn FnMut(Sum)) {
    if left == 0 {
        return with(sum);
    }
    for next in from..=values.len() - left {
        each_combination(values, left - 1, next + 1, sum.plus(values[next]), with);
    }
}

/// n over k, saturating.
fn choose(n: u64, k: u64) -> u64 {
    (1..=k.min(n - k))
        .try_fold(1_u64, |c, i| Some(c.checked_mul(n + 1 - i)? / i))
        .unwrap_or(u64::MAX)
}

fn check_count(count: u64) -> Result<(), Error> {
    if count <= LARGEST {
        Ok(())
    } else {
        let expected = "at most 16777216; sample them instead";
        Err(Error::Parameter {
            name: "number of exact permutations",
            expected,
            value: count as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sampled_p_tends_to_the_exact_one() {
        let (a, b) = ([1.0, 4.0, 2.5, 6.0], [3.0, 5.0, 7.5, 8.0, 6.5]);
        let exact = permutation_test(&a, &b, Permutations::Exact).unwrap();
        let sampled = permutation_test(
            &a,
            &b,
            Permutations::Sampled {
                draws: 20_000,
                seed: 1,
            },
        )
        .unwrap();
        assert_eq!(exact.permutations, 126);
        assert!(
            (exact.p_value - sampled.p_value).abs() < 0.01,
            "{exact} {sampled}"
        );
    }

    #[test]
    fn one_large_value_does_not_make_all_differences_ties() {
        // scipy.stats.permutation_test, all 70 permutations: 34/70.
        let (a, b) = ([1e13, 1.0, 2.0, 3.0], [1e13, 5.0, 6.0, 7.0]);
        let found = permutation_test(&a, &b, Permutations::Exact).unwrap();
        assert_eq!((found.difference, found.p_value), (-3.0, 34.0 / 70.0));
    }

    #[test]
    fn extreme_values_are_tested_as_ordinary_ones() {
        for size in [1e-310, 1e-200, 1.0, 1e200, 5e307] {
            let of = |values: [f64; 3]| values.map(|v| v * size);
            let (a, b) = (of([1.0, 2.0, 3.0]), of([-3.0, -2.5, -1.0]));
            let found = permutation_test(&a, &b, Permutations::Exact).unwrap();
            assert_eq!(found.p_value, 0.1, "{size}");
            let paired = paired_permutation_test(&a, Permutations::Exact).unwrap();
            assert_eq!(paired.p_value, 0.25, "{size}");
            assert!((paired.difference / (2.0 * size) - 1.0).abs() < 1e-9);
        }
        let huge = permutation_test(&[1e308, 1e308], &[1e308], Permutations::Exact).unwrap();
        assert_eq!((huge.difference, huge.p_value), (0.0, 1.0));
    }

    #[test]
    fn rounded_differences_of_scores_are_ties() {
        // 0.8 - 0.7 and 0.9 - 0.8 are both a tenth, but for their last bits.
        let differences = [0.8 - 0.7, 0.8 - 0.9, 0.3 - 0.1, -0.2];
        let found = paired_permutation_test(&differences, Permutations::Exact).unwrap();
        assert_eq!(found.p_value, 1.0);
    }

    #[test]
    fn ties_are_ties_whatever_the_unit_of_the_values() {
        // 0.1 + 0.2 − 0.3 is 0, but for rounding: no pattern of signs is below 0.07.
        for unit in [2.0_f64.powi(-30), 1.0, 2.0_f64.powi(30)] {
            let values = [-0.3, 0.1, 0.2, 0.07].map(|v| v * unit);
            let found = paired_permutation_test(&values, Permutations::Exact).unwrap();
            assert_eq!(found.p_value, 1.0, "{unit}");
            // What is larger than rounding is no tie: 0.07 ± 4e-12, and their mirror images.
            let values = [-0.3, 0.1, 0.2 + 4e-12, 0.07].map(|v| v * unit);
            let found = paired_permutation_test(&values, Permutations::Exact).unwrap();
            assert_eq!(found.p_value, 14.0 / 16.0, "{unit}");
        }
    }

    #[test]
    fn the_sampled_p_counts_what_was_observed() {
        let sampled = Permutations::Sampled { draws: 9, seed: 7 };
        // Of 2^40 patterns two are as extreme: none is drawn.
        let rare = paired_permutation_test(&[1.0; 40], sampled).unwrap();
        assert_eq!((rare.p_value, rare.permutations), (0.1, 9));
        let always = paired_permutation_test(&[1.0], sampled).unwrap();
        assert_eq!(always.p_value, 1.0);
        assert_eq!(always.to_string(), "difference 1.0000, p = 1.0000");
    }

    #[test]
    fn few_permutations_are_all_tried_and_many_drawn() {
        let values = [0.5, 1.0, 2.0, 0.25];
        let upto = |draws| Permutations::UpTo { draws, seed: 3 };
        let all = paired_permutation_test(&values, upto(16)).unwrap();
        assert_eq!(
            (all.exact, all.permutations, all.p_value),
            (true, 16, 0.125)
        );
        let some = paired_permutation_test(&values, upto(15)).unwrap();
        assert_eq!((some.exact, some.permutations), (false, 15));
        let same = Permutations::Sampled { draws: 15, seed: 3 };
        assert_eq!(paired_permutation_test(&values, same).unwrap(), some);
        assert!(paired_permutation_test(&values, upto(0)).is_err());
    }

    #[test]
    fn numbers_of_combinations_are_those_of_pascal() {
        assert_eq!(
            (choose(6, 3), choose(5, 0), choose(24, 12)),
            (20, 1, 2_704_156)
        );
        assert_eq!((choose(70, 2), choose(70, 68)), (2415, 2415));
        assert_eq!(choose(200, 100), u64::MAX);
        assert!(check_count(LARGEST).is_ok() && check_count(LARGEST + 1).is_err());
    }

    #[test]
    fn too_many_permutations_are_refused() {
        let many = vec![1.0; 40];
        assert!(permutation_test(&many, &many, Permutations::Exact).is_err());
        assert!(paired_permutation_test(&many, Permutations::Exact).is_err());
    }

    #[test]
    fn samples_without_a_difference_have_p_one() {
        let test = permutation_test(&[1.0, 2.0], &[1.0, 2.0], Permutations::Exact).unwrap();
        assert_eq!(test.p_value, 1.0);
    }
}
