//! The estimator of Nemenman, Shafee and Bialek.

use statrs::function::gamma::digamma;

use super::gamma::{ln_rising, trigamma_deficit};

/// Counts with how many words have each.
pub(super) struct Posterior<'a> {
    multiplicity: &'a [(f64, f64)],
    total: f64,
    seen: f64,
    words: f64,
}

/// How far the logarithm of the weight may fall below its maximum before the integral is cut:
/// e^-45 is below the rounding of the sum.
const DEPTH: f64 = 45.0;
/// Step of the search for the maximum, in logarithms of the concentration: the logarithm of the
/// weight bends over a few units, however narrow the weight itself is.
const SEARCH: f64 = 0.5;
/// The integral is halved in step until it changes by less than this, relatively.
const PRECISION: f64 = 1e-12;
/// Points of the first and of the last grid.
const POINTS: (usize, usize) = (64, 1 << 14);

/// Posterior mean of the entropy in nats and the standard deviation of the mean over
/// concentrations.
///
/// Under a symmetric Dirichlet prior of concentration `β` per word, the posterior mean entropy is
/// `S(β) = ψ(N + Kβ + 1) - Σ (n + β) / (N + Kβ) ψ(n + β + 1)`, the sum over all `K` words.
/// Concentrations are weighed by the evidence `Γ(Kβ) / Γ(N + Kβ) Π Γ(n + β) / Γ(β)` and by `dξ`,
/// `ξ(β) = ψ(Kβ + 1) - ψ(β + 1)` being the prior mean entropy, which makes the prior nearly flat in
/// the entropy.
///
/// The integral runs over `t = ln Kβ` where its integrand is within `e^-45` of its maximum, by the
/// trapezoid rule, which for a smooth integrand that vanishes at both ends gains digits with every
/// halving. Quotients of Γ are taken as sums of logarithms: differences of `ln Γ(Kβ)` lose all
/// digits where `Kβ` is far above `N`.
pub(super) fn entropy(multiplicity: &[(f64, f64)], words: f64) -> (f64, f64) {
    let posterior = Posterior {
        multiplicity,
        total: multiplicity.iter().map(|(n, m)| n * m).sum(),
        seen: multiplicity.iter().map(|(_, m)| m).sum(),
        words,
    };
    if words < 2.0 {
        return (0.0, 0.0);
    }
    posterior.integrate()
}

impl Posterior<'_> {
    fn integrate(&self) -> (f64, f64) {
        let peak = self.peak();
        let most = self.log_weight(peak);
        let (low, high) = (
            self.edge(peak, most, -SEARCH),
            self.edge(peak, most, SEARCH),
        );
        let mut points = POINTS.0;
        let mut grid = self.grid(low, high, (0..=points).map(|i| i as f64), points, most);
        let mut found = moments(&grid);
        while points < POINTS.1 {
            let middles = (0..points).map(|i| i as f64 + 0.5);
            let between = self.grid(low, high, middles, points, most);
            grid.extend(between);
            points *= 2;
            let finer = moments(&grid);
            let settled = (finer.0 - found.0).abs() <= PRECISION * finer.0.abs().max(PRECISION)
                && (finer.1 - found.1).abs() <= 1e-9 * finer.1.max(PRECISION);
            found = finer;
            if settled {
                break;
            }
        }
        found
    }

    /// `(weight, entropy)` at places of `[low, high]`, counted in `points` steps.
    fn grid(
        &self,
        low: f64,
        high: f64,
        places: impl Iterator<Item = f64>,
        points: usize,
        most: f64,
    ) -> Vec<(f64, f64)> {
        let at = |place: f64| low + (high - low) * place / points as f64;
        places
            .map(at)
            .map(|t| ((self.log_weight(t) - most).exp(), self.entropy(t)))
            .collect()
    }

    /// Where the weight is largest: on a coarse grid, then by golden sections.
    fn peak(&self) -> f64 {
        // From one word certain to all words alike: below and above nothing is gained.
        let (low, high) = (-40.0, self.words.ln() + 40.0);
        let steps = ((high - low) / SEARCH) as usize;
        let coarse = (0..=steps).map(|i| low + SEARCH * i as f64);
        let best = coarse.map(|t| (t, self.log_weight(t))).fold(
            (low, f64::NEG_INFINITY),
            |best, found| {
                if found.1 > best.1 { found } else { best }
            },
        );
        let (mut left, mut right) = (best.0 - SEARCH, best.0 + SEARCH);
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        for _ in 0..60 {
            let (a, b) = (
                right - GOLDEN * (right - left),
                left + GOLDEN * (right - left),
            );
            if self.log_weight(a) < self.log_weight(b) {
                left = a;
            } else {
                right = b;
            }
        }
        0.5 * (left + right)
    }

    /// Where the weight has fallen by [`DEPTH`] on one side of the peak.
    fn edge(&self, peak: f64, most: f64, mut step: f64) -> f64 {
        let falls = |t: f64| self.log_weight(t) < most - DEPTH;
        let mut inside = peak;
        while !falls(inside + step) {
            inside += step;
            step *= 1.5;
        }
        let mut outside = inside + step;
        for _ in 0..20 {
            let middle = 0.5 * (inside + outside);
            if falls(middle) {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        outside
    }

    /// Logarithm of evidence times `dξ/dt` at `t = ln Kβ`.
    fn log_weight(&self, t: f64) -> f64 {
        let (all, beta) = (t.exp(), (t - self.words.ln()).exp());
        let counts = self.multiplicity.iter();
        let evidence: f64 = counts.map(|&(n, m)| m * ln_rising(beta, n)).sum();
        // dξ/d ln β = Kβ ψ'(Kβ + 1) - β ψ'(β + 1), both near 1 where β is large.
        let slope = trigamma_deficit(beta) - trigamma_deficit(all);
        evidence - ln_rising(all, self.total) + slope.ln()
    }

    /// `S(β)`.
    fn entropy(&self, t: f64) -> f64 {
        let (all, beta) = (t.exp(), (t - self.words.ln()).exp());
        let total = self.total + all;
        let mut sum = (self.words - self.seen) * beta * digamma(beta + 1.0);
        for &(n, m) in self.multiplicity {
            sum += m * (n + beta) * digamma(n + beta + 1.0);
        }
        digamma(total + 1.0) - sum / total
    }
}

/// Mean and standard deviation of the entropy under the weights; both ends weigh next to nothing.
fn moments(grid: &[(f64, f64)]) -> (f64, f64) {
    let mass: f64 = grid.iter().map(|p| p.0).sum();
    let mean = grid.iter().map(|p| p.0 * p.1).sum::<f64>() / mass;
    let square = |p: &(f64, f64)| p.0 * (p.1 - mean).powi(2);
    (mean, (grid.iter().map(square).sum::<f64>() / mass).sqrt())
}
