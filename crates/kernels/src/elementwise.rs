//! One pass over one or two arrays.

use rayon::prelude::*;

use crate::buffer::{build, build2};
use crate::dropout::Dropout;
use crate::math::{gelu, gelu_derivative, gelu_tanh, gelu_tanh_derivative};
use crate::simd::vectorize;

/// Elements per task: small enough for the second-level cache, large enough to outweigh a task.
pub(crate) const BLOCK: usize = 1 << 14;

/// Rows per task for rows of this width.
#[must_use]
pub fn rows_per_block(width: usize) -> usize {
    (BLOCK / width.max(1)).max(1)
}

/// `f(x)`, element by element.
pub fn map(x: &[f32], f: impl Fn(f32) -> f32 + Sync) -> Vec<f32> {
    build(x.len(), BLOCK, |index, y| {
        let x = &x[index * BLOCK..][..y.len()];
        vectorize(
            #[inline(always)]
            || {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = f(x);
                }
            },
        );
    })
}

/// `GELU(x)`.
pub fn gelu_all(x: &[f32]) -> Vec<f32> {
    map(x, gelu)
}

/// `g·GELU'(z)`.
pub fn gelu_backward(z: &[f32], g: &[f32]) -> Vec<f32> {
    chain(z, g, gelu_derivative)
}

/// [`gelu_tanh`], element by element.
pub fn gelu_tanh_all(x: &[f32]) -> Vec<f32> {
    map(x, gelu_tanh)
}

/// `g·f'(z)` for `f` of [`gelu_tanh`].
pub fn gelu_tanh_backward(z: &[f32], g: &[f32]) -> Vec<f32> {
    chain(z, g, gelu_tanh_derivative)
}

/// `g·f(z)`, element by element; for a backward pass `f` is the derivative.
///
/// # Panics
/// If the lengths differ.
pub(crate) fn chain(z: &[f32], g: &[f32], f: impl Fn(f32) -> f32 + Sync) -> Vec<f32> {
    assert_eq!(z.len(), g.len(), "arrays of different lengths");
    build(z.len(), BLOCK, |index, out| {
        let from = index * BLOCK;
        let (z, g) = (&z[from..][..out.len()], &g[from..][..out.len()]);
        vectorize(
            #[inline(always)]
            || {
                for ((out, &z), &g) in out.iter_mut().zip(z).zip(g) {
                    *out = g * f(z);
                }
            },
        );
    })
}

/// `sin(f_c·x_rc)` in rows of as many columns as there are frequencies.
///
/// # Panics
/// If `x` is not rows of that width.
#[must_use]
pub fn sine(x: &[f32], frequencies: &[f32]) -> Vec<f32> {
    let width = frequencies.len();
    check_rows(x, width);
    let rows = rows_per_block(width);
    build(x.len(), rows * width, |index, y| {
        let x = &x[index * rows * width..][..y.len()];
        for (y, x) in y.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
            for ((y, x), f) in y.iter_mut().zip(x).zip(frequencies) {
                *y = (f * x).sin();
            }
        }
    })
}

/// The gradients of `x` and of the frequencies, given that of [`sine`]: `g·f·cos(f·x)` and
/// `Σ_r g·x·cos(f·x)`.
///
/// # Panics
/// If `x` is not rows of that width, or `g` is not as large.
#[must_use]
pub fn sine_backward(x: &[f32], frequencies: &[f32], g: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let width = frequencies.len();
    check_rows(x, width);
    assert_eq!(x.len(), g.len(), "sine: x and g differ");
    let rows = rows_per_block(width);
    let (to_x, slopes) = build2(x.len(), rows * width, |index, to_x, slopes| {
        let from = index * rows * width;
        let pairs = to_x
            .chunks_exact_mut(width)
            .zip(slopes.chunks_exact_mut(width));
        for (row, (to_x, slopes)) in pairs.enumerate() {
            let at = from + row * width;
            for column in 0..width {
                let (x, f) = (x[at + column], frequencies[column]);
                let slope = g[at + column] * (f * x).cos();
                to_x[column] = slope * f;
                slopes[column] = slope * x;
            }
        }
    });
    (to_x, column_sums(&slopes, width))
}

fn check_rows(x: &[f32], width: usize) {
    assert!(
        width > 0 && x.len().is_multiple_of(width),
        "sine: {} elements are not rows of {width}",
        x.len()
    );
}

/// `g := g·GELU'(z)`.
///
/// # Panics
/// If `g` is not as large as `z`.
pub fn gelu_backward_in_place(z: &[f32], g: &mut [f32]) {
    assert_eq!(z.len(), g.len(), "gelu: z and g differ");
    g.par_chunks_mut(BLOCK)
        .zip(z.par_chunks(BLOCK))
        .for_each(|(g, z)| {
            vectorize(
                #[inline(always)]
                || {
                    for (g, &z) in g.iter_mut().zip(z) {
                        *g *= gelu_derivative(z);
                    }
                },
            );
        });
}

/// `x·m`, `m` being the dropout's factors of rows of this width.
#[must_use]
pub fn drop_rows(x: &[f32], width: usize, dropout: Dropout) -> Vec<f32> {
    let rows = rows_per_block(width);
    let scale = dropout.scale();
    build(x.len(), rows * width, |index, out| {
        let x = &x[index * rows * width..][..out.len()];
        let pairs = out.chunks_exact_mut(width).zip(x.chunks_exact(width));
        for (row, (out, x)) in pairs.enumerate() {
            let stream = dropout.row((index * rows + row) as u64);
            vectorize(
                #[inline(always)]
                || {
                    for (column, (out, x)) in out.iter_mut().zip(x).enumerate() {
                        *out = x * stream.factor(column as u32, scale);
                    }
                },
            );
        }
    })
}

/// The sum over rows of an array of rows of this width, in blocks whose sums are added in order.
#[must_use]
pub fn column_sums(x: &[f32], width: usize) -> Vec<f32> {
    let block = rows_for_partial_sums(x.len() / width.max(1)) * width;
    if x.is_empty() {
        return vec![0.0; width];
    }
    let partial: Vec<Vec<f32>> = x
        .par_chunks(block)
        .map(|rows| {
            let mut sum = vec![0f32; width];
            vectorize(
                #[inline(always)]
                || {
                    for row in rows.chunks_exact(width) {
                        for (sum, x) in sum.iter_mut().zip(row) {
                            *sum += x;
                        }
                    }
                },
            );
            sum
        })
        .collect();
    add_in_order(partial)
}

/// Rows per partial sum: at most 64 of them, each over at least 16 rows.
#[must_use]
pub fn rows_for_partial_sums(rows: usize) -> usize {
    rows.div_ceil(64).max(16)
}

/// The sum of equally long vectors, first to last.
#[must_use]
pub fn add_in_order(partial: Vec<Vec<f32>>) -> Vec<f32> {
    let mut partial = partial.into_iter();
    let mut sum = partial.next().unwrap_or_default();
    for next in partial {
        for (sum, x) in sum.iter_mut().zip(next) {
            *sum += x;
        }
    }
    sum
}
