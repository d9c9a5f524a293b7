//! A few taps a channel.

use rayon::prelude::*;

use crate::buffer::build;
use crate::elementwise::{add_in_order, column_sums, rows_for_partial_sums, rows_per_block};
use crate::simd::vectorize;

/// `y[t, c] = b[c] + Σ_j w[c, j]·x[t − K + 1 + j, c]` with zeros before a sequence: the last of `K`
/// taps is the present.
///
/// ```
/// use dissensus_kernels::convolution::ShortConvolution;
/// let short = ShortConvolution { time: 3, width: 1, taps: 2 };
/// assert_eq!(short.forward(&[1.0, 2.0, 3.0], &[10.0, 1.0], Some(&[0.5])), [1.5, 12.5, 23.5]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ShortConvolution {
    /// Positions of a sequence.
    pub time: usize,
    /// Channels.
    pub width: usize,
    /// Taps a channel, `K`.
    pub taps: usize,
}

/// What flows back through a short convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct ShortGradients {
    /// Of the taps, `[width, taps]`.
    pub taps: Vec<f32>,
    /// Of the bias, `[width]`.
    pub bias: Vec<f32>,
}

impl ShortConvolution {
    /// The result, as large as `x`.
    ///
    /// # Panics
    /// If the sizes do not fit.
    #[must_use]
    pub fn forward(&self, x: &[f32], taps: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        self.check(x, taps);
        let Self { time, width, .. } = *self;
        assert!(
            bias.is_none_or(|bias| bias.len() == width),
            "short convolution: expected one bias a channel"
        );
        let (taps, rows) = (self.by_lag(taps), rows_per_block(width));
        build(x.len(), rows * width, |index, y| {
            vectorize(
                #[inline(always)]
                || {
                    for (i, y) in y.chunks_exact_mut(width).enumerate() {
                        let row = index * rows + i;
                        if let Some(bias) = bias {
                            y.copy_from_slice(bias);
                        }
                        for (lag, taps) in taps.chunks_exact(width).enumerate() {
                            if lag > row % time {
                                break;
                            }
                            let x = &x[(row - lag) * width..][..width];
                            for ((y, x), w) in y.iter_mut().zip(x).zip(taps) {
                                *y = x.mul_add(*w, *y);
                            }
                        }
                    }
                },
            );
        })
    }

    /// The gradient of `x`, given that of the result: `Σ_j w[c, j]·g[t + K − 1 − j, c]`.
    ///
    /// # Panics
    /// If the sizes do not fit.
    #[must_use]
    pub fn backward_input(&self, taps: &[f32], g: &[f32]) -> Vec<f32> {
        self.check(g, taps);
        let Self { time, width, .. } = *self;
        let (taps, rows) = (self.by_lag(taps), rows_per_block(width));
        build(g.len(), rows * width, |index, out| {
            vectorize(
                #[inline(always)]
                || {
                    for (i, out) in out.chunks_exact_mut(width).enumerate() {
                        let row = index * rows + i;
                        for (lag, taps) in taps.chunks_exact(width).enumerate() {
                            if row % time + lag >= time {
                                break;
                            }
                            let g = &g[(row + lag) * width..][..width];
                            for ((out, g), w) in out.iter_mut().zip(g).zip(taps) {
                                *out = g.mul_add(*w, *out);
                            }
                        }
                    }
                },
            );
        })
    }

    /// The gradients of taps and bias: `Σ_t g[t, c]·x[t − K + 1 + j, c]` and `Σ_t g[t, c]`, in
    /// blocks of rows whose sums are added in order.
    ///
    /// # Panics
    /// If the sizes do not fit.
    #[must_use]
    pub fn backward_parameters(&self, x: &[f32], g: &[f32]) -> ShortGradients {
        let Self { time, width, taps } = *self;
        assert_eq!(x.len(), g.len(), "short convolution: x and g differ");
        let block = rows_for_partial_sums(g.len() / width.max(1));
        let of_block = |(index, g): (usize, &[f32])| {
            let mut sums = vec![0f32; taps * width];
            vectorize(
                #[inline(always)]
                || {
                    for (i, g) in g.chunks_exact(width).enumerate() {
                        let row = index * block + i;
                        for (lag, sums) in sums.chunks_exact_mut(width).enumerate() {
                            if lag > row % time {
                                break;
                            }
                            let x = &x[(row - lag) * width..][..width];
                            for ((sum, x), g) in sums.iter_mut().zip(x).zip(g) {
                                *sum = x.mul_add(*g, *sum);
                            }
                        }
                    }
                },
            );
            sums
        };
        let blocks = g.par_chunks((block * width).max(1)).enumerate();
        let sums = add_in_order(blocks.map(of_block).collect());
        let at = |channel: usize, tap: usize| {
            let lag = taps - 1 - tap;
            sums.get(lag * width + channel).copied().unwrap_or(0.0)
        };
        ShortGradients {
            taps: (0..width * taps).map(|i| at(i / taps, i % taps)).collect(),
            bias: column_sums(g, width),
        }
    }

    /// Taps `[width, taps]` as one row of channels a lag, the present first.
    fn by_lag(&self, taps: &[f32]) -> Vec<f32> {
        let Self {
            width, taps: count, ..
        } = *self;
        let lags = (0..count).rev();
        lags.flat_map(|tap| (0..width).map(move |channel| taps[channel * count + tap]))
            .collect()
    }

    fn check(&self, x: &[f32], taps: &[f32]) {
        let Self { time, width, .. } = *self;
        let sequence = time.checked_mul(width).filter(|&size| size > 0);
        assert!(
            sequence.is_some_and(|size| x.len().is_multiple_of(size)),
            "short convolution: {} elements are not sequences of {time} rows of {width}",
            x.len()
        );
        assert_eq!(
            Some(taps.len()),
            width.checked_mul(self.taps),
            "short convolution: expected {} taps for each of {width} channels",
            self.taps
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, by: f32) -> Vec<f32> {
        (0..count).map(|i| (i as f32 * by).sin()).collect()
    }

    #[test]
    fn every_sequence_begins_with_zeros_and_gradients_are_sums_over_it() {
        let short = ShortConvolution {
            time: 5,
            width: 3,
            taps: 4,
        };
        let (x, w, g) = (numbers(30, 0.7), numbers(12, 0.3), numbers(30, 0.9));
        let y = short.forward(&x, &w, Some(&[1.0, 2.0, 3.0]));
        let (to_x, to) = (
            short.backward_input(&w, &g),
            short.backward_parameters(&x, &g),
        );
        let (mut found, mut to_found) = (vec![0f32; 30], vec![0f32; 12]);
        for (row, c) in (0..10usize).flat_map(|row| (0..3usize).map(move |c| (row, c))) {
            let mut sum = c as f32 + 1.0;
            for j in 0..4 {
                let t = (row % 5 + j).checked_sub(3);
                let Some(t) = t else { continue };
                let at = (row - row % 5 + t) * 3 + c;
                sum += w[c * 4 + j] * x[at];
                found[at] += w[c * 4 + j] * g[row * 3 + c];
                to_found[c * 4 + j] += x[at] * g[row * 3 + c];
            }
            assert!((sum - y[row * 3 + c]).abs() < 1e-5, "{row} {c}");
        }
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&to_x, &found) && close(&to.taps, &to_found));
    }
}
