//! Elimination without subtraction, on dense tables.

use super::classes::Classes;
use super::{Chain, PATIENT_STATES};
use crate::Error;

/// Grassmann, Taksar and Heyman (1985): exact to rounding in every entry, however rarely states
/// communicate. The chain must be irreducible.
///
/// # Errors
/// States that communicate so rarely that a product of their probabilities is below the smallest
/// number.
pub(super) fn eliminate(chain: &Chain<'_>) -> Result<Vec<f64>, Error> {
    let n = chain.len();
    let mut p = table(chain);
    for k in (1..n).rev() {
        let out: f64 = p[k * n..k * n + k].iter().sum();
        if out <= 0.0 {
            return Err(Error::Underflow { state: k });
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
        // In a chain with wells the unnormalised weights may span more than the exponents of f64.
        if pi[k] > LARGE {
            pi[..=k].iter_mut().for_each(|v| *v /= LARGE);
        }
    }
    let total: f64 = pi.iter().sum();
    pi.iter_mut().for_each(|v| *v /= total);
    Ok(pi)
}

const LARGE: f64 = 1e200;

/// The mass that each closed class receives in the long run, from a start.
///
/// Transient states are eliminated one by one: what stands on one is handed on to where it leads
/// once it leaves itself, `p(k → j) / Σ_{j ≠ k} p(k → j)`.
pub(super) fn absorbed(
    chain: &Chain<'_>,
    classes: &Classes,
    mut start: Vec<f64>,
) -> Result<Vec<f64>, Error> {
    if classes.closed.len() == 1 {
        return Ok(vec![1.0]);
    }
    let n = chain.len();
    let transient: Vec<usize> = (0..n).filter(|&s| classes.class[s].is_none()).collect();
    let waiting: f64 = transient.iter().map(|&s| start[s]).sum();
    if waiting > 0.0 {
        if n > PATIENT_STATES {
            return Err(Error::TooLarge {
                what: "the absorption of transient states",
                needed: n as f64,
                limit: PATIENT_STATES as f64,
            });
        }
        hand_on(&mut table(chain), &transient, &mut start);
    }
    let mass_of = |states: &Vec<usize>| states.iter().map(|&s| start[s]).sum::<f64>();
    Ok(super::normalised(
        classes.closed.iter().map(mass_of).collect(),
    ))
}

fn hand_on(p: &mut [f64], transient: &[usize], mass: &mut [f64]) {
    let n = mass.len();
    for (done, &k) in transient.iter().enumerate() {
        p[k * n + k] = 0.0;
        let row: Vec<f64> = p[k * n..(k + 1) * n].to_vec();
        let out: f64 = row.iter().sum();
        let held = std::mem::take(&mut mass[k]);
        for j in 0..n {
            mass[j] += held * (row[j] / out);
        }
        for &i in &transient[done + 1..] {
            let weight = std::mem::take(&mut p[i * n + k]) / out;
            (0..n).for_each(|j| p[i * n + j] += weight * row[j]);
        }
    }
}

/// The transition table, row-major.
fn table(chain: &Chain<'_>) -> Vec<f64> {
    let n = chain.len();
    let mut p = vec![0.0; n * n];
    for s in 0..n {
        for e in chain.row(s) {
            p[s * n + e.next as usize] += e.probability;
        }
    }
    p
}
