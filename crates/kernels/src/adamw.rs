//! AdamW and the global norm, fused and threaded over parameter slices.

use rayon::prelude::*;

use crate::simd::vectorize;
use crate::sums::sum;

/// Elements per task, and per partial sum of the norm: fixed, so that results do not depend on the
/// threads.
const BLOCK: usize = 1 << 14;

/// The constants of AdamW (Loshchilov and Hutter 2019), with PyTorch's formula.
///
/// For step `t = 1, 2, …`, gradient `g`, rate `η`:
///
/// ```text
/// θ ← θ − η·λ·θ
/// m ← β₁·m + (1 − β₁)·g          v ← β₂·v + (1 − β₂)·g²
/// θ ← θ − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// `β₁`.
    pub beta1: f64,
    /// `β₂`.
    pub beta2: f64,
    /// `ε`, added to the root.
    pub epsilon: f64,
    /// `λ`, the decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for AdamW {
    /// 0.9, 0.999, 1e-8, no decay.
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }
}

/// The slices of one parameter, equally long.
#[derive(Debug)]
pub struct Parameter<'a> {
    /// `θ`, updated.
    pub values: &'a mut [f32],
    /// `g`.
    pub gradient: &'a [f32],
    /// `m`, updated.
    pub first: &'a mut [f32],
    /// `v`, updated.
    pub second: &'a mut [f32],
}

/// `√(Σ g²)` over all gradients, in double precision between blocks; the same bits for any number
/// of threads.
///
/// Squares are single precision: infinite where a gradient is above 1.8·10¹⁹, and those below 10⁻²³
/// count as 0.
///
/// ```
/// use dissensus_kernels::adamw::global_norm;
/// assert_eq!(global_norm(&[&[3.0], &[0.0, 4.0]]), 5.0);
/// ```
#[must_use]
pub fn global_norm(gradients: &[&[f32]]) -> f64 {
    let blocks: Vec<&[f32]> = gradients.iter().flat_map(|g| g.chunks(BLOCK)).collect();
    let squares: Vec<f64> = blocks
        .par_iter()
        .map(|block| {
            vectorize(
                #[inline(always)]
                || {
                    block
                        .chunks(1024)
                        .map(|part| f64::from(sum(part, |g| g * g)))
                        .sum::<f64>()
                },
            )
        })
        .collect();
    squares.iter().sum::<f64>().sqrt()
}

/// What a gradient of this norm is multiplied with, to have at most the norm `limit`:
/// `min(1, limit/(norm + 10⁻⁶))`.
///
/// ```
/// use dissensus_kernels::adamw::clip_factor;
/// assert_eq!(clip_factor(0.25, 0.5), 1.0);
/// assert!((clip_factor(2.0, 0.5) - 0.25).abs() < 1e-6);
/// ```
#[must_use]
pub fn clip_factor(norm: f64, limit: f64) -> f64 {
    (limit / (norm + 1e-6)).min(1.0)
}

impl AdamW {
    /// Step number `step` (from 1) of all parameters at rate `rate`, their gradients times
    /// `gradient_factor`.
    ///
    /// One pass: gradients are read once and not written; the factor is that of [`clip_factor`].
    ///
    /// ```
    /// use dissensus_kernels::adamw::{AdamW, Parameter};
    /// let (mut values, mut first, mut second) = ([1.0], [0.0], [0.0]);
    /// let parameter = Parameter {
    ///     values: &mut values,
    ///     gradient: &[0.5],
    ///     first: &mut first,
    ///     second: &mut second,
    /// };
    /// AdamW::default().step(1, 0.1, 1.0, vec![parameter]);
    /// assert!((values[0] - 0.9).abs() < 1e-6); // the first step has the length of the rate
    /// ```
    ///
    /// # Panics
    /// If the slices of a parameter differ in length, or the step is 0.
    pub fn step(&self, step: u32, rate: f64, gradient_factor: f64, parameters: Vec<Parameter<'_>>) {
        assert!(step > 0, "AdamW: steps are counted from 1");
        let update = Update::new(self, step, rate, gradient_factor);
        let blocks: Vec<_> = parameters.into_iter().flat_map(blocks_of).collect();
        if blocks.len() < 2 {
            blocks.into_iter().for_each(|block| update.apply(block));
        } else {
            blocks.into_par_iter().for_each(|block| update.apply(block));
        }
    }
}

