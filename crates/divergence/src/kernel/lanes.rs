//! Sums over lanes.

/// Numbers handled side by side: one vector of AVX-512 of `f32`, two of `f64`.
pub(crate) const LANES: usize = 16;

/// So many numbers are summed in `f32` before they go to `f64`.
pub(crate) const BLOCK: usize = 32 * LANES;

/// Sum of the lanes, in a fixed order.
#[inline(always)]
pub(crate) fn total_f32(lanes: [f32; LANES]) -> f64 {
    lanes.iter().map(|&lane| f64::from(lane)).sum()
}

/// Sum of the lanes, in a fixed order.
#[inline(always)]
pub(crate) fn total_f64(lanes: [f64; LANES]) -> f64 {
    lanes.iter().sum()
}

/// Σ f(x) over the values in `f64`, lane by lane; `f` must be cheap and free of branches.
#[inline(always)]
pub(crate) fn sum<T: Copy>(values: &[T], f: impl Fn(T) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += f(chunk[lane]);
        }
    }
    total_f64(lanes) + rest.iter().map(|&x| f(x)).sum::<f64>()
}

/// Σ f(x, y) over two slices of one length, as [`sum`].
#[inline(always)]
pub(crate) fn sum_pairs<T: Copy, U: Copy>(x: &[T], y: &[U], f: impl Fn(T, U) -> f64) -> f64 {
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
