//! The stationary distribution of a finite-state source.

use super::Edge;
use crate::Error;

const DENSE_STATES: usize = 400;
const ITERATIONS: usize = 200_000;
const TOLERANCE: f64 = 1e-14;

/// `π = πP`, by elimination where the chain is small and irreducible, else by iteration from the guess.
pub(super) fn distribution(
    offsets: &[u32],
    edges: &[Edge],
    guess: Vec<f64>,
) -> Result<Vec<f64>, Error> {
    if guess.len() <= DENSE_STATES
        && let Some(exact) = eliminate(offsets, edges)
    {
        return Ok(exact);
    }
    iterate(offsets, edges, guess)
}

fn row<'a>(offsets: &[u32], edges: &'a [Edge], state: usize) -> &'a [Edge] {
    &edges[offsets[state] as usize..offsets[state + 1] as usize]
}

/// Grassmann, Taksar and Heyman (1985): elimination without subtraction. `None` for a reducible chain.
fn eliminate(offsets: &[u32], edges: &[Edge]) -> Option<Vec<f64>> {
    let n = offsets.len() - 1;
    let mut p = vec![0.0; n * n];
    for s in 0..n {
        for e in row(offsets, edges, s) {
            p[s * n + e.next as usize] += e.probability;
        }
    }
    for k in (1..n).rev() {
        let out: f64 = p[k * n..k * n + k].iter().sum();
        if out <= 0.0 {
            return None;
        }
        for i in 0..k {
            let weight = p[i * n + k] / out;
            p[i * n + k] = weight;
            if weight > 0.0 {
                for j in 0..k {
                    p[i * n + j] += weight * p[k * n + j];
                }
            }
        }
    }
    let mut pi = vec![1.0; n];
    for k in 1..n {
        pi[k] = (0..k).map(|i| pi[i] * p[i * n + k]).sum();
    }
    let total: f64 = pi.iter().sum();
    pi.iter_mut().for_each(|v| *v /= total);
    // A state that is never returned to makes the chain reducible: the guess then matters.
    pi.iter().all(|&v| v > 0.0).then_some(pi)
}

/// Iterates the lazy chain `(P + I) / 2`, which forgets periodicity.
fn iterate(offsets: &[u32], edges: &[Edge], guess: Vec<f64>) -> Result<Vec<f64>, Error> {
    let mut pi = guess;
    let mut next = vec![0.0; pi.len()];
    let mut residual = f64::INFINITY;
    for _ in 0..ITERATIONS {
        next.copy_from_slice(&pi);
        for (s, &mass) in pi.iter().enumerate().filter(|(_, m)| **m > 0.0) {
            for e in row(offsets, edges, s) {
                next[e.next as usize] += mass * e.probability;
            }
        }
        let total: f64 = next.iter().sum();
        next.iter_mut().for_each(|v| *v /= total);
        residual = pi
            .iter()
            .zip(&next)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        std::mem::swap(&mut pi, &mut next);
        if residual <= TOLERANCE {
            return Ok(pi);
        }
    }
    Err(Error::NotStationary {
        iterations: ITERATIONS,
        residual,
    })
}
