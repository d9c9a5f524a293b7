//! The forward pass of the scan.
#![allow(unsafe_code, reason = "see the module above")]

use rayon::prelude::*;

use super::{CHUNK, KeptStates, Lane, ScanInputs, ScanShape, Task};
use crate::math::exp;
use crate::product::Shared;
use crate::simd::{LANES, vectorize};

/// `y_t = C_t·h_t + D ⊙ u_t` with `h_t = exp(Δ_t·A) ⊙ h_{t−1} + Δ_t·u_t·B_t`,
/// `[batch, time, channels]` (Gu and Dao 2023, "Mamba: Linear-Time Sequence Modeling with Selective
/// State Spaces").
///
/// ```
/// use dissensus_kernels::scan::{Direction, ScanInputs, ScanShape, forward};
/// let shape =
///     ScanShape { batch: 1, time: 3, channels: 1, states: 1, direction: Direction::Rightwards };
/// let (ones, zeros) = (&[1.0; 3][..], &[0.0; 1][..]);
/// let inputs =
///     ScanInputs { u: &[1.0, 2.0, 3.0], delta: ones, a: zeros, b: ones, c: ones, d: zeros };
/// assert_eq!(forward(&shape, inputs), [1.0, 3.0, 6.0]); // nothing decays
/// ```
///
/// # Panics
/// If an input is not as large as the shape says.
#[must_use]
pub fn forward(shape: &ScanShape, inputs: ScanInputs<'_>) -> Vec<f32> {
    run::<false>(shape, inputs).0
}

/// The same, and what the backward pass needs.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn forward_saving(shape: &ScanShape, inputs: ScanInputs<'_>) -> (Vec<f32>, KeptStates) {
    run::<true>(shape, inputs)
}

fn run<const KEEP: bool>(shape: &ScanShape, inputs: ScanInputs<'_>) -> (Vec<f32>, KeptStates) {
    shape.check(&inputs);
    let len = inputs.u.len();
    let mut y = Vec::<f32>::with_capacity(len);
    let out = Shared(y.as_mut_ptr());
    let kept = (0..shape.tasks()).into_par_iter().map(|index| {
        let task = Task::new(shape, &inputs, index);
        vectorize(
            #[inline(always)]
            // SAFETY: each task writes its own channels of its own sequence of `y`.
            || unsafe { task.forward::<KEEP>(out) },
        )
    });
    let kept = KeptStates(kept.collect());
    // SAFETY: the tasks wrote every channel of every position.
    unsafe { y.set_len(len) };
    (y, kept)
}

impl Task<'_> {
    /// # Safety
    /// As [`Task::store`].
    #[inline(always)]
    unsafe fn forward<const KEEP: bool>(&self, out: Shared) -> Vec<Lane> {
        let n = self.shape.states;
        let mut h = vec![[0.0; LANES]; self.a.len()];
        let mut kept = Vec::new();
        for step in 0..self.shape.time {
            if KEEP && step % CHUNK == 0 {
                kept.extend_from_slice(&h);
            }
            let row = self.row(step);
            let (b, c) = (
                self.states_of(self.inputs.b, row),
                self.states_of(self.inputs.c, row),
            );
            for block in 0..self.widths.len() {
                let (u, delta) = (
                    self.load(self.inputs.u, row, block),
                    self.load(self.inputs.delta, row, block),
                );
                let y = advance(
                    &mut h[block * n..][..n],
                    &self.a[block * n..][..n],
                    [b, c],
                    [u, delta, self.d[block]],
                );
                // SAFETY: as promised by the caller.
                unsafe { self.store(out, row, block, &y) };
            }
        }
        kept
    }
}

/// One step of a block: the states move on, the outputs come back.
#[inline(always)]
fn advance(h: &mut [Lane], a: &[Lane], [b, c]: [&[f32]; 2], [u, delta, d]: [Lane; 3]) -> Lane {
    let (mut y, mut drive) = ([0.0; LANES], [0.0; LANES]);
    for i in 0..LANES {
        y[i] = d[i] * u[i];
        drive[i] = delta[i] * u[i];
    }
    for ((h, a), (&b, &c)) in h.iter_mut().zip(a).zip(b.iter().zip(c)) {
        for i in 0..LANES {
            h[i] = exp(delta[i] * a[i]).mul_add(h[i], drive[i] * b);
            y[i] = h[i].mul_add(c, y[i]);
        }
    }
    y
}
