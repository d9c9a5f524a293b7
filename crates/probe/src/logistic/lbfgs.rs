//! L-BFGS.

use std::collections::VecDeque;

use super::loss::{Loss, Slope};
use super::precondition::Preconditioner;

/// Pairs of steps remembered.
const MEMORY: usize = 10;

/// Where the search ended.
pub(super) struct Minimum {
    pub point: Vec<f64>,
    pub value: f64,
    pub gradient: f64,
    pub iterations: usize,
    pub converged: bool,
}

/// A step taken, the change of the gradient along it, and 1 over their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    rho: f64,
}

/// Walks downhill from 0 until no entry of the gradient is above the tolerance.
pub(super) fn minimise(
    loss: &Loss<'_>,
    first: &Preconditioner,
    tolerance: f64,
    most: usize,
) -> Minimum {
    let mut point = vec![0.0; loss.dimension()];
    let mut here = loss.slope(&point);
    let mut memory = VecDeque::new();
    let mut iterations = 0;
    while largest(&here.gradient) > tolerance && iterations < most {
        let direction = direction(&here.gradient, &memory, first);
        let Some((moved, there)) = search(loss, &point, &here, &direction) else {
            break; // No step goes down any more: rounding.
        };
        remember(&mut memory, &point, &moved, &here, &there);
        (point, here) = (moved, there);
        iterations += 1;
    }
    let gradient = largest(&here.gradient);
    Minimum {
        point,
        value: here.value,
        gradient,
        iterations,
        converged: gradient <= tolerance,
    }
}

/// −H g by the recursion of Nocedal; without memory the preconditioner's step.
fn direction(gradient: &[f64], memory: &VecDeque<Pair>, first: &Preconditioner) -> Vec<f64> {
    let mut vector: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut factors = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let factor = pair.rho * dot(&pair.step, &vector);
        add(&mut vector, -factor, &pair.change);
        factors.push(factor);
    }
    first.solve(&mut vector);
    if let Some(pair) = memory.back() {
        let mut solved = pair.change.clone();
        first.solve(&mut solved);
        let scale = 1.0 / (pair.rho * dot(&pair.change, &solved));
        vector.iter_mut().for_each(|v| *v *= scale);
    }
    for (pair, factor) in memory.iter().zip(factors.into_iter().rev()) {
        let back = pair.rho * dot(&pair.change, &vector);
        add(&mut vector, factor - back, &pair.step);
    }
    vector
}

/// A point along the direction that lies low enough (Armijo) and is not too near (Wolfe), by
/// bisection.
///
/// Where rounding hides the difference, the slope decides (Hager and Zhang 2005).
fn search(
    loss: &Loss<'_>,
    point: &[f64],
    here: &Slope,
    direction: &[f64],
) -> Option<(Vec<f64>, Slope)> {
    const ENOUGH: f64 = 1e-4;
    const FLAT: f64 = 0.9;
    let down = dot(&here.gradient, direction);
    if down >= 0.0 {
        return None;
    }
    // Near the minimum the objective is equal to its last digits, and only the slope still tells.
    let slack = here.value.abs() * 1e-12;
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..60 {
        let mut moved = point.to_vec();
        add(&mut moved, length, direction);
        let there = loss.slope(&moved);
        let slope = dot(&there.gradient, direction);
        let lower = there.value <= here.value + ENOUGH * length * down;
        let level = there.value <= here.value + slack && slope <= (2.0 * ENOUGH - 1.0) * down;
        // NaN (a step into overflow) counts as too far.
        if !(lower || level) || slope.is_nan() {
            high = length;
        } else if slope < FLAT * down {
            low = length;
        } else {
            return Some((moved, there));
        }
        length = if high.is_finite() {
            0.5 * (low + high)
        } else {
            2.0 * low
        };
    }
    None
}

/// Keeps the pair where the objective is curved along it.
fn remember(memory: &mut VecDeque<Pair>, from: &[f64], to: &[f64], before: &Slope, after: &Slope) {
    let difference = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect();
    let step: Vec<f64> = difference(to, from);
    let change: Vec<f64> = difference(&after.gradient, &before.gradient);
    let curvature = dot(&step, &change);
    if curvature > f64::EPSILON * dot(&change, &change).sqrt() * dot(&step, &step).sqrt() {
        if memory.len() == MEMORY {
            memory.pop_front();
        }
        memory.push_back(Pair {
            step,
            change,
            rho: 1.0 / curvature,
        });
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(t, w)| *t += factor * w);
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, v| v.abs().max(most))
}
