//! The backward pass of the scan.
#![allow(unsafe_code, reason = "see the module above")]

use rayon::prelude::*;

use super::{BLOCKS, CHUNK, KeptStates, Lane, ScanInputs, ScanShape, Task};
use crate::elementwise::add_in_order;
use crate::math::exp;
use crate::product::Shared;
use crate::simd::{LANES, vectorize};
use crate::sums::sum;

/// The gradients of a scan's inputs, each as large as its input.
#[derive(Debug, Clone)]
pub struct ScanGradients {
    /// Of what is scanned.
    pub u: Vec<f32>,
    /// Of the lengths of the steps.
    pub delta: Vec<f32>,
    /// Of the rates.
    pub a: Vec<f32>,
    /// Of the weights on the way in.
    pub b: Vec<f32>,
    /// Of the weights on the way out.
    pub c: Vec<f32>,
    /// Of the weights past the state.
    pub d: Vec<f32>,
}

/// The gradients of a scan, given that of its output, `g`, and the states that
/// [`super::forward_saving`] kept.
///
/// With `q_t = g_t·C_t + exp(Δ_{t+1}·A) ⊙ q_{t+1}` and `τ_t = q_t ⊙ exp(Δ_t·A) ⊙ h_{t−1}`:
/// `∂A = Σ_t τ_t·Δ_t`, `∂B_t = Σ_e q_t·Δ_t·u_t`, `∂C_t = Σ_e g_t·h_t`, `∂D = Σ_t g_t·u_t`,
/// `∂Δ_t = Σ_n τ_t·A + u_t·Σ_n q_t·B_t`, `∂u_t = D·g_t + Δ_t·Σ_n q_t·B_t`.
///
/// # Panics
/// If an input or the gradient is not as large as the shape says, or the states are those of
/// another scan.
pub fn backward(
    shape: &ScanShape,
    inputs: ScanInputs<'_>,
    kept: &KeptStates,
    g: &[f32],
) -> ScanGradients {
    shape.check(&inputs);
    let len = inputs.u.len();
    assert_eq!(g.len(), len, "scan: the gradient is not as large as u");
    assert_eq!(
        kept.0.len(),
        shape.tasks(),
        "scan: the states are those of another scan"
    );
    let (mut u, mut delta) = (
        Vec::<f32>::with_capacity(len),
        Vec::<f32>::with_capacity(len),
    );
    let out = [u.as_mut_ptr(), delta.as_mut_ptr()].map(Shared);
    let shared = kept.0.par_iter().enumerate().map(|(index, kept)| {
        let task = Task::new(shape, &inputs, index);
        vectorize(
            #[inline(always)]
            // SAFETY: each task writes its own channels of its own sequence of both arrays.
            || unsafe { task.backward(kept, g, out) },
        )
    });
    let shared: Vec<SharedGradients> = shared.collect();
    // SAFETY: the tasks wrote every channel of every position of both.
    unsafe {
        u.set_len(len);
        delta.set_len(len);
    }
    gather(shape, shared, u, delta)
}

/// What one task adds to the gradients that tasks have in common.
struct SharedGradients {
    /// By block and state.
    a: Vec<Lane>,
    /// By block.
    d: Vec<Lane>,
    /// By position and state.
    b: Vec<f32>,
    /// By position and state.
    c: Vec<f32>,
}

/// Adds them up in the order of the tasks.
fn gather(
    shape: &ScanShape,
    shared: Vec<SharedGradients>,
    u: Vec<f32>,
    delta: Vec<f32>,
) -> ScanGradients {
    let (groups, n) = (shape.groups(), shape.states);
    let (mut a, mut d) = (vec![0.0; shape.channels * n], vec![0.0; shape.channels]);
    for (index, part) in shared.iter().enumerate() {
        let from = index % groups * BLOCKS * LANES;
        let channels = (from..shape.channels).take(BLOCKS * LANES);
        for (i, channel) in channels.enumerate() {
            let (block, lane) = (i / LANES, i % LANES);
            d[channel] += part.d[block][lane];
            for state in 0..n {
                a[channel * n + state] += part.a[block * n + state][lane];
            }
        }
    }
    let (mut b, mut c) = (Vec::new(), Vec::new());
    let mut shared = shared.into_iter();
    for _ in 0..shape.batch {
        let parts = shared.by_ref().take(groups).map(|part| (part.b, part.c));
        let (of_b, of_c): (Vec<_>, Vec<_>) = parts.unzip();
        b.extend(add_in_order(of_b));
        c.extend(add_in_order(of_c));
    }
    let rows = shape.batch * shape.time;
    b.resize(rows * n, 0.0); // without channels there were no tasks
    c.resize(rows * n, 0.0);
    ScanGradients {
        u,
        delta,
        a,
        b,
        c,
        d,
    }
}

/// Memory of one task: a chunk of states and decays of one block, and the gradients of a chunk's
/// `B` and `C` by lane.
struct Scratch {
    before: Vec<Lane>,
    decay: Vec<Lane>,
    to_b: Vec<Lane>,
    to_c: Vec<Lane>,
}

