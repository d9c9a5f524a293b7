//! Functions of one element: softplus and SiLU, alone and as a gate.

use crate::buffer::build2;
use crate::elementwise::{BLOCK, chain, map};
use crate::gated::{silu, silu_derivative};
use crate::math::{exp, logistic};
use crate::simd::vectorize;

/// `ln(1 + e^x)`, to rounding in either tail, 0 below −60: `max(x, 0) + ln(1 + w)` with
/// `w = e^−|x|`, the logarithm as `2·artanh(w/(2 + w))`.
#[inline(always)]
#[must_use]
pub fn softplus(x: f32) -> f32 {
    let w = exp(-x.abs());
    let s = w / (2.0 + w); // at most 1/3
    let t = s * s;
    let mut series = 1.0 / 17.0f32;
    for odd in [15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0f32] {
        series = series.mul_add(t, 1.0 / odd);
    }
    (2.0 * s).mul_add(series, x.max(0.0))
}

/// [`softplus`] of every element.
pub fn softplus_all(x: &[f32]) -> Vec<f32> {
    map(x, softplus)
}

/// `g·softplus'(x)` with `softplus'(x) = 1/(1 + e^−x)`.
///
/// # Panics
/// If the lengths differ.
pub fn softplus_backward(x: &[f32], g: &[f32]) -> Vec<f32> {
    chain(x, g, logistic)
}

/// [`silu`] of every element.
pub fn silu_all(x: &[f32]) -> Vec<f32> {
    map(x, silu)
}

/// `g·SiLU'(x)`.
///
/// # Panics
/// If the lengths differ.
pub fn silu_backward(x: &[f32], g: &[f32]) -> Vec<f32> {
    chain(x, g, silu_derivative)
}

/// `x ⊙ SiLU(z)`.
///
/// # Panics
/// If the lengths differ.
pub fn silu_gate(x: &[f32], z: &[f32]) -> Vec<f32> {
    chain(z, x, silu)
}

/// The gradients of `x` and `z`, given that of [`silu_gate`]: `g ⊙ SiLU(z)` and `g ⊙ x ⊙ SiLU'(z)`.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn silu_gate_backward(x: &[f32], z: &[f32], g: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let same = x.len() == z.len() && x.len() == g.len();
    assert!(same, "gate: arrays of different lengths");
    build2(x.len(), BLOCK, |index, to_x, to_z| {
        let block = index * BLOCK..index * BLOCK + to_x.len();
        let (x, z, g) = (&x[block.clone()], &z[block.clone()], &g[block]);
        vectorize(
            #[inline(always)]
            || {
                let to = to_x.iter_mut().zip(to_z.iter_mut());
                for ((to_x, to_z), ((&x, &z), &g)) in to.zip(x.iter().zip(z).zip(g)) {
                    *to_x = g * silu(z);
                    *to_z = g * x * silu_derivative(z);
                }
            },
        );
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softplus_keeps_its_digits_in_both_tails() {
        for i in -6000..8700 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp().ln_1p();
            let apart = f64::from(softplus(x)) / exact - 1.0;
            assert!(apart.abs() < 4e-7, "{x}: {apart}");
        }
        assert_eq!((softplus(-61.0), softplus(200.0)), (0.0, 200.0));
        assert!(softplus(f32::NAN).is_nan());
    }

    #[test]
    fn derivatives_follow_differences() {
        let softplus = |x: f64| x.exp().ln_1p();
        for x in [-20.0f32, -3.0, -0.5, 0.0, 0.7, 4.0, 30.0] {
            let (low, high) = (f64::from(x) - 1e-4, f64::from(x) + 1e-4);
            let difference = (softplus(high) - softplus(low)) / 2e-4;
            assert!((f64::from(logistic(x)) - difference).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn a_gate_of_many_blocks_is_the_gate_of_each_element() {
        let of = |len: usize, by: f32| (0..len).map(|i| (i as f32 * by).sin()).collect::<Vec<_>>();
        let (x, z, g) = (of(50_000, 0.3), of(50_000, 0.7), of(50_000, 0.9));
        let (y, (to_x, to_z)) = (silu_gate(&x, &z), silu_gate_backward(&x, &z, &g));
        for i in (0..x.len()).step_by(997) {
            assert_eq!(y[i], silu_gate(&x[i..=i], &z[i..=i])[0]);
            let (one_x, one_z) = silu_gate_backward(&x[i..=i], &z[i..=i], &g[i..=i]);
            assert_eq!((to_x[i], to_z[i]), (one_x[0], one_z[0]));
        }
    }
}
