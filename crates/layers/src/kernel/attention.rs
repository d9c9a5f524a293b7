//! Attention on `[batch, time, width]` without permutes: head `h` is a strided view of columns `h·d … (h+1)·d`.
//!
//! One task per (sequence, head); inside it blocks of queries, first to last. The probabilities of a block live in the
//! task's scratch and are computed again in the backward pass from the stored log-sum of each row.
#![allow(unsafe_code)]

use rayon::prelude::*;

use super::math::exp;
use super::product::{Matrix, Threads, Update, multiply};
use super::simd::{maximum, sum, sum2, vectorize};
use crate::Dropout;
use crate::dropout::RowStream;

/// Queries per block: their scores against 512 keys fill a quarter of a 1 MiB second-level cache.
const QUERIES: usize = 128;

/// Sizes and options of one attention.
#[derive(Debug, Clone)]
pub(crate) struct Attention {
    pub(crate) batch: usize,
    pub(crate) time: usize,
    pub(crate) heads: usize,
    pub(crate) width: usize,
    /// Which keys are tokens, `[batch, time]`; all if none.
    pub(crate) mask: Option<std::sync::Arc<[bool]>>,
    pub(crate) dropout: Option<Dropout>,
}

/// A pointer that tasks share; each writes its own columns of its own sequence.
#[derive(Clone, Copy)]
struct Shared(*mut f32);
// SAFETY: tasks write disjoint elements (see `Task::offset`), and the array outlives the parallel loop.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    /// The pointer `offset` elements on.
    ///
    /// # Safety
    /// The offset must be inside the array.
    unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: as promised by the caller.
        unsafe { self.0.add(offset) }
    }
}

/// One sequence and head.
struct Task<'a> {
    shape: &'a Attention,
    sequence: usize,
    head: usize,
    /// Number of keys up to the last token.
    keys: usize,
    /// 0 for a token, −∞ for padding before the last token; none if there is no such padding.
    hidden: Option<Vec<f32>>,
}

impl<'a> Task<'a> {
    fn new(shape: &'a Attention, index: usize) -> Self {
        let (sequence, head) = (index / shape.heads, index % shape.heads);
        let mask = shape
            .mask
            .as_ref()
            .map(|mask| &mask[sequence * shape.time..][..shape.time]);
        let keys = mask.map_or(shape.time, |mask| {
            mask.iter()
                .rposition(|&token| token)
                .map_or(0, |last| last + 1)
        });
        let hidden = mask
            .map(|mask| &mask[..keys])
            .filter(|mask| mask.contains(&false))
            .map(|mask| {
                let bias = |&token: &bool| if token { 0.0 } else { f32::NEG_INFINITY };
                mask.iter().map(bias).collect()
            });
        Self {
            shape,
            sequence,
            head,
            keys,
            hidden,
        }
    }

    /// Where row `row` of this head starts in plane `plane` of a `[planes, batch, time, width]` array.
    fn offset(&self, plane: usize, row: usize) -> usize {
        let Attention {
            batch,
            time,
            width,
            heads,
            ..
        } = *self.shape;
        ((plane * batch + self.sequence) * time + row) * width + self.head * (width / heads)
    }

    fn view<'b>(&self, data: &'b [f32], plane: usize, row: usize, rows: usize) -> Matrix<'b> {
        let d = self.shape.width / self.shape.heads;
        Matrix::strided(&data[self.offset(plane, row)..], rows, d, self.shape.width)
    }

    /// Row of the stream and of the log-sums for query `query`.
    fn stream_row(&self, query: usize) -> usize {
        (self.sequence * self.shape.heads + self.head) * self.shape.time + query
    }

    fn stream(&self, query: usize) -> Option<(RowStream, f32)> {
        let dropout = self.shape.dropout.filter(|d| !d.is_identity())?;
        Some((dropout.row(self.stream_row(query) as u64), dropout.scale()))
    }

    fn scale(&self) -> f32 {
        ((self.shape.width / self.shape.heads) as f32)
            .sqrt()
            .recip()
    }

    /// `Q·Kᵀ` of a block of queries into `scores`.
    fn scores(&self, qkv: &[f32], from: usize, count: usize, scores: &mut [f32]) {
        let (q, k) = (
            self.view(qkv, 0, from, count),
            self.view(qkv, 1, 0, self.keys),
        );
        super::product::product_into(
            scores,
            self.keys,
            q,
            k.transposed(),
            Update::Overwrite,
            Threads::One,
        );
    }

    /// Sets `rows × d` elements of this head to zero.
    ///
    /// # Safety
    /// The array must have the plane, and nobody else may use this head of it.
    unsafe fn clear(&self, out: Shared, plane: usize, rows: std::ops::Range<usize>) {
        let d = self.shape.width / self.shape.heads;
        for row in rows {
            // SAFETY: inside the plane; this task's columns.
            unsafe { out.at(self.offset(plane, row)).write_bytes(0, d) };
        }
    }
}

