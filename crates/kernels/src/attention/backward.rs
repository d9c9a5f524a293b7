//! The backward pass of attention: probabilities are computed again from the log-sums.
#![allow(unsafe_code, reason = "see the module above")]

use rayon::prelude::*;

use super::{Attention, QUERIES, Task};
use crate::math::exp;
use crate::product::{Shared, Threads, Update, multiply, product_into};
use crate::simd::vectorize;
use crate::sums::sum2;

/// The gradient of `qkv`, given that of the context; context and log-sums are those of
/// [`forward`](super::forward).
///
/// # Panics
/// If the sizes do not fit, or the heads do not divide the width.
pub fn backward(
    shape: &Attention,
    qkv: &[f32],
    context: &[f32],
    log_sums: &[f32],
    g: &[f32],
) -> Vec<f32> {
    let [len, rows] = shape.lengths();
    assert_eq!(qkv.len(), 3 * len, "attention: expected three planes");
    assert_eq!(
        context.len(),
        len,
        "attention: expected a context of one plane"
    );
    assert_eq!(g.len(), len, "attention: expected a gradient of one plane");
    assert_eq!(
        log_sums.len(),
        rows,
        "attention: expected a log-sum for each row of scores"
    );
    let mut gradient = Vec::<f32>::with_capacity(qkv.len());
    let out = Shared(gradient.as_mut_ptr());
    log_sums
        .par_chunks(shape.time.max(1))
        .enumerate()
        .for_each_init(Scratch::default, |scratch, (index, log_sums)| {
            // SAFETY: each task writes its own head of its own sequence in the three planes of
            // `gradient`.
            unsafe {
                backward_head(
                    &Task::new(shape, index),
                    BackwardInputs {
                        qkv,
                        context,
                        log_sums,
                        g,
                    },
                    out,
                    scratch,
                )
            };
        });
    // SAFETY: the tasks wrote every head of every sequence in all planes.
    unsafe { gradient.set_len(qkv.len()) };
    gradient
}

/// What the backward pass of one head reads.
#[derive(Clone, Copy)]
struct BackwardInputs<'a> {
    qkv: &'a [f32],
    context: &'a [f32],
    log_sums: &'a [f32],
    g: &'a [f32],
}

/// Memory of one thread, used again from head to head.
#[derive(Default)]
struct Scratch {
    keys: Vec<f32>,
    values: Vec<f32>,
    probabilities: Vec<f32>,
    gradients: Vec<f32>,
}

/// # Safety
/// `out` has room for three planes, and nobody else uses this task's head of them.
#[expect(
    clippy::too_many_lines,
    reason = "one pass over a head, whose steps share their buffers"
)]
unsafe fn backward_head(
    task: &Task<'_>,
    saw: BackwardInputs<'_>,
    out: Shared,
    scratch: &mut Scratch,
) {
    let Attention { time, width, .. } = *task.shape;
    let keys = task.keys;
    // SAFETY: as promised by the caller, here and below; each block of rows is written before it is
    // added to.
    unsafe {
        task.clear(out, 1, keys..time);
        task.clear(out, 2, keys..time);
        if keys == 0 {
            return task.clear(out, 0, 0..time);
        }
    }
    let room = QUERIES.min(time) * keys;
    let k_transposed = task.transposed(saw.qkv, 1, &mut scratch.keys);
    let v_transposed = task.transposed(saw.qkv, 2, &mut scratch.values);
    let (first, second) = (&mut scratch.probabilities, &mut scratch.gradients);
    first.resize(room, 0.0);
    second.resize(room, 0.0);
    for from in (0..time).step_by(QUERIES) {
        let count = QUERIES.min(time - from);
        let (p, dp) = (&mut first[..count * keys], &mut second[..count * keys]);
        let (q, g) = (
            task.view(saw.qkv, 0, from, count),
            task.view(saw.g, 0, from, count),
        );
        product_into(p, keys, q, k_transposed, Update::Overwrite, Threads::One);
        product_into(dp, keys, g, v_transposed, Update::Overwrite, Threads::One);
        for (i, (p, dp)) in p
            .chunks_exact_mut(keys)
            .zip(dp.chunks_exact_mut(keys))
            .enumerate()
        {
            differentiate(task, saw, from + i, p, dp);
        }
        let (p, ds) = (task.scores(p, count), task.scores(dp, count));
        let k = task.view(saw.qkv, 1, 0, keys);
        let into = if from == 0 {
            Update::Overwrite
        } else {
            Update::Add
        };
        // SAFETY: see above.
        unsafe {
            multiply(
                out.at(task.offset(0, from)),
                width,
                ds,
                k,
                Update::Overwrite,
                Threads::One,
            );
            multiply(
                out.at(task.offset(1, 0)),
                width,
                ds.transposed(),
                q,
                into,
                Threads::One,
            );
            multiply(
                out.at(task.offset(2, 0)),
                width,
                p.transposed(),
                g,
                into,
                Threads::One,
            );
        }
    }
}

/// From products `s` and `dp = g·vᵀ` of one query: `s := dropout(p)` and `dp := ∂/∂s`.
fn differentiate(
    task: &Task<'_>,
    saw: BackwardInputs<'_>,
    query: usize,
    s: &mut [f32],
    dp: &mut [f32],
) {
    let (scale, log_sum, d) = (
        task.scale(),
        saw.log_sums[query],
        task.shape.width / task.shape.heads,
    );
    let at = task.offset(0, query);
    vectorize(
        #[inline(always)]
        || {
            let along = sum2(&saw.g[at..at + d], &saw.context[at..at + d], |g, o| g * o);
            task.add_to_scores(query, s);
            match task.stream(query) {
                None => {
                    for (s, dp) in s.iter_mut().zip(dp.iter_mut()) {
                        *s = exp(s.mul_add(scale, -log_sum));
                        *dp = *s * (*dp - along) * scale;
                    }
                }
                Some((stream, factor)) => {
                    for (column, (s, dp)) in s.iter_mut().zip(dp.iter_mut()).enumerate() {
                        let (p, keep) = (
                            exp(s.mul_add(scale, -log_sum)),
                            stream.factor(column as u32, factor),
                        );
                        *s = p * keep;
                        *dp = p * dp.mul_add(keep, -along) * scale;
                    }
                }
            }
        },
    );
}
