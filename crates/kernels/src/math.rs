//! Exponentials, logarithms and the normal distribution, without branches: in a loop over lanes
//! they become vectors.
//!
//! There are two exponentials on purpose. Training takes [`exp`], whose fused multiply-adds are the
//! fastest form and whose floor keeps products away from subnormal numbers; measures take
//! [`exp_of_negative`], which never needs the instruction and so is fast on every CPU.

/// Below it [`exp`] is 0.
///
/// `e^−60` is 9e-27, nothing beside 1 in single precision; but a factor of it may multiply a
/// gradient of 1e-10 and stay a normal number. Arithmetic on subnormal ones takes a hundred times
/// as long on many CPUs: with the floor at −87.3, where `e^x` itself becomes subnormal, the matrix
/// products of a model that had learned took five times those of an untrained one
/// (`docs/results/2026-11-27-xeon-2core/recipe.md`).
pub const LOWEST: f32 = -60.0;

/// `e^x` to 2 units in the last place; 0 below [`LOWEST`], clamped above 88.
///
/// `x = n·ln 2 + r`, `|r| ≤ ½ ln 2`, a polynomial for `e^r` (Cephes `expf`), `2ⁿ` by its bits.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5·2²³: adding it leaves the nearest integer in the low bits
    let clamped = x.clamp(LOWEST, 88.0);
    let shifted = clamped.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-0.693_359_4, clamped);
    let r = n.mul_add(2.121_944_4e-4, r);
    let mut p = 1.987_569_1e-4f32;
    p = p.mul_add(r, 1.398_199_9e-3);
    p = p.mul_add(r, 8.333_452e-3);
    p = p.mul_add(r, 4.166_579_6e-2);
    p = p.mul_add(r, 1.666_666_6e-1);
    p = p.mul_add(r, 0.5);
    let e = (p * r).mul_add(r, r) + 1.0;
    let scaled = f32::from_bits(e.to_bits().wrapping_add(shifted.to_bits() << 23));
    if x < LOWEST { 0.0 } else { scaled }
}

