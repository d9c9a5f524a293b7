//! Muon: momentum whose matrix is orthogonalised before the step.

use dissensus_kernels::simd::vectorize;
use rayon::prelude::*;

use crate::global_norm;
use crate::product::{Matrix, Threads, Update, product, product_into};

/// The constants of Muon (Jordan et al. 2024), with PyTorch's formula.
///
/// For a matrix `θ` of a linear map from `inputs` to `outputs`, gradient `g`, rate `η`:
///
/// ```text
/// m ← μ·m + (1 − μ)·g            u = (1 − μ)·g + μ·m   (Nesterov)
/// X₀ = u/‖u‖                     Xₖ₊₁ = a·Xₖ + (b·A + c·A²)·Xₖ,  A = Xₖ·Xₖᵀ,  five times
/// θ ← θ − η·λ·θ                  θ ← θ − η·√max(1, outputs/inputs)·X₅
/// ```
///
/// `X₅` is near the orthogonal matrix nearest to `u`: every direction of the gradient is stepped
/// along equally far, the rare ones too. It is meant for the matrices between hidden states;
/// tables, biases and norms stay with [`AdamW`](crate::AdamW).
///
/// References: Jordan et al. 2024, *Muon: an optimizer for hidden layers in neural networks*;
/// `torch.optim.Muon`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Muon {
    /// `μ`.
    pub momentum: f64,
    /// `λ`, the decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for Muon {
    /// 0.95, no decay.
    fn default() -> Self {
        Self {
            momentum: 0.95,
            weight_decay: 0.0,
        }
    }
}

/// The slices of one matrix, row-major, equally long.
#[derive(Debug)]
pub struct MatrixParameter<'a> {
    /// `θ`, `[inputs, outputs]`, updated.
    pub values: &'a mut [f32],
    /// `g`.
    pub gradient: &'a [f32],
    /// `m`, updated.
    pub momentum: &'a mut [f32],
    /// Rows: inputs of the map.
    pub inputs: usize,
    /// Columns: its outputs.
    pub outputs: usize,
}

impl Muon {
    /// Coefficients `(a, b, c)` of the quintic iteration: steepest at zero, for which they give up
    /// exactness at one.
    pub const QUINTIC: [f32; 3] = [3.4445, -4.775, 2.0315];
    /// Iterations: singular values from about 0.01 of the norm on are within 0.7 and 1.2 behind
    /// them.
    pub const ITERATIONS: usize = 5;
    /// A norm below this is taken for this one, so that a gradient of zero moves nothing.
    pub const SMALLEST_NORM: f64 = 1e-7;

    /// `√max(1, outputs/inputs)`, the factor of a matrix's rate.
    #[must_use]
    pub fn scale(inputs: usize, outputs: usize) -> f64 {
        (outputs as f64 / inputs.max(1) as f64).max(1.0).sqrt()
    }

    /// One step of all matrices at rate `rate`, their gradients times `gradient_factor` (see
    /// [`clip_factor`](crate::clip_factor)); the same bits for any number of threads.
    ///
    /// ```
    /// use dissensus_layers::{MatrixParameter, Muon};
    /// let (mut values, mut momentum) = ([0.0; 4], [0.0; 4]);
    /// let gradient = [3.0, 0.0, 0.0, 0.5]; // six times as steep along one direction
    /// let matrix = MatrixParameter {
    ///     values: &mut values,
    ///     gradient: &gradient,
    ///     momentum: &mut momentum,
    ///     inputs: 2,
    ///     outputs: 2,
    /// };
    /// Muon::default().step(0.1, 1.0, vec![matrix]);
    /// assert!((-0.12..-0.07).contains(&values[0]) && (-0.12..-0.07).contains(&values[3]));
    /// ```
    ///
    /// # Panics
    /// If a slice is not `inputs·outputs` long.
    pub fn step(&self, rate: f64, gradient_factor: f64, matrices: Vec<MatrixParameter<'_>>) {
        // Whole matrices side by side cost no waiting inside of products; where they are few, their
        // products are shared.
        let threads = if matrices.len() >= 2 * rayon::current_num_threads() {
            Threads::One
        } else {
            Threads::All
        };
        matrices
            .into_par_iter()
            .with_max_len(1)
            .for_each(|matrix| self.step_one(rate, gradient_factor, matrix, threads));
    }

