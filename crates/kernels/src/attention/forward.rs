//! The forward pass of attention.
#![allow(unsafe_code, reason = "see the module above")]

use rayon::prelude::*;

use super::{Attention, QUERIES, Task};
use crate::math::exp;
use crate::product::{Shared, Threads, Update, multiply, product_into};
use crate::simd::vectorize;
use crate::sums::{maximum, sum};

/// The context `[batch, time, width]` and the log-sum of each row of scores,
/// `[batch, heads, time]`, of projections `[3, batch, time, width]` (queries, keys, values).
///
/// # Panics
/// If the sizes do not fit, or the heads do not divide the width.
pub fn forward(shape: &Attention, qkv: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let [len, rows] = shape.lengths();
    assert_eq!(qkv.len(), 3 * len, "attention: expected three planes");
    let mut context = Vec::<f32>::with_capacity(len);
    let mut log_sums = vec![0f32; rows];
    let out = Shared(context.as_mut_ptr());
    log_sums
        .par_chunks_mut(shape.time.max(1))
        .enumerate()
        .for_each_init(Scratch::default, |scratch, (index, log_sums)| {
            // SAFETY: each task writes its own head of its own sequence of `context`.
            unsafe { forward_head(&Task::new(shape, index), qkv, out, log_sums, scratch) };
        });
    // SAFETY: the tasks wrote every head of every sequence.
    unsafe { context.set_len(len) };
    (context, log_sums)
}

/// Memory of one thread, used again from head to head.
#[derive(Default)]
struct Scratch {
    keys: Vec<f32>,
    scores: Vec<f32>,
}

/// # Safety
/// `out` has room for a plane, and nobody else uses this task's head of it.
unsafe fn forward_head(
    task: &Task<'_>,
    qkv: &[f32],
    out: Shared,
    log_sums: &mut [f32],
    scratch: &mut Scratch,
) {
    let Attention {
        time, width, heads, ..
    } = *task.shape;
    let d = width / heads;
    if task.keys == 0 {
        log_sums.fill(f32::INFINITY);
        // SAFETY: as promised by the caller.
        return unsafe { task.clear(out, 0, 0..time) };
    }
    let Scratch { keys, scores } = scratch;
    let keys = task.transposed(qkv, 1, keys);
    scores.resize(QUERIES.min(time) * task.keys, 0.0);
    for from in (0..time).step_by(QUERIES) {
        let count = QUERIES.min(time - from);
        let scores = &mut scores[..count * task.keys];
        let q = task.view(qkv, 0, from, count);
        product_into(scores, task.keys, q, keys, Update::Overwrite, Threads::One);
        let mut inverse = [0f32; QUERIES];
        for (i, row) in scores.chunks_exact_mut(task.keys).enumerate() {
            (log_sums[from + i], inverse[i]) = exponentiate(task, from + i, row);
        }
        let scores = task.scores(scores, count);
        // SAFETY: rows `from .. from + count` of this head; each is written before it is borrowed.
        unsafe {
            multiply(
                out.at(task.offset(0, from)),
                width,
                scores,
                task.view(qkv, 2, 0, task.keys),
                Update::Overwrite,
                Threads::One,
            );
            for (i, inverse) in inverse[..count].iter().enumerate() {
                let row = std::slice::from_raw_parts_mut(out.at(task.offset(0, from + i)), d);
                row.iter_mut().for_each(|x| *x *= inverse);
            }
        }
    }
}

/// Replaces a row of products by `dropout(exp(scaled − top))`; the log-sum of the row and the
/// inverse of its sum.
fn exponentiate(task: &Task<'_>, query: usize, row: &mut [f32]) -> (f32, f32) {
    let (scale, stream) = (task.scale(), task.stream(query));
    vectorize(
        #[inline(always)]
        || {
            task.add_to_scores(query, row);
            let top = maximum(row) * scale;
            for x in row.iter_mut() {
                *x = exp(x.mul_add(scale, -top));
            }
            let total = sum(row, |x| x);
            if let Some((stream, factor)) = stream {
                for (column, x) in row.iter_mut().enumerate() {
                    *x *= stream.factor(column as u32, factor);
                }
            }
            (top + total.ln(), 1.0 / total)
        },
    )
}
