//! RMS norm over rows.

use rayon::prelude::*;

use crate::buffer::build;
use crate::elementwise::{add_in_order, rows_for_partial_sums, rows_per_block};
use crate::simd::vectorize;
use crate::sums::{sum, sum2};

/// The norm of rows of one width: `y = γ ⊙ x/√(mean(x²) + ε)` (Zhang and Sennrich 2019, "Root Mean
/// Square Layer Normalization").
///
/// ```
/// use dissensus_kernels::rms::RmsNorm;
/// let norm = RmsNorm { width: 2, epsilon: 0.0 };
/// assert_eq!(norm.forward(&[7.0, 1.0], &[1.0, 10.0]), [1.4, 2.0]); // √25
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RmsNorm {
    /// Elements of a row.
    pub width: usize,
    /// `ε`.
    pub epsilon: f32,
}

impl RmsNorm {
    /// The normalised rows; NaN in a row whose mean square is beyond the numbers.
    ///
    /// # Panics
    /// If `x` is not rows of the width, or `γ` is not as wide.
    #[must_use]
    pub fn forward(&self, x: &[f32], gamma: &[f32]) -> Vec<f32> {
        self.check(x, gamma);
        let width = self.width;
        let rows = rows_per_block(width);
        build(x.len(), rows * width, |index, y| {
            let x = &x[index * rows * width..][..y.len()];
            vectorize(
                #[inline(always)]
                || {
                    for (y, x) in y.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                        let scale = self.scale(x);
                        for ((y, x), gamma) in y.iter_mut().zip(x).zip(gamma) {
                            *y = x * scale * gamma;
                        }
                    }
                },
            );
        })
    }

    /// The gradient of `x`, given that of the result: `s·(G − x̂·mean(G ⊙ x̂))` with `G = g ⊙ γ`,
    /// `x̂ = s·x` and `s = 1/√(mean(x²) + ε)`.
    ///
    /// # Panics
    /// As [`RmsNorm::forward`], or if `g` is not as large as `x`.
    #[must_use]
    pub fn backward_input(&self, x: &[f32], gamma: &[f32], g: &[f32]) -> Vec<f32> {
        self.check(x, gamma);
        assert_eq!(
            x.len(),
            g.len(),
            "RMS norm: the gradient is not as large as x"
        );
        let width = self.width;
        let rows = rows_per_block(width);
        build(x.len(), rows * width, |index, out| {
            let block = index * rows * width..index * rows * width + out.len();
            let (x, g) = (&x[block.clone()], &g[block]);
            vectorize(
                #[inline(always)]
                || {
                    let pairs = x.chunks_exact(width).zip(g.chunks_exact(width));
                    for (out, (x, g)) in out.chunks_exact_mut(width).zip(pairs) {
                        let scale = self.scale(x);
                        for ((out, g), gamma) in out.iter_mut().zip(g).zip(gamma) {
                            *out = g * gamma;
                        }
                        let along = sum2(out, x, |g, x| g * x) * scale * scale / width as f32;
                        for (out, x) in out.iter_mut().zip(x) {
                            *out = (*out - x * along) * scale;
                        }
                    }
                },
            );
        })
    }

    /// The gradient `Σ_r g_r ⊙ x̂_r` of `γ`, in blocks of rows whose sums are added in order.
    ///
    /// # Panics
    /// If `g` is not as large as `x`.
    #[must_use]
    pub fn backward_weight(&self, x: &[f32], g: &[f32]) -> Vec<f32> {
        assert_eq!(
            x.len(),
            g.len(),
            "RMS norm: the gradient is not as large as x"
        );
        let width = self.width;
        if x.is_empty() {
            return vec![0.0; width];
        }
        let block = rows_for_partial_sums(x.len() / width) * width;
        let partial = x.par_chunks(block).zip(g.par_chunks(block)).map(|(x, g)| {
            let mut sums = vec![0f32; width];
            vectorize(
                #[inline(always)]
                || {
                    for (x, g) in x.chunks_exact(width).zip(g.chunks_exact(width)) {
                        let scale = self.scale(x);
                        for ((sum, x), g) in sums.iter_mut().zip(x).zip(g) {
                            *sum += g * (x * scale);
                        }
                    }
                },
            );
            sums
        });
        add_in_order(partial.collect())
    }

    /// `1/√(mean(x²) + ε)`; NaN where the mean is beyond the numbers, which would make a row of
    /// zeros.
    #[inline(always)]
    fn scale(&self, x: &[f32]) -> f32 {
        let square = sum(x, |x| x * x) / self.width as f32;
        1.0 / (square + self.epsilon).sqrt() + 0.0 * square
    }

    fn check(&self, x: &[f32], gamma: &[f32]) {
        let width = self.width;
        assert_eq!(gamma.len(), width, "RMS norm: the width of gamma");
        assert!(
            width > 0 && x.len().is_multiple_of(width),
            "RMS norm: {} elements are not rows of {width}",
            x.len()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_follow_differences() {
        let norm = RmsNorm {
            width: 5,
            epsilon: 1e-3,
        };
        let of = |by: f32| (0..15).map(|i| (i as f32 * by).sin()).collect::<Vec<_>>();
        let (x, gamma, g) = (of(0.7), of(0.3)[..5].to_vec(), of(0.9));
        let value = |x: &[f32], gamma: &[f32]| {
            let y = norm.forward(x, gamma);
            let pairs = y.iter().zip(&g).map(|(y, g)| f64::from(*y) * f64::from(*g));
            pairs.sum::<f64>()
        };
        let moved = |x: &[f32], at: usize, by: f32| {
            let mut moved = x.to_vec();
            moved[at] += by;
            moved
        };
        for (at, g) in norm.backward_input(&x, &gamma, &g).iter().enumerate() {
            let of = |by| value(&moved(&x, at, by), &gamma);
            let difference = (of(5e-3) - of(-5e-3)) / 1e-2;
            assert!((difference - f64::from(*g)).abs() < 2e-3, "{at}");
        }
        for (at, g) in norm.backward_weight(&x, &g).iter().enumerate() {
            let of = |by| value(&x, &moved(&gamma, at, by));
            let difference = (of(5e-3) - of(-5e-3)) / 1e-2;
            assert!((difference - f64::from(*g)).abs() < 1e-3, "{at}");
        }
    }

    #[test]
    fn blocks_do_not_show() {
        let norm = RmsNorm {
            width: 3000,
            epsilon: 1e-5,
        };
        let row: Vec<f32> = (0..3000).map(|i| (i as f32 * 0.37).sin()).collect();
        let gamma = vec![0.5; 3000];
        let all = norm.forward(&row.repeat(11), &gamma);
        let one = norm.forward(&row, &gamma);
        assert!(all.chunks(3000).all(|y| y == one));
    }
}
