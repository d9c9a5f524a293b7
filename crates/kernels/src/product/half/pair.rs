//! Two bf16 numbers in a word.

/// Two neighbours along the depth, the first in the low half.
pub(super) type Pair = u32;

/// The bits of `x` rounded to bf16 (to nearest, ties to even), in the high half.
#[inline(always)]
pub(super) fn round(x: f32) -> u32 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) & 0xffff_0000;
    if x.is_nan() { 0x7fc0_0000 } else { rounded }
}

#[inline(always)]
pub(super) fn pair(first: f32, second: f32) -> Pair {
    round(first) >> 16 | round(second)
}

/// The numbers of a pair.
#[cfg(test)]
#[inline(always)]
pub(super) fn halves(pair: Pair) -> (f32, f32) {
    (
        f32::from_bits(pair << 16),
        f32::from_bits(pair & 0xffff_0000),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_to_nearest_even_and_keeps_what_is_not_finite() {
        let rounded = |x: f32| halves(pair(0.0, x)).1;
        assert_eq!(rounded(1.0), 1.0);
        assert_eq!(rounded(1.0 + 2f32.powi(-8)), 1.0); // halfway, to the even side
        assert_eq!(rounded(1.0 + 3.0 * 2f32.powi(-8)), 1.0 + 2f32.powi(-6));
        assert_eq!(
            rounded(1.0 + 2f32.powi(-8) + 2f32.powi(-20)),
            1.0 + 2f32.powi(-7)
        );
        assert_eq!(rounded(f32::NEG_INFINITY), f32::NEG_INFINITY);
        assert!(rounded(f32::from_bits(0x7f80_0001)).is_nan());
        assert!(rounded(f32::MAX).is_infinite());
    }
}
