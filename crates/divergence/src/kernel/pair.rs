//! Two distributions against each other.

use dissensus_kernels::simd::{LANES, vectorize};
use dissensus_kernels::sums::{BLOCK, sum_pairs_f64, total_f32};

use super::term::js_term_doubled;

/// What one pass over two whole distributions gives.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Contrast {
    /// Σ p·logit of the second, over the first.
    pub(crate) forward: f64,
    /// Σ q·logit of the first, over the second.
    pub(crate) backward: f64,
    /// ½ Σ |p − q|.
    pub(crate) total_variation: f64,
    /// √(½ Σ (√p − √q)²).
    pub(crate) hellinger: f64,
}

/// A row of probabilities with its roots and logits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole<'a> {
    pub(crate) probabilities: &'a [f32],
    pub(crate) roots: &'a [f32],
    pub(crate) logits: &'a [f32],
}

/// Total variation, Hellinger distance, and the products of each row with the other's logits.
pub(crate) fn contrast(p: Whole<'_>, q: Whole<'_>) -> Contrast {
    vectorize(
        #[inline(always)]
        || contrast_body(p, q),
    )
}

#[inline(always)]
fn contrast_body(p: Whole<'_>, q: Whole<'_>) -> Contrast {
    let variation = sum_pairs_f64(p.probabilities, q.probabilities, absolute);
    let squares = sum_pairs_f64(p.roots, q.roots, square);
    Contrast {
        forward: sum_pairs_f64(p.probabilities, q.logits, product),
        backward: sum_pairs_f64(q.probabilities, p.logits, product),
        total_variation: (variation / 2.0).min(1.0),
        hellinger: (squares / 2.0).sqrt().min(1.0),
    }
}

/// |a − b|.
#[inline(always)]
fn absolute(a: f32, b: f32) -> f64 {
    f64::from((a - b).abs())
}

/// (a − b)².
#[inline(always)]
fn square(a: f32, b: f32) -> f64 {
    f64::from((a - b) * (a - b))
}

/// p·logit, 0 where p is: the logit may be minus infinity.
#[inline(always)]
fn product(p: f32, logit: f32) -> f64 {
    let product = f64::from(p) * f64::from(logit);
    if p > 0.0 { product } else { 0.0 }
}

/// What [`Contrast::forward`] lacks of tokens so improbable that single precision rounds them: Σ
/// (exact p − p)·logit of the second.
///
/// It matters where the second's logits are [`far`](super::Softmax::far) below the largest, minus
/// infinity above all. `log_sum` is that of the first.
pub(crate) fn improbable(p: Whole<'_>, log_sum: f64, q: Whole<'_>) -> f64 {
    let tokens = p.probabilities.iter().zip(p.logits).zip(q.logits);
    let possible = tokens.filter(|((p, own), _)| **p < ROUNDED && **own > f32::NEG_INFINITY);
    let missing = possible.map(|((&p, &own), &other)| {
        if other == f32::NEG_INFINITY {
            return f64::NEG_INFINITY;
        }
        ((f64::from(own) - log_sum).exp() - f64::from(p)) * f64::from(other)
    });
    missing.sum()
}

/// Single precision holds all digits of larger numbers, by far.
const ROUNDED: f32 = 1e-30;

/// Writes the root of every value.
pub(crate) fn roots(values: &[f32], out: &mut [f32]) {
    vectorize(
        #[inline(always)]
        || roots_body(values, out),
    )
}

#[inline(always)]
fn roots_body(values: &[f32], out: &mut [f32]) {
    out.iter_mut()
        .zip(values)
        .for_each(|(root, value)| *root = value.sqrt());
}

/// The nucleus of a row: the tokens whose level is at most that of the mass, divided by their mass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) probabilities: &'a [f32],
    pub(crate) levels: &'a [u32],
    pub(crate) scale: f32,
}

/// Jensen–Shannon divergence in bits between two nuclei that lie within the slices given.
pub(crate) fn js_divergence(p: Part<'_>, q: Part<'_>, level: u32) -> f64 {
    vectorize(
        #[inline(always)]
        || js_divergence_body(p, q, level),
    )
}