/// The context `[batch, time, width]` and the log-sum of each row of scores, `[batch, heads, time]`.
pub(crate) fn forward(shape: &Attention, qkv: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let len = shape.batch * shape.time * shape.width;
    assert_eq!(qkv.len(), 3 * len, "attention: expected three planes");
    let mut context = Vec::<f32>::with_capacity(len);
    let mut log_sums = vec![0f32; shape.batch * shape.heads * shape.time];
    let out = Shared(context.as_mut_ptr());
    log_sums
        .par_chunks_mut(shape.time.max(1))
        .enumerate()
        .for_each_init(Vec::new, |scratch, (index, log_sums)| {
            // SAFETY: each task writes its own head of its own sequence of `context`.
            unsafe { forward_head(&Task::new(shape, index), qkv, out, log_sums, scratch) };
        });
    // SAFETY: the tasks wrote every head of every sequence.
    unsafe { context.set_len(len) };
    (context, log_sums)
}

/// # Safety
/// `out` has room for a plane, and nobody else uses this task's head of it.
unsafe fn forward_head(
    task: &Task<'_>,
    qkv: &[f32],
    out: Shared,
    log_sums: &mut [f32],
    scratch: &mut Vec<f32>,
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
    scratch.resize(QUERIES.min(time) * task.keys, 0.0);
    for from in (0..time).step_by(QUERIES) {
        let count = QUERIES.min(time - from);
        let scores = &mut scratch[..count * task.keys];
        task.scores(qkv, from, count, scores);
        let mut inverse = [0f32; QUERIES];
        for (i, row) in scores.chunks_exact_mut(task.keys).enumerate() {
            (log_sums[from + i], inverse[i]) = exponentiate(task, from + i, row);
        }
        let scores = Matrix::row_major(scores, count, task.keys);
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

/// Replaces a row of products by `dropout(exp(scaled − top))`; the log-sum of the row and the inverse of its sum.
fn exponentiate(task: &Task<'_>, query: usize, row: &mut [f32]) -> (f32, f32) {
    let (scale, stream) = (task.scale(), task.stream(query));
    vectorize(
        #[inline(always)]
        || {
            if let Some(hidden) = &task.hidden {
                for (x, hidden) in row.iter_mut().zip(hidden) {
                    *x += hidden;
                }
            }
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

/// The gradient of `qkv`, given that of the context.
pub(crate) fn backward(
    shape: &Attention,
    qkv: &[f32],
    context: &[f32],
    log_sums: &[f32],
    g: &[f32],
) -> Vec<f32> {
    let mut gradient = Vec::<f32>::with_capacity(qkv.len());
    let out = Shared(gradient.as_mut_ptr());
    log_sums
        .par_chunks(shape.time.max(1))
        .enumerate()
        .for_each_init(Vec::new, |scratch, (index, log_sums)| {
            // SAFETY: each task writes its own head of its own sequence in the three planes of `gradient`.
            unsafe {
                backward_head(
                    &Task::new(shape, index),
                    Saw {
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
struct Saw<'a> {
    qkv: &'a [f32],
    context: &'a [f32],
    log_sums: &'a [f32],
    g: &'a [f32],
}

/// # Safety
/// `out` has room for three planes, and nobody else uses this task's head of them.
unsafe fn backward_head(task: &Task<'_>, saw: Saw<'_>, out: Shared, scratch: &mut Vec<f32>) {
    let Attention { time, width, .. } = *task.shape;
    let keys = task.keys;
    // SAFETY: as promised by the caller, here and below; each block of rows is written before it is added to.
    unsafe {
        task.clear(out, 1, keys..time);
        task.clear(out, 2, keys..time);
        if keys == 0 {
            return task.clear(out, 0, 0..time);
        }
    }
    let room = QUERIES.min(time) * keys;
    scratch.resize(2 * room, 0.0);
    let (first, second) = scratch.split_at_mut(room);
    for from in (0..time).step_by(QUERIES) {
        let count = QUERIES.min(time - from);
        let (p, dp) = (&mut first[..count * keys], &mut second[..count * keys]);
        task.scores(saw.qkv, from, count, p);
        let g = task.view(saw.g, 0, from, count);
        let v = task.view(saw.qkv, 2, 0, keys);
        super::product::product_into(dp, keys, g, v.transposed(), Update::Overwrite, Threads::One);
        for (i, (p, dp)) in p
            .chunks_exact_mut(keys)
            .zip(dp.chunks_exact_mut(keys))
            .enumerate()
        {
            differentiate(task, saw, from + i, p, dp);
        }
        let (p, ds) = (
            Matrix::row_major(p, count, keys),
            Matrix::row_major(dp, count, keys),
        );
        let (q, k) = (
            task.view(saw.qkv, 0, from, count),
            task.view(saw.qkv, 1, 0, keys),
        );
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
fn differentiate(task: &Task<'_>, saw: Saw<'_>, query: usize, s: &mut [f32], dp: &mut [f32]) {
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
            if let Some(hidden) = &task.hidden {
                for (x, hidden) in s.iter_mut().zip(hidden) {
                    *x += hidden;
                }
            }
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