impl Task<'_> {
    /// # Safety
    /// As [`Task::store`], of both arrays: the gradients of `u` and of `Δ`.
    #[inline(always)]
    unsafe fn backward(&self, kept: &[Lane], g: &[f32], out: [Shared; 2]) -> SharedGradients {
        let (time, n) = (self.shape.time, self.shape.states);
        let chunk = || vec![[0.0; LANES]; CHUNK.min(time) * n];
        let mut scratch = Scratch {
            before: chunk(),
            decay: chunk(),
            to_b: chunk(),
            to_c: chunk(),
        };
        let mut carry = vec![[0.0; LANES]; self.a.len()];
        let mut sums = SharedGradients {
            a: carry.clone(),
            d: vec![[0.0; LANES]; self.d.len()],
            b: vec![0.0; time * n],
            c: vec![0.0; time * n],
        };
        for (chunk, kept) in kept.chunks_exact(self.a.len().max(1)).enumerate().rev() {
            let steps = chunk * CHUNK..time.min((chunk + 1) * CHUNK);
            scratch.to_b.fill([0.0; LANES]);
            scratch.to_c.fill([0.0; LANES]);
            for block in 0..self.widths.len() {
                let states = block * n..(block + 1) * n;
                self.repeat(block, steps.clone(), &kept[states.clone()], &mut scratch);
                let (a, d) = (&mut sums.a[states.clone()], &mut sums.d[block]);
                let carry = &mut carry[states];
                // SAFETY: as promised by the caller.
                unsafe {
                    self.return_through(block, steps.clone(), g, &mut scratch, carry, a, d, out)
                };
            }
            for (i, step) in steps.enumerate() {
                let position = self.row(step) - self.first_row;
                for state in 0..n {
                    let (from, to) = (i * n + state, position * n + state);
                    sums.b[to] = sum(&scratch.to_b[from], |x| x);
                    sums.c[to] = sum(&scratch.to_c[from], |x| x);
                }
            }
        }
        sums
    }

    /// Computes the states and decays of a chunk again.
    #[inline(always)]
    fn repeat(
        &self,
        block: usize,
        steps: std::ops::Range<usize>,
        kept: &[Lane],
        scratch: &mut Scratch,
    ) {
        let n = self.shape.states;
        let a = &self.a[block * n..][..n];
        let mut h = kept.to_vec();
        let places = scratch.before.chunks_exact_mut(n.max(1));
        let places = places.zip(scratch.decay.chunks_exact_mut(n.max(1)));
        for (step, (before, decay)) in steps.zip(places) {
            let row = self.row(step);
            let (u, delta) = (
                self.load(self.inputs.u, row, block),
                self.load(self.inputs.delta, row, block),
            );
            let b = self.states_of(self.inputs.b, row);
            for k in 0..n {
                before[k] = h[k];
                for i in 0..LANES {
                    decay[k][i] = exp(delta[i] * a[k][i]);
                    h[k][i] = decay[k][i].mul_add(h[k][i], delta[i] * u[i] * b[k]);
                }
            }
        }
    }

    /// The gradients of a chunk, last step to first.
    ///
    /// # Safety
    /// As [`Task::backward`].
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "what one block adds to")]
    #[expect(
        clippy::too_many_lines,
        reason = "one loop whose steps share their buffers"
    )]
    unsafe fn return_through(
        &self,
        block: usize,
        steps: std::ops::Range<usize>,
        g: &[f32],
        scratch: &mut Scratch,
        carry: &mut [Lane],
        to_a: &mut [Lane],
        to_d: &mut Lane,
        out: [Shared; 2],
    ) {
        let n = self.shape.states;
        let (a, d) = (&self.a[block * n..][..n], self.d[block]);
        for (index, step) in steps.enumerate().rev() {
            let row = self.row(step);
            let (u, delta, g) = (
                self.load(self.inputs.u, row, block),
                self.load(self.inputs.delta, row, block),
                self.load(g, row, block),
            );
            let (b, c) = (
                self.states_of(self.inputs.b, row),
                self.states_of(self.inputs.c, row),
            );
            let at = index * n..(index + 1) * n;
            let (before, decay) = (&scratch.before[at.clone()], &scratch.decay[at.clone()]);
            let (to_b, to_c) = (&mut scratch.to_b[at.clone()], &mut scratch.to_c[at]);
            let (mut along_a, mut along_b) = ([0.0; LANES], [0.0; LANES]);
            for k in 0..n {
                for i in 0..LANES {
                    let drive = delta[i] * u[i];
                    let faded = decay[k][i] * before[k][i];
                    let now = drive.mul_add(b[k], faded);
                    let q = g[i].mul_add(c[k], carry[k][i]);
                    let through = q * faded;
                    to_c[k][i] = g[i].mul_add(now, to_c[k][i]);
                    to_b[k][i] = q.mul_add(drive, to_b[k][i]);
                    to_a[k][i] = through.mul_add(delta[i], to_a[k][i]);
                    along_a[i] = through.mul_add(a[k][i], along_a[i]);
                    along_b[i] = q.mul_add(b[k], along_b[i]);
                    carry[k][i] = q * decay[k][i];
                }
            }
            let (mut to_u, mut to_delta) = ([0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                to_u[i] = delta[i].mul_add(along_b[i], d[i] * g[i]);
                to_delta[i] = u[i].mul_add(along_b[i], along_a[i]);
                to_d[i] = g[i].mul_add(u[i], to_d[i]);
            }
            // SAFETY: as promised by the caller.
            unsafe {
                self.store(out[0], row, block, &to_u);
                self.store(out[1], row, block, &to_delta);
            }
        }
    }
}
