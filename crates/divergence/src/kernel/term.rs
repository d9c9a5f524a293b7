//! One token's term of the Jensen–Shannon divergence, without branches: in a loop over lanes it
//! becomes vectors.

use dissensus_kernels::math::log2;

/// One token's term of twice the Jensen–Shannon divergence in bits, at least 0: see
/// [`js_term`](super::pair::js_term).
///
/// With s = a + b, r = |a − b|/s and q = 1 − r it is s·½[(2−q)·log2(2−q) + q·log2 q]. Below r = ½
/// the bracket is r² times a polynomial in r², which is exact where the logarithms would cancel.
/// The coefficients interpolate at Chebyshev nodes.
#[inline(always)]
pub(crate) fn js_term_doubled(a: f32, b: f32) -> f32 {
    let sum = a + b;
    // Of two zeros the difference is 0 too.
    let inverse = 1.0
        / if sum < f32::MIN_POSITIVE {
            f32::MIN_POSITIVE
        } else {
            sum
        };
    let r = (a - b).abs() * inverse;
    let q = 2.0 * if a < b { a } else { b } * inverse;
    let t = r * r;
    let near = 0.048_066_54 + t * (0.026_148_6 + t * (0.013_210_417 + t * 0.019_839_12));
    let near = t * (0.721_347_5 + t * (0.120_225_094 + t * near));
    let far = 0.180_302_77 + q * (0.030_339_332 + q * (0.006_477_337 + q * 0.003_902_403_6));
    let far = 1.0 + q * (-1.221_346 + q * far) + 0.5 * q * log2(q);
    sum * if r < 0.5 { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::js_term;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_term_is_close(a in 0.0_f32..1.0, ratio in 0.0_f32..1.2) {
            let b = a * ratio;
            let exact = 2.0 * js_term(a.into(), b.into());
            let found = f64::from(js_term_doubled(a, b));
            prop_assert!(found >= 0.0);
            // The ratio itself is known to a rounding of (a − b)/(a + b).
            prop_assert!((found - exact).abs() <= 1e-6 * exact + 1e-12 * f64::from(a), "{a} {b}: {found} {exact}");
        }
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!(js_term_doubled(0.0, 0.0), 0.0);
        assert_eq!(js_term_doubled(0.3, 0.3), 0.0);
        assert_eq!(js_term_doubled(0.5, 0.0), 0.5);
    }
}