/// exp(x) for x ≤ 0, relative error below 2e-7; 0 below −87, where the result would be subnormal.
#[inline(always)]
#[must_use]
pub fn exp_of_negative(x: f32) -> f32 {
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
#[must_use]
pub fn log2(x: f32) -> f32 {
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
#[must_use]
pub fn ln(x: f64) -> f64 {
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

/// Cumulative distribution `Φ(x)` and density `φ(x)` of the standard normal.
#[derive(Debug, Clone, Copy)]
pub struct Normal {
    /// `Φ(x)`.
    pub cdf: f32,
    /// `φ(x)`.
    pub density: f32,
}

/// `Φ(x)` and `φ(x)` with relative error below 1e-6 in either tail.
///
/// `Φ(−|x|) = q(t)·exp(−x²/2)` with `t = 1/(1 + 0.21·|x|)`; `q` is a least-squares fit of
/// `½·erfcx(|x|/√2)` on Chebyshev nodes of `|x| ≤ 14`, relative error 1.8e-8 (numpy `lstsq`, scipy
/// `erfcx`).
#[inline(always)]
#[must_use]
pub fn normal(x: f32) -> Normal {
    let a = x.abs();
    let t = 1.0 / a.mul_add(0.21, 1.0);
    let mut q = -0.071_944_47f32;
    q = q.mul_add(t, 0.284_943_58);
    q = q.mul_add(t, -0.332_967_1);
    q = q.mul_add(t, 0.352_419_63);
    q = q.mul_add(t, -0.095_962_26);
    q = q.mul_add(t, 0.125_725_72);
    q = q.mul_add(t, 0.068_975_9);
    q = q.mul_add(t, 0.085_099_2);
    q = q.mul_add(t, 0.083_709_77);
    let gauss = exp(-0.5 * x * x);
    let tail = q * t * gauss;
    Normal {
        cdf: if x > 0.0 { 1.0 - tail } else { tail },
        density: 0.398_942_3 * gauss,
    }
}

/// `GELU(x) = x·Φ(x)`.
#[inline(always)]
#[must_use]
pub fn gelu(x: f32) -> f32 {
    x * normal(x).cdf
}

/// `GELU'(x) = Φ(x) + x·φ(x)`.
#[inline(always)]
#[must_use]
pub fn gelu_derivative(x: f32) -> f32 {
    let Normal { cdf, density } = normal(x);
    x.mul_add(density, cdf)
}

/// `½x(1 + tanh u)` with `u = √(2/π)·(x + 0.044715·x³)`: the approximation of GELU that some models
/// are trained with, up to 5e-4 off. It is `x/(1 + e^(−2u))`.
#[inline(always)]
#[must_use]
pub fn gelu_tanh(x: f32) -> f32 {
    let x = above_lowest(x);
    gate(x, 2.0 * tanh_argument(x))
}

/// The derivative of [`gelu_tanh`]: `s + x·s·(1 − s)·2u'` with `s = 1/(1 + e^(−2u))`.
#[inline(always)]
#[must_use]
pub fn gelu_tanh_derivative(x: f32) -> f32 {
    // Further out it is 0 and 1.
    let x = x.clamp(LOWEST, -LOWEST);
    let s = logistic(2.0 * tanh_argument(x));
    let slope = 2.0 * ROOT * (3.0 * CUBIC * x).mul_add(x, 1.0);
    (x * slope).mul_add(s * (1.0 - s), s)
}

/// `1/(1 + e^−x)`; 0 below [`LOWEST`].
#[inline(always)]
#[must_use]
pub fn logistic(x: f32) -> f32 {
    gate(1.0, x)
}

/// `x/(1 + e^−u)`: `x` behind a logistic gate; 0 where `u` is below [`LOWEST`].
#[inline(always)]
pub(crate) fn gate(x: f32, u: f32) -> f32 {
    let y = x / (1.0 + exp(-u));
    if u < LOWEST { 0.0 } else { y }
}

/// `x`, or [`LOWEST`] where it is below: there gates end, and their product with `x` is finite.
#[inline(always)]
pub(crate) fn above_lowest(x: f32) -> f32 {
    if x < LOWEST { LOWEST } else { x }
}

/// `√(2/π)`.
const ROOT: f32 = 0.797_884_6;
const CUBIC: f32 = 0.044_715;

#[inline(always)]
fn tanh_argument(x: f32) -> f32 {
    ROOT * x * (CUBIC * x).mul_add(x, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_library() {
        for i in -6000..8800 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3e-7, "{x}");
        }
        assert_eq!(exp(-60.001), 0.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-1e30), 0.0);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn the_exponential_of_negative_numbers_is_close() {
        for i in 0..200_000 {
            let x = -86.9 * i as f32 / 200_000.0;
            let exact = f64::from(x).exp();
            assert!(
                (f64::from(exp_of_negative(x)) / exact - 1.0).abs() < 2e-7,
                "{x}"
            );
        }
        assert_eq!(exp_of_negative(0.0), 1.0);
        assert_eq!(exp_of_negative(-100.0), 0.0);
        assert_eq!(exp_of_negative(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn the_logarithms_are_close() {
        for i in -370..380 {
            let x = 10f64.powf(f64::from(i) / 10.0);
            assert!(
                (ln(x) - x.ln()).abs() <= 1e-12 * x.ln().abs() + 1e-15,
                "{x}"
            );
            let x = x as f32;
            let exact = f64::from(x).log2();
            assert!(
                (f64::from(log2(x)) - exact).abs() < 3e-7 + 1e-7 * exact.abs(),
                "{x}"
            );
        }
        assert_eq!(log2(1.0), 0.0);
        assert_eq!(ln(1.0), 0.0);
    }

    /// python -c "from scipy.stats import norm; print([norm.cdf(x) for x in (-6, -2.5, -1, -.1, 0,
    /// .3, 1, 4)])"
    #[test]
    fn normal_cdf_has_the_values_of_scipy() {
        let golden = [
            (-6.0, 9.865876450376946e-10),
            (-2.5, 0.006209665325776132),
            (-1.0, 0.15865525393145707),
            (-0.1, 0.460172162722971),
            (0.0, 0.5),
            (0.3, 0.6179114221889526),
            (1.0, 0.8413447460685429),
            (4.0, 0.9999683287581669),
        ];
        for (x, cdf) in golden {
            let ours = f64::from(normal(x).cdf);
            assert!((ours / cdf - 1.0).abs() < 1e-6, "{x}: {ours} {cdf}");
        }
    }

    /// Whatever the activation's argument, its product with a gradient of 1e-11 is a normal number
    /// or 0.
    #[test]
    fn nothing_is_so_small_that_products_become_subnormal() {
        type Named = (&'static str, fn(f32) -> f32);
        let functions: [Named; 6] = [
            ("exp", exp),
            ("density", |x| normal(x).density),
            ("gelu", gelu),
            ("gelu'", gelu_derivative),
            ("gelu_tanh", gelu_tanh),
            ("gelu_tanh'", gelu_tanh_derivative),
        ];
        for (name, f) in functions {
            for i in -100_000..=0 {
                let x = i as f32 * 1e-3;
                assert!(!(f(x) * 1e-11).is_subnormal(), "{name}({x}) = {}", f(x));
            }
        }
    }

    #[test]
    fn the_approximation_of_gelu_follows_its_formula() {
        for x in [-9.0f32, -3.0, -0.7, 0.0, 0.4, 2.0, 8.0] {
            let formula = |x: f64| {
                let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
                0.5 * x * (1.0 + u.tanh())
            };
            let (wide, step) = (f64::from(x), 1e-4);
            let slope = (formula(wide + step) - formula(wide - step)) / (2.0 * step);
            assert!(
                (f64::from(gelu_tanh(x)) - formula(wide)).abs() < 1e-6,
                "{x}"
            );
            assert!(
                (f64::from(gelu_tanh_derivative(x)) - slope).abs() < 2e-6,
                "{x}"
            );
        }
    }
}