/// Splits a parameter into blocks.
fn blocks_of(parameter: Parameter<'_>) -> impl Iterator<Item = Parameter<'_>> {
    let Parameter {
        values,
        gradient,
        first,
        second,
    } = parameter;
    let n = values.len();
    assert!(
        gradient.len() == n && first.len() == n && second.len() == n,
        "AdamW: expected four slices of length {n}"
    );
    let moments = first.chunks_mut(BLOCK).zip(second.chunks_mut(BLOCK));
    let pairs = values.chunks_mut(BLOCK).zip(gradient.chunks(BLOCK));
    pairs
        .zip(moments)
        .map(|((values, gradient), (first, second))| Parameter {
            values,
            gradient,
            first,
            second,
        })
}

/// The constants of one step in single precision.
struct Update {
    factor: f32,
    keep: f32,
    beta1: f32,
    beta2: f32,
    new1: f32,
    new2: f32,
    rate: f32,
    inverse_root: f32,
    epsilon: f32,
}

impl Update {
    fn new(constants: &AdamW, step: u32, rate: f64, factor: f64) -> Self {
        let correction = |beta: f64| 1.0 - beta.powi(step as i32);
        Self {
            factor: factor as f32,
            keep: (1.0 - rate * constants.weight_decay) as f32,
            beta1: constants.beta1 as f32,
            beta2: constants.beta2 as f32,
            new1: (1.0 - constants.beta1) as f32,
            new2: (1.0 - constants.beta2) as f32,
            rate: (rate / correction(constants.beta1)) as f32,
            inverse_root: correction(constants.beta2).sqrt().recip() as f32,
            epsilon: constants.epsilon as f32,
        }
    }

    fn apply(&self, block: Parameter<'_>) {
        vectorize(
            #[inline(always)]
            || {
                let moments = block.first.iter_mut().zip(block.second.iter_mut());
                let pairs = block.values.iter_mut().zip(block.gradient);
                for ((value, &gradient), (first, second)) in pairs.zip(moments) {
                    let g = gradient * self.factor;
                    *first = first.mul_add(self.beta1, g * self.new1);
                    *second = second.mul_add(self.beta2, g * g * self.new2);
                    let root = second.sqrt().mul_add(self.inverse_root, self.epsilon);
                    *value = value.mul_add(self.keep, -self.rate * *first / root);
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One parameter by the formula in double precision, over several steps.
    fn twin(constants: &AdamW, steps: &[f64], rate: f64, factor: f64, start: f64) -> f64 {
        let (mut value, mut m, mut v) = (start, 0.0, 0.0);
        for (t, g) in steps.iter().enumerate() {
            let (g, t) = (g * factor, t as i32 + 1);
            value -= rate * constants.weight_decay * value;
            m = constants.beta1 * m + (1.0 - constants.beta1) * g;
            v = constants.beta2 * v + (1.0 - constants.beta2) * g * g;
            let root = v.sqrt() / (1.0 - constants.beta2.powi(t)).sqrt() + constants.epsilon;
            value -= rate / (1.0 - constants.beta1.powi(t)) * m / root;
        }
        value
    }

    #[test]
    fn steps_are_those_of_the_formula() {
        let constants = AdamW {
            weight_decay: 0.01,
            ..AdamW::default()
        };
        let steps = [0.3, -0.2, 1e-4, 5.0, -0.7];
        for n in [1, 17, BLOCK + 3] {
            let (mut values, mut first, mut second) =
                (vec![0.5f32; n], vec![0f32; n], vec![0f32; n]);
            for (t, &g) in steps.iter().enumerate() {
                let gradient = vec![g as f32; n];
                let parameter = Parameter {
                    values: &mut values,
                    gradient: &gradient,
                    first: &mut first,
                    second: &mut second,
                };
                constants.step(t as u32 + 1, 1e-2, 0.8, vec![parameter]);
            }
            let expected = twin(&constants, &steps, 1e-2, 0.8, 0.5);
            assert!(
                values
                    .iter()
                    .all(|&x| (f64::from(x) - expected).abs() < 1e-6),
                "{n}"
            );
        }
    }

    #[test]
    fn a_gradient_of_zero_moves_nothing() {
        let (mut values, mut first, mut second) = ([0.25f32; 3], [0f32; 3], [0f32; 3]);
        let parameter = Parameter {
            values: &mut values,
            gradient: &[0.0; 3],
            first: &mut first,
            second: &mut second,
        };
        AdamW::default().step(1, 1.0, 1.0, vec![parameter]);
        assert_eq!(values, [0.25; 3]);
    }

    #[test]
    fn the_norm_does_not_depend_on_threads() {
        let g: Vec<f32> = (0..100_003)
            .map(|i| ((i * 37 % 1001) as f32 - 500.0) * 1e-3)
            .collect();
        let (left, right) = g.split_at(40_000);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| global_norm(&[left, right]))
        };
        let exact = g.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
        assert!((on(1) / exact - 1.0).abs() < 1e-6);
        assert_eq!(on(1).to_bits(), on(3).to_bits());
    }
}
