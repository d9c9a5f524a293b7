//! Two distributions against each other.

use super::cut::Cut;

/// One of the two distributions of a pair, with its nuclei.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Half<'a> {
    pub(crate) probabilities: &'a [f32],
    pub(crate) levels: &'a [u8],
    pub(crate) cuts: &'a [Cut],
}

/// What one pass over two whole distributions gives.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
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

/// Total variation, Hellinger distance, and the products of each with the other's logits.
pub(crate) fn contrast(p: &[f32], p_logits: &[f32], q: &[f32], q_logits: &[f32]) -> Contrast {
    let mut sums = Contrast::default();
    for (((&p, &q), &p_logit), &q_logit) in p.iter().zip(q).zip(p_logits).zip(q_logits) {
        let (a, b) = (f64::from(p), f64::from(q));
        sums.total_variation += (a - b).abs();
        sums.hellinger += (a.sqrt() - b.sqrt()).powi(2);
        if p > 0.0 {
            sums.forward += a * f64::from(q_logit);
        }
        if q > 0.0 {
            sums.backward += b * f64::from(p_logit);
        }
    }
    sums.total_variation = (sums.total_variation / 2.0).min(1.0);
    sums.hellinger = (sums.hellinger / 2.0).sqrt().min(1.0);
    sums
}

/// Jensen–Shannon divergence in bits between the renormalised nuclei of two distributions, at every mass.
pub(crate) fn js_divergences(p: Half<'_>, q: Half<'_>, out: &mut Vec<f64>) {
    out.clear();
    for (mass, (p_cut, q_cut)) in p.cuts.iter().zip(q.cuts).enumerate() {
        let mut sum = 0.0;
        for token in 0..p.probabilities.len() {
            let inside =
                |half: &Half<'_>| f64::from(u8::from(usize::from(half.levels[token]) <= mass));
            let a = f64::from(p.probabilities[token]) * inside(&p) / p_cut.mass;
            let b = f64::from(q.probabilities[token]) * inside(&q) / q_cut.mass;
            sum += js_term(a, b);
        }
        out.push(sum.min(1.0));
    }
}

/// One token's share of the divergence in bits: ½[a·log2(2a/(a+b)) + b·log2(2b/(a+b))], never below 0.
///
/// With r = (a−b)/(a+b) it is (a+b)/4 · [(1+r)·log2(1+r) + (1−r)·log2(1−r)]; below |r| = 2⁻⁷ a series in r² replaces
/// the logarithms, which would cancel.
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