    fn step_one(&self, rate: f64, factor: f64, matrix: MatrixParameter<'_>, threads: Threads) {
        let (inputs, outputs) = (matrix.inputs, matrix.outputs);
        let n = inputs * outputs;
        assert!(
            matrix.values.len() == n && matrix.gradient.len() == n && matrix.momentum.len() == n,
            "Muon: expected three slices of length {inputs}·{outputs}"
        );
        let (keep, new) = (self.momentum as f32, (1.0 - self.momentum) as f32);
        let factor = factor as f32;
        let mut update = vec![0.0_f32; n];
        vectorize(
            #[inline(always)]
            || {
                let pairs = matrix.momentum.iter_mut().zip(matrix.gradient);
                for ((m, &g), update) in pairs.zip(&mut update) {
                    let g = g * factor;
                    *m = m.mul_add(keep, g * new);
                    *update = m.mul_add(keep, g * new);
                }
            },
        );
        let update = orthogonalized_on(update, inputs, outputs, threads);
        let (shrink, rate) = (
            (1.0 - rate * self.weight_decay) as f32,
            (rate * Self::scale(inputs, outputs)) as f32,
        );
        vectorize(
            #[inline(always)]
            || {
                for (value, direction) in matrix.values.iter_mut().zip(&update) {
                    *value = value.mul_add(shrink, -rate * direction);
                }
            },
        );
    }
}

/// About `U·Vᵀ` of the matrix `U·S·Vᵀ`, row-major: every singular value brought near one, none
/// changed in direction.
///
/// Five steps of Newton and Schulz's iteration with the coefficients of [`Muon`], on the shorter
/// side.
///
/// ```
/// use dissensus_layers::orthogonalized;
/// let found = orthogonalized(vec![2.0, 0.0, 0.0, 0.0, 1.0, 0.0], 2, 3);
/// assert!(found[0] > 0.6 && found[0] < 1.3 && found[4] > 0.6 && found[4] < 1.3);
/// assert_eq!(found[1], 0.0);
/// ```
///
/// # Panics
/// If the slice is not `rows·columns` long.
#[must_use]
pub fn orthogonalized(x: Vec<f32>, rows: usize, columns: usize) -> Vec<f32> {
    orthogonalized_on(x, rows, columns, Threads::All)
}

fn orthogonalized_on(mut x: Vec<f32>, rows: usize, columns: usize, threads: Threads) -> Vec<f32> {
    assert_eq!(x.len(), rows * columns, "orthogonalized: wrong length");
    let norm = global_norm(&[&x]).max(Muon::SMALLEST_NORM) as f32;
    vectorize(
        #[inline(always)]
        || x.iter_mut().for_each(|value| *value /= norm),
    );
    let [a, b, c] = Muon::QUINTIC;
    let (wide, side) = (rows <= columns, rows.min(columns));
    for _ in 0..Muon::ITERATIONS {
        let view = Matrix::row_major(&x, rows, columns);
        let mut gram = if wide {
            product(view, view.transposed(), threads)
        } else {
            product(view.transposed(), view, threads)
        };
        let square = Matrix::row_major(&gram, side, side);
        let square = product(square, square, threads);
        let mut next = vec![0.0_f32; x.len()];
        vectorize(
            #[inline(always)]
            || {
                for (one, &two) in gram.iter_mut().zip(&square) {
                    *one = one.mul_add(b, c * two);
                }
                for (next, value) in next.iter_mut().zip(&x) {
                    *next = a * value;
                }
            },
        );
        let gram = Matrix::row_major(&gram, side, side);
        let (left, right) = if wide { (gram, view) } else { (view, gram) };
        product_into(&mut next, columns, left, right, Update::Add, threads);
        x = next;
    }
    x
}
