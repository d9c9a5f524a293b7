//! Rank curves, summed exactly.

use dissensus_kernels::simd::vectorize;

/// Adds probabilities in [0, 1] in units of 2⁻⁵².
///
/// 1 + p lies in [1, 2], where neighbouring numbers are 2⁻⁵² apart: its bits count the units.
pub(crate) fn add_units(probabilities: &[f32], units: &mut [u64]) {
    vectorize(
        #[inline(always)]
        || add_units_body(probabilities, units),
    )
}

#[inline(always)]
fn add_units_body(probabilities: &[f32], units: &mut [u64]) {
    for (units, &p) in units.iter_mut().zip(probabilities) {
        *units += (1.0 + f64::from(p)).to_bits() - 1.0_f64.to_bits();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted() {
        let mut units = [0; 4];
        add_units(&[0.0, 1.0, 0.25, f32::MIN_POSITIVE], &mut units);
        assert_eq!(units, [0, 1 << 52, 1 << 50, 0]);
    }
}
