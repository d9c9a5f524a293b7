//! `exp` and the normal distribution in a form that vectorises.

/// `e^x` to 2 units in the last place; 0 below −87.3, clamped above 88.
///
/// `x = n·ln 2 + r`, `|r| ≤ ½ ln 2`, a polynomial for `e^r` (Cephes `expf`), `2ⁿ` by its bits.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5·2²³: adding it leaves the nearest integer in the low bits
    let clamped = x.clamp(-87.3, 88.0);
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
    if x < -87.3 { 0.0 } else { scaled }
}

/// Cumulative distribution `Φ(x)` and density `φ(x)` of the standard normal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Normal {
    pub(crate) cdf: f32,
    pub(crate) density: f32,
}

/// `Φ(x)` and `φ(x)` with relative error below 1e-6 in either tail.
///
/// `Φ(−|x|) = q(t)·exp(−x²/2)` with `t = 1/(1 + 0.21·|x|)`; `q` is a least-squares fit of `½·erfcx(|x|/√2)` on
/// Chebyshev nodes of `|x| ≤ 14`, relative error 1.8e-8 (numpy `lstsq`, scipy `erfcx`).
#[inline(always)]
pub(crate) fn normal(x: f32) -> Normal {
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
pub(crate) fn gelu(x: f32) -> f32 {
    x * normal(x).cdf
}

/// `GELU'(x) = Φ(x) + x·φ(x)`.
#[inline(always)]
pub(crate) fn gelu_derivative(x: f32) -> f32 {
    let Normal { cdf, density } = normal(x);
    x.mul_add(density, cdf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_library() {
        for i in -8700..8800 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3e-7, "{x}");
        }
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-1e30), 0.0);
        assert!(exp(f32::NAN).is_nan());
    }

    /// python -c "from scipy.stats import norm; print([norm.cdf(x) for x in (-6, -2.5, -1, -.1, 0, .3, 1, 4)])"
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
}
