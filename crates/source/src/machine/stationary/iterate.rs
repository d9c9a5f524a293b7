//! Iteration for large chains, with a check that it has settled.

use super::Chain;
use crate::Error;

const ITERATIONS: usize = 200_000;
const TOLERANCE: f64 = 1e-14;
/// A disturbance must halve within so many rounds: an iteration that forgets more slowly stops
/// long before it is near the answer, since each round then changes next to nothing.
const HALVING: usize = 50_000;
/// The distance from the answer, summed over states, that is accepted.
const DISTANCE: f64 = 1e-7;

/// Iterates the lazy chain `(P + I) / 2`, which forgets periodicity.
pub(super) fn iterate(chain: &Chain<'_>, guess: &[f64]) -> Result<Vec<f64>, Error> {
    let mut pi = guess.to_vec();
    let mut next = vec![0.0; pi.len()];
    let mut residual = f64::INFINITY;
    for iterations in 1..=ITERATIONS {
        step(chain, &pi, &mut next);
        let total: f64 = next.iter().sum();
        next.iter_mut().for_each(|v| *v /= total);
        residual = pi
            .iter()
            .zip(&next)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        std::mem::swap(&mut pi, &mut next);
        if residual <= TOLERANCE {
            return if has_settled(chain, &pi, &next) {
                Ok(pi)
            } else {
                Err(Error::NotStationary {
                    iterations,
                    residual,
                })
            };
        }
    }
    Err(Error::NotStationary {
        iterations: ITERATIONS,
        residual,
    })
}

/// One round, not normalised: `2 · v (P + I) / 2`.
fn step(chain: &Chain<'_>, v: &[f64], next: &mut [f64]) {
    next.copy_from_slice(v);
    for (s, &mass) in v.iter().enumerate().filter(|(_, m)| **m != 0.0) {
        for e in chain.row(s) {
            next[e.next as usize] += mass * e.probability;
        }
    }
}

/// Whether the last change, times the rounds that a disturbance takes to die out, is small.
///
/// A disturbance puts all probability on one state. In a chain that falls into parts which rarely
/// communicate it stays in one of them, however little a round changes. The likeliest state is in
/// a part that the iteration fills, the least likely one in a part that it may have missed.
fn has_settled(chain: &Chain<'_>, pi: &[f64], before: &[f64]) -> bool {
    let change: f64 = pi.iter().zip(before).map(|(a, b)| (a - b).abs()).sum();
    let extreme = |better: fn(f64, f64) -> bool| {
        (0..pi.len()).fold(0, |best, s| if better(pi[s], pi[best]) { s } else { best })
    };
    [extreme(|a, b| a > b), extreme(|a, b| a < b)]
        .into_iter()
        .all(|state| {
            half_life(chain, pi, state)
                .is_some_and(|rounds| 2.0 * rounds as f64 * change <= DISTANCE)
        })
}

/// Rounds until all probability on one state is half as far from the distribution.
fn half_life(chain: &Chain<'_>, pi: &[f64], state: usize) -> Option<usize> {
    let size = |v: &[f64]| v.iter().map(|x| x.abs()).sum::<f64>();
    let mut apart: Vec<f64> = pi.iter().map(|p| -p).collect();
    apart[state] += 1.0;
    let first = size(&apart);
    let mut next = vec![0.0; apart.len()];
    (1..=HALVING).find(|_| {
        step(chain, &apart, &mut next);
        next.iter_mut().for_each(|v| *v *= 0.5);
        std::mem::swap(&mut apart, &mut next);
        size(&apart) <= 0.5 * first
    })
}
