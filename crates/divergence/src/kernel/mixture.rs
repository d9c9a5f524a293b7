//! Entropy of the mean of several distributions.

use dissensus_kernels::math::ln;
use dissensus_kernels::simd::vectorize;
use dissensus_kernels::sums::{sum_f64, sum_pairs_f64};

/// Writes the sum of the rows, token by token.
pub(crate) fn add_row(row: &[f32], sums: &mut [f64]) {
    vectorize(
        #[inline(always)]
        || add_row_body(row, sums),
    )
}

#[inline(always)]
fn add_row_body(row: &[f32], sums: &mut [f64]) {
    sums.iter_mut()
        .zip(row)
        .for_each(|(sum, &p)| *sum += f64::from(p));
}

/// Entropy in nats of (sums − left out)·weight.
pub(crate) fn entropy_without(sums: &[f64], left_out: &[f32], weight: f64) -> f64 {
    vectorize(
        #[inline(always)]
        || entropy_without_body(sums, left_out, weight),
    )
}

#[inline(always)]
fn entropy_without_body(sums: &[f64], left_out: &[f32], weight: f64) -> f64 {
    -sum_pairs_f64(sums, left_out, |sum, p| {
        negative_entropy((sum - f64::from(p)) * weight)
    })
}

/// Entropy in nats of sums·weight.
pub(crate) fn entropy_of(sums: &[f64], weight: f64) -> f64 {
    vectorize(
        #[inline(always)]
        || entropy_of_body(sums, weight),
    )
}

#[inline(always)]
fn entropy_of_body(sums: &[f64], weight: f64) -> f64 {
    -sum_f64(sums, |sum| negative_entropy(sum * weight))
}

/// p ln p; 0 where p is below the normal numbers, and where a difference has rounded below 0.
#[inline(always)]
fn negative_entropy(p: f64) -> f64 {
    let bounded = if p > f64::MIN_POSITIVE { p } else { 1.0 };
    bounded * ln(bounded)
}
