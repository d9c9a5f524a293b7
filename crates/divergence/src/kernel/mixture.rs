//! Entropy of the mean of several distributions.

use super::dispatch::dispatched;
use super::functions::ln_f64;
use super::lanes::{sum, sum_pairs};

dispatched! {
    /// Writes the sum of the rows, token by token.
    add_row = add_row_body(row: &[f32], sums: &mut [f64])
}

#[inline(always)]
fn add_row_body(row: &[f32], sums: &mut [f64]) {
    sums.iter_mut()
        .zip(row)
        .for_each(|(sum, &p)| *sum += f64::from(p));
}

dispatched! {
    /// Entropy in nats of (sums − left out)·share.
    entropy_without = entropy_without_body(sums: &[f64], left_out: &[f32], share: f64) -> f64
}

#[inline(always)]
fn entropy_without_body(sums: &[f64], left_out: &[f32], share: f64) -> f64 {
    -sum_pairs(sums, left_out, |sum, p| {
        negative_entropy((sum - f64::from(p)) * share)
    })
}

dispatched! {
    /// Entropy in nats of sums·share.
    entropy_of = entropy_of_body(sums: &[f64], share: f64) -> f64
}

#[inline(always)]
fn entropy_of_body(sums: &[f64], share: f64) -> f64 {
    -sum(sums, |sum| negative_entropy(sum * share))
}

/// p ln p; 0 where p is below the normal numbers, and where a difference has rounded below 0.
#[inline(always)]
fn negative_entropy(p: f64) -> f64 {
    let bounded = if p > f64::MIN_POSITIVE { p } else { 1.0 };
    bounded * ln_f64(bounded)
}
