//! The stationary distribution of a finite-state source.

mod classes;
mod dense;
mod iterate;

use super::Edge;
use crate::Error;
use classes::Classes;
use iterate::iterate;

/// Chains up to this size are always solved exactly: elimination takes `n³/3` steps, at 400 states
/// no longer than a few hundred rounds of the iteration.
const DENSE_STATES: usize = 400;
/// Chains up to this size are solved exactly where the iteration does not settle (seconds).
const PATIENT_STATES: usize = 2_500;

/// `π = πP`.
///
/// Probability ends in the closed classes of the chain. How much of it is the guess's: what stands
/// on a class, and what transient states lead into it; a chain with one closed class needs no
/// guess. Within a class the distribution is unique. It is found by elimination where the class is
/// small; where it is large by iteration from the guess, which is accepted only if a disturbance
/// is seen to die out, else by elimination again.
pub(super) fn distribution(
    offsets: &[u32],
    edges: &[Edge],
    guess: Vec<f64>,
) -> Result<Vec<f64>, Error> {
    let chain = Chain { offsets, edges };
    let classes = Classes::of(&chain);
    if classes.is_irreducible() {
        return chain.within(&guess);
    }
    let mass = dense::absorbed(&chain, &classes, guess.clone())?;
    let mut pi = vec![0.0; guess.len()];
    for (class, states) in classes.closed.iter().enumerate() {
        let (offsets, edges) = classes.restrict(&chain, class);
        let own = Chain {
            offsets: &offsets,
            edges: &edges,
        };
        let start: Vec<f64> = states.iter().map(|&s| guess[s]).collect();
        let found = own.within(&normalised(start))?;
        states
            .iter()
            .zip(found)
            .for_each(|(&s, p)| pi[s] = mass[class] * p);
    }
    Ok(pi)
}

/// The edges of a chain, by the state that they leave.
#[derive(Clone, Copy)]
pub(super) struct Chain<'a> {
    offsets: &'a [u32],
    edges: &'a [Edge],
}

impl<'a> Chain<'a> {
    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn row(&self, state: usize) -> &'a [Edge] {
        &self.edges[self.offsets[state] as usize..self.offsets[state + 1] as usize]
    }

    /// The distribution of an irreducible chain.
    fn within(&self, guess: &[f64]) -> Result<Vec<f64>, Error> {
        if self.len() <= DENSE_STATES {
            return dense::eliminate(self);
        }
        match iterate(self, guess) {
            Err(_) if self.len() <= PATIENT_STATES => dense::eliminate(self),
            found => found,
        }
    }
}

/// Weights divided by their sum; all alike where there is none.
fn normalised(mut weights: Vec<f64>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        weights.iter_mut().for_each(|w| *w /= total);
    } else {
        let each = 1.0 / weights.len() as f64;
        weights.fill(each);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solve(rows: &[Vec<(usize, f64)>], guess: Vec<f64>) -> Result<Vec<f64>, Error> {
        let mut offsets = vec![0];
        let mut edges = Vec::new();
        for row in rows {
            edges.extend(row.iter().map(|&(next, probability)| Edge {
                symbol: 0,
                next: next as u32,
                probability,
            }));
            offsets.push(edges.len() as u32);
        }
        distribution(&offsets, &edges, guess)
    }

    fn uniform(n: usize) -> Vec<f64> {
        vec![1.0 / n as f64; n]
    }

    /// Two rings of `n` states that are left with the probabilities `out`.
    fn rings(n: usize, out: [f64; 2]) -> Vec<Vec<(usize, f64)>> {
        let state = |ring: usize, at: usize| ring * n + at % n;
        (0..2 * n)
            .map(|s| {
                let (ring, at) = (s / n, s % n);
                let stay = 1.0 - out[ring];
                vec![
                    (state(ring, at + 1), 0.5 * stay),
                    (state(ring, at), 0.5 * stay),
                    (state(1 - ring, at), out[ring]),
                ]
            })
            .collect()
    }

    #[test]
    fn a_state_that_is_left_for_good_has_no_probability() {
        for leave in [0.5, 1e-6, 1e-15, 1e-300] {
            let rows = [vec![(0, 1.0 - leave), (1, leave)], vec![(1, 1.0)]];
            assert_eq!(solve(&rows, uniform(2)).unwrap(), [0.0, 1.0], "{leave}");
        }
    }

    #[test]
    fn rings_that_rarely_switch_have_the_balance_of_the_switches() {
        // Balance of the flows: π_0 · a = π_1 · 3a, whatever a is.
        for switch in [1e-1, 1e-6, 1e-13, 1e-200] {
            let pi = solve(&rings(201, [switch, 3.0 * switch]), uniform(402)).unwrap();
            let first: f64 = pi[..201].iter().sum();
            assert!((first - 0.75).abs() < 1e-9, "{switch}: {first}");
        }
    }

    #[test]
    fn two_wells_without_a_rare_edge_have_their_weights() {
        // A walk on a line, drawn to both ends: every edge is 0.4 or 0.6, the middle is crossed
        // about once in 1.5^100 steps. π(i + 1) / π(i) = up(i) / down(i + 1).
        let n = 401;
        let up = |i: usize| if i < 200 { 0.4 } else { 0.6 };
        let rows: Vec<Vec<(usize, f64)>> = (0..n)
            .map(|i| {
                let (left, right) = (i.max(1) - 1, (i + 1).min(n - 1));
                vec![(right, up(i)), (left, 1.0 - up(i))]
            })
            .collect();
        let mut expected = vec![1.0];
        for i in 1..n {
            expected.push(expected[i - 1] * up(i - 1) / (1.0 - up(i)));
        }
        let pi = solve(&rows, uniform(n)).unwrap();
        for (found, weight) in pi.iter().zip(normalised(expected)) {
            assert!((found - weight).abs() <= 1e-9 * weight, "{found} {weight}");
        }
    }

    #[test]
    fn closed_classes_share_what_leads_into_them() {
        // A third of state 0 goes to state 1, two thirds to state 2; both are final.
        let rows = [
            vec![(0, 0.7), (1, 0.1), (2, 0.2)],
            vec![(1, 1.0)],
            vec![(2, 1.0)],
        ];
        let pi = solve(&rows, vec![0.6, 0.3, 0.1]).unwrap();
        for (found, expected) in pi.iter().zip([0.0, 0.5, 0.5]) {
            assert!((found - expected).abs() < 1e-15, "{pi:?}");
        }
    }

    #[test]
    fn a_periodic_chain_has_a_distribution() {
        let rows = [vec![(1, 1.0)], vec![(2, 1.0)], vec![(0, 1.0)]];
        assert_eq!(solve(&rows, vec![1.0, 0.0, 0.0]).unwrap(), uniform(3));
    }

    #[test]
    fn a_large_chain_that_does_not_settle_is_refused() {
        let n = 1_300;
        let found = solve(&rings(n, [1e-13, 3e-13]), uniform(2 * n));
        assert!(matches!(found, Err(Error::NotStationary { .. })));
    }

    #[test]
    fn elimination_and_iteration_agree() {
        let rows = rings(201, [0.3, 0.1]);
        let pi = solve(&rows, uniform(402)).unwrap();
        let smaller = solve(&rings(100, [0.3, 0.1]), uniform(200)).unwrap();
        let first = |pi: &[f64]| pi[..pi.len() / 2].iter().sum::<f64>();
        assert!((first(&pi) - first(&smaller)).abs() < 1e-10);
    }
}
