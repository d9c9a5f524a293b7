//! Sums and maxima in [`LANES`] parts side by side, combined in a fixed order.

use crate::simd::LANES;

/// So many numbers are summed in `f32` before they go to `f64`.
pub const BLOCK: usize = 32 * LANES;

/// `Σ f(a_i, b_i)` in `f32`, as far as both go: [`LANES`] partial sums, then those as a tree.
#[inline(always)]
pub fn sum2(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for i in 0..LANES {
            lanes[i] += f(a[i], b[i]);
        }
    }
    for (i, (&a, &b)) in a_rest.iter().zip(b_rest).enumerate() {
        lanes[i] += f(a, b);
    }
    reduce(lanes, |a, b| a + b)
}

/// `Σ f(a_i)` in `f32`, as [`sum2`].
#[inline(always)]
pub fn sum(a: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    sum2(a, a, |x, _| f(x))
}

/// The largest element; −∞ for none. NaN is passed over.
///
/// ```
/// assert_eq!(dissensus_kernels::sums::maximum(&[1.0, 3.0, 2.0]), 3.0);
/// ```
#[inline(always)]
#[must_use]
pub fn maximum(a: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = a.as_chunks::<LANES>();
    for block in blocks {
        for i in 0..LANES {
            lanes[i] = if block[i] > lanes[i] {
                block[i]
            } else {
                lanes[i]
            };
        }
    }
    for (i, &x) in rest.iter().enumerate() {
        lanes[i] = if x > lanes[i] { x } else { lanes[i] };
    }
    reduce(lanes, |a, b| if a > b { a } else { b })
}

/// Combines the lanes as a tree.
#[inline(always)]
fn reduce(mut lanes: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] = f(lanes[i], lanes[i + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// The lanes' sum in `f64`, first to last.
#[inline(always)]
#[must_use]
pub fn total_f32(lanes: [f32; LANES]) -> f64 {
    lanes.iter().map(|&lane| f64::from(lane)).sum()
}

/// The lanes' sum, first to last.
#[inline(always)]
#[must_use]
pub fn total_f64(lanes: [f64; LANES]) -> f64 {
    lanes.iter().sum()
}

/// `Σ f(x)` in `f64`, lane by lane, then the rest; `f` must be cheap and free of branches.
///
/// ```
/// assert_eq!(dissensus_kernels::sums::sum_f64(&[1.5f32; 40], f64::from), 60.0);
/// ```
#[inline(always)]
pub fn sum_f64<T: Copy>(values: &[T], f: impl Fn(T) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += f(chunk[lane]);
        }
    }
    total_f64(lanes) + rest.iter().map(|&x| f(x)).sum::<f64>()
}

/// `Σ f(x, y)` in `f64` over two slices of one length, as [`sum_f64`].
#[inline(always)]
pub fn sum_pairs_f64<T: Copy, U: Copy>(x: &[T], y: &[U], f: impl Fn(T, U) -> f64) -> f64 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            lanes[lane] += f(x[lane], y[lane]);
        }
    }
    total_f64(lanes)
        + x_rest
            .iter()
            .zip(y_rest)
            .map(|(&x, &y)| f(x, y))
            .sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::vectorize;

    #[test]
    fn sums_and_maxima_are_those_of_plain_loops_at_every_length() {
        for n in [0, 1, 15, 16, 17, 100] {
            let x: Vec<f32> = (0..n).map(|i| ((i * 7919) % 101) as f32 - 50.0).collect();
            let exact: f32 = x.iter().map(|x| x * x).sum();
            assert_eq!(sum(&x, |x| x * x), exact, "{n}");
            assert_eq!(sum_f64(&x, |x| f64::from(x * x)), f64::from(exact), "{n}");
            let pairs = sum_pairs_f64(&x, &x, |x, y| f64::from(x * y));
            assert_eq!(pairs, f64::from(exact), "{n}");
            let largest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(maximum(&x), largest, "{n}");
        }
    }

    #[test]
    fn every_width_of_vectors_gives_the_same_bits() {
        let x: Vec<f32> = (0..1203).map(|i| (i as f32).sin()).collect();
        let wide = vectorize(
            #[inline(always)]
            || (sum(&x, |x| x * 1.1), sum_f64(&x, |x| f64::from(x) * 1.1)),
        );
        let narrow = (sum(&x, |x| x * 1.1), sum_f64(&x, |x| f64::from(x) * 1.1));
        assert_eq!(wide.0.to_bits(), narrow.0.to_bits());
        assert_eq!(wide.1.to_bits(), narrow.1.to_bits());
    }
}
