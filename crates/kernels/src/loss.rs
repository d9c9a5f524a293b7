//! Softmax cross-entropy over rows.

use rayon::prelude::*;

use crate::buffer::build;
use crate::math::exp;
use crate::simd::vectorize;
use crate::sums::{maximum, sum};

/// `log Σ_v exp(row_v)` of each row.
#[must_use]
pub fn log_sum_exp(logits: &[f32], width: usize) -> Vec<f32> {
    logits
        .par_chunks_exact(width)
        .map(|row| {
            vectorize(
                #[inline(always)]
                || {
                    let top = maximum(row);
                    top + sum(row, |x| exp(x - top)).ln()
                },
            )
        })
        .collect()
}

/// `g_r·(softmax(logits_r) − onehot(target_r))`.
#[must_use]
pub fn backward(logits: &[f32], log_sums: &[f32], targets: &[u32], g: &[f32]) -> Vec<f32> {
    let width = logits.len() / targets.len().max(1);
    build(logits.len(), width.max(1), |row, out| {
        out.copy_from_slice(&logits[row * width..][..width]);
        backward_row(out, log_sums[row], targets[row], g[row]);
    })
}

/// As [`backward`], over the logits.
pub fn backward_in_place(logits: &mut [f32], log_sums: &[f32], targets: &[u32], g: &[f32]) {
    let width = logits.len() / targets.len().max(1);
    logits
        .par_chunks_exact_mut(width.max(1))
        .enumerate()
        .for_each(|(row, out)| {
            backward_row(out, log_sums[row], targets[row], g[row]);
        });
}

fn backward_row(row: &mut [f32], log_sum: f32, target: u32, g: f32) {
    vectorize(
        #[inline(always)]
        || {
            for x in row.iter_mut() {
                *x = g * exp(*x - log_sum);
            }
        },
    );
    row[target as usize] -= g;
}
