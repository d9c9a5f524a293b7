//! Permutation tests: how often would chance do as much?

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Error;
use crate::error::{at_least, finite};

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
}

/// The outcome of a permutation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PermutationTest {
    /// The observed difference of means.
    pub difference: f64,
    /// Two-sided p: the share of permutations with an absolute difference at least as large.
    pub p_value: f64,
    /// How many permutations were tried.
    pub permutations: usize,
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
    at_least("first sample of a permutation test", 1, a.len())?;
    at_least("second sample of a permutation test", 1, b.len())?;
    let mut pooled = [a, b].concat();
    finite(&pooled)?;
    let total: f64 = pooled.iter().sum();
    let difference_of = |sum: f64| sum / a.len() as f64 - (total - sum) / b.len() as f64;
    let observed = difference_of(a.iter().sum());
    let mut hits = Hits::new(observed, pooled.iter().fold(0.0, |m, v| v.abs().max(m)));
    match permutations {
        Permutations::Exact => {
            check_count(choose(pooled.len() as u64, a.len() as u64))?;
            each_combination(&pooled, a.len(), 0, 0.0, &mut |sum| {
                hits.count(difference_of(sum))
            });
            Ok(hits.exact())
        }
        Permutations::Sampled { draws, seed } => {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            for _ in 0..draws {
                pooled.shuffle(&mut rng);
                hits.count(difference_of(pooled[..a.len()].iter().sum()));
            }
            Ok(hits.sampled())
        }
    }
}

/// Tests whether paired differences have mean zero, by flipping their signs.
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
    at_least("paired permutation test", 1, differences.len())?;
    finite(differences)?;
    let n = differences.len() as f64;
    let scale = differences.iter().fold(0.0, |m: f64, v| v.abs().max(m));
    let mut hits = Hits::new(differences.iter().sum::<f64>() / n, scale);
    let mut flipped = |keeps: &mut dyn FnMut() -> bool| {
        let sum: f64 = differences
            .iter()
            .map(|d| if keeps() { *d } else { -d })
            .sum();
        hits.count(sum / n);
    };
    match permutations {
        Permutations::Exact => {
            check_count(
                1_u64
                    .checked_shl(differences.len() as u32)
                    .unwrap_or(u64::MAX),
            )?;
            for mut pattern in 0..1_u64 << differences.len() {
                flipped(&mut || {
                    let keeps = pattern & 1 == 0;
                    pattern >>= 1;
                    keeps
                });
            }
            Ok(hits.exact())
        }
        Permutations::Sampled { draws, seed } => {
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
    hits: usize,
    tried: usize,
}

impl Hits {
    /// Sums in another order differ in their last bits: what is that close to the observed value is a tie.
    fn new(observed: f64, scale: f64) -> Self {
        Self {
            observed,
            threshold: observed.abs() - 1e-12 * scale,
            hits: 0,
            tried: 0,
        }
    }

    fn count(&mut self, difference: f64) {
        self.tried += 1;
        self.hits += usize::from(difference.abs() >= self.threshold);
    }

    fn exact(&self) -> PermutationTest {
        self.with(self.hits as f64 / self.tried as f64)
    }

    fn sampled(&self) -> PermutationTest {
        self.with((self.hits + 1) as f64 / (self.tried + 1) as f64)
    }

    fn with(&self, p_value: f64) -> PermutationTest {
        PermutationTest {
            difference: self.observed,
            p_value,
            permutations: self.tried,
        }
    }
}

/// Calls `with` for the sum of every choice of `left` of the values from `from` on, added to `sum`.
fn each_combination(values: &[f64], left: usize, from: usize, sum: f64, with: &mut dyn FnMut(f64)) {
    if left == 0 {
        return with(sum);
    }
    for next in from..=values.len() - left {
        each_combination(values, left - 1, next + 1, sum + values[next], with);
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
