//! Exponential, logarithms and the Jensen–Shannon term, without branches.
//!
//! Plain products and sums on one number each: in a loop over lanes they become vectors.

/// exp(x) for x ≤ 0, relative error below 2e-7; 0 below −87, where the result would be subnormal.
#[inline(always)]
pub(crate) fn exp_f32(x: f32) -> f32 {
    // Adding 1.5·2²³ rounds to a whole number, which is then in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let clamped = if x < -87.0 { -87.0 } else { x };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts, the first with few enough bits that its product is exact.
    let rest = clamped - whole * 0.693_359_4 - whole * -2.121_944_4e-4;
    let series = 1.0 / 120.0 + rest * (1.0 / 720.0 + rest * (1.0 / 5040.0));
    let series = 0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * series));
    let value = 1.0 + rest * (1.0 + rest * series);
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()) << 23;
    let scaled = f32::from_bits(value.to_bits().wrapping_add(power));
    if x < -87.0 { 0.0 } else { scaled }
}

/// log2(x) for normal x > 0, absolute error below 3e-7; at 0 some number below −126.
#[inline(always)]
pub(crate) fn log2_f32(x: f32) -> f32 {
    // The mantissa is taken from [2/3, 4/3), so that the series is short and x = 1 gives 0.
    const TWO_THIRDS: u32 = 0x3F2A_AAAB;
    let exponent = (x.to_bits().wrapping_sub(TWO_THIRDS) as i32) >> 23;
    let mantissa = f32::from_bits(x.to_bits().wrapping_sub((exponent as u32) << 23));
    let y = mantissa - 1.0;
    let series = -0.236_811_47 + y * (0.202_782_51 + y * (-0.222_092_39 + y * 0.198_346_17));
    let series = 0.480_897_46 + y * (-0.360_788_2 + y * (0.288_643_36 + y * series));
    exponent as f32 + y * (std::f32::consts::LOG2_E + y * (-0.721_346_56 + y * series))
}

/// ln(x) for normal x > 0, relative error below 1e-12.
#[inline(always)]
pub(crate) fn ln_f64(x: f64) -> f64 {
    const TWO_THIRDS: u64 = 0x3FE5_5555_5555_5555;
    // 2⁵² + 2⁵¹: a whole number added to its bits is added to its value.
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    let exponent = ((x.to_bits().wrapping_sub(TWO_THIRDS) as i64) >> 52) as u64;
    let mantissa = f64::from_bits(x.to_bits().wrapping_sub(exponent << 52));
    let whole = f64::from_bits(WHOLE.to_bits().wrapping_add(exponent)) - WHOLE;
    // ln m = 2 artanh((m−1)/(m+1)), with an argument below 1/5.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let t = s * s;
    let series = 1.0 / 11.0 + t * (1.0 / 13.0 + t * (1.0 / 15.0 + t * (1.0 / 17.0)));
    let series =
        1.0 + t * (1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0 + t * (1.0 / 9.0 + t * series))));
    whole * std::f64::consts::LN_2 + 2.0 * s * series
}

/// One token's share of twice the Jensen–Shannon divergence in bits, at least 0: see [`js_term`](super::pair::js_term).
///
/// With s = a + b, r = |a − b|/s and q = 1 − r it is s·½[(2−q)·log2(2−q) + q·log2 q]. Below r = ½ the bracket is r² times a
/// polynomial in r², which is exact where the logarithms would cancel. The coefficients interpolate at Chebyshev nodes.
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
    let far = 1.0 + q * (-1.221_346 + q * far) + 0.5 * q * log2_f32(q);
    sum * if r < 0.5 { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::js_term;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_exponential_is_close(x in -86.9_f32..=0.0) {
            let exact = f64::from(x).exp();
            prop_assert!((f64::from(exp_f32(x)) / exact - 1.0).abs() < 2e-7);
        }

        #[test]
        fn the_logarithms_are_close(e in -37.0_f64..38.0) {
            let x = 10_f64.powf(e);
            prop_assert!((ln_f64(x) - x.ln()).abs() <= 1e-12 * x.ln().abs() + 1e-15);
            let x = x as f32;
            let exact = f64::from(x).log2();
            prop_assert!((f64::from(log2_f32(x)) - exact).abs() < 3e-7 + 1e-7 * exact.abs());
        }

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
        assert_eq!(exp_f32(0.0), 1.0);
        assert_eq!(exp_f32(f32::NEG_INFINITY), 0.0);
        assert_eq!(log2_f32(1.0), 0.0);
        assert_eq!(ln_f64(1.0), 0.0);
        assert_eq!(js_term_doubled(0.0, 0.0), 0.0);
        assert_eq!(js_term_doubled(0.3, 0.3), 0.0);
        assert_eq!(js_term_doubled(0.5, 0.0), 0.5);
    }
}
