//! Layer norm over rows.

use crate::buffer::{build, build2};
use crate::dropout::Dropout;
use crate::elementwise::{add_in_order, rows_for_partial_sums, rows_per_block};
use crate::simd::vectorize;
use crate::sums::{sum, sum2};
use rayon::prelude::*;

/// The input of a norm: `x`, or `residual + dropout(x)`.
#[derive(Debug, Clone, Copy)]
pub struct NormInput<'a> {
    /// `x`, rows of the width.
    pub x: &'a [f32],
    /// What is added, as large as `x`.
    pub residual: Option<&'a [f32]>,
    /// Of `x`.
    pub dropout: Option<Dropout>,
    /// Elements of a row.
    pub width: usize,
}

impl NormInput<'_> {
    /// Writes row `row` into `out`.
    #[inline(always)]
    fn row(&self, row: usize, out: &mut [f32]) {
        let from = row * self.width;
        out.copy_from_slice(&self.x[from..from + self.width]);
        if let Some(dropout) = self.dropout {
            let (stream, scale) = (dropout.row(row as u64), dropout.scale());
            for (column, out) in out.iter_mut().enumerate() {
                *out *= stream.factor(column as u32, scale);
            }
        }
        if let Some(residual) = self.residual {
            for (out, r) in out.iter_mut().zip(&residual[from..from + self.width]) {
                *out += r;
            }
        }
    }
}

/// The input itself: `x`, or `residual + dropout(x)`.
///
/// # Panics
/// As [`forward`].
#[must_use]
pub fn sum_rows(input: NormInput<'_>) -> Vec<f32> {
    let width = input.width;
    let rows = rows_per_block(width);
    build(input.x.len(), rows * width, |index, y| {
        vectorize(
            #[inline(always)]
            || {
                for (row, y) in y.chunks_exact_mut(width).enumerate() {
                    input.row(index * rows + row, y);
                }
            },
        );
    })
}

/// Replaces `row` by its normalised form and returns `1/√(variance + ε)`; all NaN where the
/// variance is beyond the numbers, which would make a row of zeros.
#[inline(always)]
fn normalize(row: &mut [f32], epsilon: f32) -> f32 {
    let n = row.len() as f32;
    let mean = sum(row, |x| x) / n;
    let variance = sum(row, |x| (x - mean) * (x - mean)) / n;
    let scale = 1.0 / (variance + epsilon).sqrt() + 0.0 * variance;
    for x in row.iter_mut() {
        *x = (*x - mean) * scale;
    }
    scale
}

/// What the backward pass needs: the normalised rows, and `1/√(variance + ε)` of each.
#[derive(Debug, Clone)]
pub struct Normalized {
    /// `x̂ = (x − mean)/√(variance + ε)`, row by row.
    pub rows: Vec<f32>,
    /// `1/√(variance + ε)` of each row.
    pub scales: Vec<f32>,
}

/// `γ·x̂ + β` alone: layer norm (Ba, Kiros, Hinton 2016), the variance divided by the width. NaN in
/// a row whose variance is beyond the numbers.
///
/// # Panics
/// If the width is 0 and there are elements, or the residual is shorter than `x`.
#[must_use]
pub fn forward(input: NormInput<'_>, gamma: &[f32], beta: &[f32], epsilon: f32) -> Vec<f32> {
    let width = input.width;
    let rows = rows_per_block(width);
    build(input.x.len(), rows * width, |index, y| {
        vectorize(
            #[inline(always)]
            || {
                for (row, y) in y.chunks_exact_mut(width).enumerate() {
                    input.row(index * rows + row, y);
                    normalize(y, epsilon);
                    for ((y, g), b) in y.iter_mut().zip(gamma).zip(beta) {
                        *y = y.mul_add(*g, *b);
                    }
                }
            },
        );
    })
}

/// `γ·x̂ + β` and what the backward pass needs, as [`forward`].
///
/// # Panics
/// As [`forward`].
pub fn forward_saving(
    input: NormInput<'_>,
    gamma: &[f32],
    beta: &[f32],
    epsilon: f32,
) -> (Vec<f32>, Normalized) {
    let width = input.width;
    let rows = rows_per_block(width);
    let mut scales = vec![0f32; input.x.len() / width.max(1)];
    let blocks: Vec<_> = scales.chunks_mut(rows).map(std::sync::Mutex::new).collect();
    let (y, normalized) = build2(input.x.len(), rows * width, |index, y, x| {
        let Ok(mut scales) = blocks[index].lock() else {
            return;
        };
        vectorize(
            #[inline(always)]
            || {
                let pairs = y.chunks_exact_mut(width).zip(x.chunks_exact_mut(width));
                for (row, (y, x)) in pairs.enumerate() {
                    input.row(index * rows + row, x);
                    scales[row] = normalize(x, epsilon);
                    for (((y, x), g), b) in y.iter_mut().zip(x.iter()).zip(gamma).zip(beta) {
                        *y = x.mul_add(*g, *b);
                    }
                }
            },
        );
    });
    drop(blocks);
    (
        y,
        Normalized {
            rows: normalized,
            scales,
        },
    )
}

/// `∂/∂input = scale·(g·γ − mean(g·γ) − x̂·mean(g·γ·x̂))`, row by row.
#[must_use]
pub fn backward_input(normalized: &Normalized, gamma: &[f32], g: &[f32]) -> Vec<f32> {
    let width = gamma.len();
    let rows = rows_per_block(width);
    build(g.len(), rows * width, |index, out| {
        vectorize(
            #[inline(always)]
            || {
                for (row, out) in out.chunks_exact_mut(width).enumerate() {
                    let row = index * rows + row;
                    let x = &normalized.rows[row * width..][..width];
                    for ((out, g), gamma) in
                        out.iter_mut().zip(&g[row * width..][..width]).zip(gamma)
                    {
                        *out = g * gamma;
                    }
                    let mean = sum(out, |g| g) / width as f32;
                    let along = sum2(out, x, |g, x| g * x) / width as f32;
                    let scale = normalized.scales[row];
                    for (out, x) in out.iter_mut().zip(x) {
                        *out = (*out - mean - x * along) * scale;
                    }
                }
            },
        );
    })
}

/// The gradients `Σ_r g_r·x̂_r` of `γ` and `Σ_r g_r` of `β`.
#[must_use]
pub fn backward_parameters(normalized: &[f32], g: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
    if g.is_empty() {
        return (vec![0.0; width], vec![0.0; width]);
    }
    let block = rows_for_partial_sums(g.len() / width) * width;
    let partial = g
        .par_chunks(block)
        .zip(normalized.par_chunks(block))
        .map(|(g, x)| {
            let (mut gamma, mut beta) = (vec![0f32; width], vec![0f32; width]);
            vectorize(
                #[inline(always)]
                || {
                    for (g, x) in g.chunks_exact(width).zip(x.chunks_exact(width)) {
                        for (((gamma, beta), g), x) in gamma.iter_mut().zip(&mut beta).zip(g).zip(x)
                        {
                            *gamma += g * x;
                            *beta += g;
                        }
                    }
                },
            );
            (gamma, beta)
        });
    let (gamma, beta): (Vec<_>, Vec<_>) = partial.collect::<Vec<_>>().into_iter().unzip();
    (add_in_order(gamma), add_in_order(beta))
}
