//! Gated units: one half of a row lets the other half through.

use crate::buffer::build;
use crate::elementwise::rows_per_block;
use crate::math::{above_lowest, gate, gelu, gelu_derivative, logistic};
use crate::simd::vectorize;

/// The function of the half that gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// `GELU(x) = x·Φ(x)`, exact.
    Gelu,
    /// `SiLU(x) = x/(1 + e^−x)`.
    Silu,
}

/// `SiLU(x) = x/(1 + e^−x)`.
#[inline(always)]
#[must_use]
pub fn silu(x: f32) -> f32 {
    gate(above_lowest(x), x)
}

/// `SiLU'(x) = s + x·s·(1 − s)` with `s = 1/(1 + e^−x)`.
#[inline(always)]
#[must_use]
pub fn silu_derivative(x: f32) -> f32 {
    let s = logistic(x);
    s + above_lowest(x) * s * (1.0 - s)
}

/// `f(gate) ⊙ value`, each row of `x` being `width` gates and then `width` values.
///
/// ```
/// use dissensus_kernels::gated::{Gate, gated};
/// let y = gated(&[0.0, 100.0, 7.0, 3.0], 2, Gate::Silu);
/// assert_eq!(y, [0.0, 300.0]);
/// ```
///
/// # Panics
/// If `x` is not rows of `2·width`.
pub fn gated(x: &[f32], width: usize, gate: Gate) -> Vec<f32> {
    match gate {
        Gate::Gelu => forward(x, width, gelu),
        Gate::Silu => forward(x, width, silu),
    }
}

/// The gradient of `x`, given that of [`gated`]: `g ⊙ value ⊙ f'(gate)` and `g ⊙ f(gate)`.
///
/// # Panics
/// If `x` is not rows of `2·width`, or `g` is not half as large.
pub fn gated_backward(x: &[f32], g: &[f32], width: usize, gate: Gate) -> Vec<f32> {
    match gate {
        Gate::Gelu => backward(x, g, width, gelu, gelu_derivative),
        Gate::Silu => backward(x, g, width, silu, silu_derivative),
    }
}

fn forward(x: &[f32], width: usize, f: impl Fn(f32) -> f32 + Sync) -> Vec<f32> {
    check(x, width);
    let rows = rows_per_block(width);
    build(x.len() / 2, rows * width, |index, y| {
        let x = &x[index * rows * 2 * width..][..2 * y.len()];
        vectorize(
            #[inline(always)]
            || {
                for (y, x) in y.chunks_exact_mut(width).zip(x.chunks_exact(2 * width)) {
                    let (gates, values) = x.split_at(width);
                    for ((y, &gate), value) in y.iter_mut().zip(gates).zip(values) {
                        *y = f(gate) * value;
                    }
                }
            },
        );
    })
}

fn backward(
    x: &[f32],
    g: &[f32],
    width: usize,
    f: impl Fn(f32) -> f32 + Sync,
    derivative: impl Fn(f32) -> f32 + Sync,
) -> Vec<f32> {
    check(x, width);
    assert_eq!(
        2 * g.len(),
        x.len(),
        "gated: the gradient is not half as large"
    );
    let rows = rows_per_block(2 * width);
    build(x.len(), rows * 2 * width, |index, out| {
        let from = index * rows * 2 * width;
        let (x, g) = (&x[from..][..out.len()], &g[from / 2..][..out.len() / 2]);
        let parts = x.chunks_exact(2 * width).zip(g.chunks_exact(width));
        for (out, (x, g)) in out.chunks_exact_mut(2 * width).zip(parts) {
            let ((gates, values), (to_gates, to_values)) =
                (x.split_at(width), out.split_at_mut(width));
            vectorize(
                #[inline(always)]
                || {
                    let to = to_gates.iter_mut().zip(to_values.iter_mut());
                    let from = gates.iter().zip(values).zip(g);
                    for ((to_gate, to_value), ((&gate, value), g)) in to.zip(from) {
                        *to_gate = g * value * derivative(gate);
                        *to_value = g * f(gate);
                    }
                },
            );
        }
    })
}

fn check(x: &[f32], width: usize) {
    assert!(
        width > 0 && x.len().is_multiple_of(2 * width),
        "gated: {} elements are not rows of twice {width}",
        x.len()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// python -c "import torch; print(torch.nn.functional.silu(torch.tensor([-20., -1., 0., .5,
    /// 3.], dtype=torch.float64)))"
    #[test]
    fn silu_has_the_values_of_torch() {
        let golden = [
            (-20.0, -4.122_307_236_373_72e-8),
            (-1.0, -0.268_941_421_369_995_1),
            (0.0, 0.0),
            (0.5, 0.311_229_665_600_927_26),
            (3.0, 2.857_722_380_472_094),
        ];
        for (x, y) in golden {
            let apart = (f64::from(silu(x)) - y).abs();
            assert!(apart <= 1e-6 * f64::abs(y), "{x}: {apart}");
        }
        assert!(silu(-200.0).abs() < 1e-30 && silu(200.0) == 200.0);
        for x in [f32::MIN, -1e38, -1e20, f32::NEG_INFINITY] {
            assert!(
                silu(x).abs() < 1e-30 && silu_derivative(x).abs() < 1e-30,
                "{x}"
            );
        }
        assert!(silu(f32::NAN).is_nan() && silu_derivative(f32::NAN).is_nan());
        assert_eq!((silu(f32::MAX), silu_derivative(f32::MAX)), (f32::MAX, 1.0));
    }

    #[test]
    fn derivatives_follow_differences() {
        for x in [-6.0f32, -1.3, -0.2, 0.0, 0.4, 2.0, 7.0] {
            let step = 1e-2;
            let silu64 = |x: f64| x / (1.0 + (-x).exp());
            let difference =
                (silu64(f64::from(x) + step) - silu64(f64::from(x) - step)) / (2.0 * step);
            assert!(
                (f64::from(silu_derivative(x)) - difference).abs() < 1e-4,
                "{x}"
            );
        }
    }

    /// Its product with a gradient of 1e-11 is a normal number or 0, as in `math`.
    #[test]
    fn nothing_is_so_small_that_products_become_subnormal() {
        for i in -100_000..=0 {
            let x = i as f32 * 1e-3;
            for y in [silu(x), silu_derivative(x)] {
                assert!(!(y * 1e-11).is_subnormal(), "{x}: {y}");
            }
        }
    }

    #[test]
    fn blocks_do_not_show() {
        let width = 1 << 13;
        let row: Vec<f32> = (0..2 * width).map(|i| (i as f32 * 0.37).sin()).collect();
        let many = [&row[..], &row, &row, &row, &row].concat();
        let (one, all) = (
            gated(&row, width, Gate::Gelu),
            gated(&many, width, Gate::Gelu),
        );
        assert!(all.chunks(width).all(|y| y == one));
        let back = gated_backward(&many, &all, width, Gate::Gelu);
        let first = gated_backward(&row, &one, width, Gate::Gelu);
        assert!(back.chunks(2 * width).all(|g| g == first));
    }
}