#[inline(always)]
fn js_divergence_body(p: Part<'_>, q: Part<'_>, level: u32) -> f64 {
    let n = p.probabilities.len();
    let mut doubled = 0.0;
    for start in (0..n).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(n);
        let (a, a_rest) = p.probabilities[range.clone()].as_chunks::<LANES>();
        let (b, b_rest) = q.probabilities[range.clone()].as_chunks::<LANES>();
        let (of_a, of_a_rest) = p.levels[range.clone()].as_chunks::<LANES>();
        let (of_b, of_b_rest) = q.levels[range].as_chunks::<LANES>();
        let mut lanes = [0.0; LANES];
        for (((a, b), of_a), of_b) in a.iter().zip(b).zip(of_a).zip(of_b) {
            for lane in 0..LANES {
                let inside_a = inside(a[lane], of_a[lane], level, p.scale);
                lanes[lane] +=
                    js_term_doubled(inside_a, inside(b[lane], of_b[lane], level, q.scale));
            }
        }
        doubled += total_f32(lanes);
        for (((a, b), of_a), of_b) in a_rest.iter().zip(b_rest).zip(of_a_rest).zip(of_b_rest) {
            let inside_a = inside(*a, *of_a, level, p.scale);
            doubled += f64::from(js_term_doubled(inside_a, inside(*b, *of_b, level, q.scale)));
        }
    }
    (doubled / 2.0).min(1.0)
}

/// The renormalised probability of a token that the nucleus holds, else 0.
#[inline(always)]
fn inside(probability: f32, of_token: u32, level: u32, scale: f32) -> f32 {
    if of_token <= level {
        probability * scale
    } else {
        0.0
    }
}

/// One token's term of the divergence in bits: ½[a·log2(2a/(a+b)) + b·log2(2b/(a+b))], never
/// below 0.
///
/// With r = (a−b)/(a+b) it is (a+b)/4 · [(1+r)·log2(1+r) + (1−r)·log2(1−r)]; below |r| = 2⁻⁷ a
/// series in r² replaces the logarithms, which would cancel.
pub(crate) fn js_term(a: f64, b: f64) -> f64 {
    let sum = a + b;
    if sum <= 0.0 {
        return 0.0;
    }
    let r = ((a - b) / sum).abs();
    if r >= 1.0 {
        return sum / 2.0;
    }
    let t = r * r;
    let nats = if r < 0.0078125 {
        t * (1.0 + t * (1.0 / 6.0 + t * (1.0 / 15.0)))
    } else {
        (1.0 + r) * r.ln_1p() + (1.0 - r) * (-r).ln_1p()
    };
    (sum / 4.0 * nats * std::f64::consts::LOG2_E).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `python -c "from mpmath import *; mp.dps = 40; print([((1+r)*log(1+r) + (1-r)*log(1-r))/2/
    /// log(2) for r in (mpf(2)**-8, mpf(2)**-20, mpf(1)/2)])"`
    #[test]
    fn terms_keep_their_digits_near_and_far() {
        for (r, expected) in [
            (2.0_f64.powi(-8), 1.100_691_764_735_851_7e-5),
            (2.0_f64.powi(-20), 6.560_617_479_813_946e-13),
            (0.5, 0.188_721_875_540_867_14),
            (1.0, 1.0),
        ] {
            for size in [1.0, 0.125] {
                let found = js_term(size * (1.0 + r), size * (1.0 - r));
                assert!(
                    (found / (size * expected) - 1.0).abs() < 1e-13,
                    "{r} {size}"
                );
            }
        }
        assert_eq!((js_term(0.0, 0.0), js_term(0.25, 0.25)), (0.0, 0.0));
    }

    #[test]
    fn every_width_gives_the_same_bits() {
        let row = |k: usize| -> Vec<f32> {
            (0..1203)
                .map(|i| ((i * 7919 + k * 31) % 1009) as f32 / 1e6)
                .collect()
        };
        let levels = |k: usize| -> Vec<u32> { (0..1203).map(|i| ((i * k) % 5) as u32).collect() };
        let (p, q, of_p, of_q) = (row(1), row(2), levels(3), levels(7));
        let part = |probabilities, levels| Part {
            probabilities,
            levels,
            scale: 1.7,
        };
        let (a, b) = (part(&p, &of_p), part(&q, &of_q));
        assert_eq!(
            js_divergence(a, b, 2).to_bits(),
            js_divergence_body(a, b, 2).to_bits()
        );
        let whole = |probabilities, logits| Whole {
            probabilities,
            roots: probabilities,
            logits,
        };
        let (a, b) = (whole(&p, &q), whole(&q, &p));
        assert_eq!(contrast(a, b), contrast_body(a, b));
    }
}
