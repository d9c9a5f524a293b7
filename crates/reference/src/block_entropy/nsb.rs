//! The estimator of Nemenman, Shafee and Bialek.

use statrs::function::gamma::{digamma, ln_gamma};

const STEPS: usize = 600;
/// Range of the logarithm of the concentration per word.
const RANGE: (f64, f64) = (-25.0, 15.0);

/// Posterior mean of the entropy in nats and the standard deviation of the mean over concentrations.
///
/// Under a symmetric Dirichlet prior of concentration `β` per word, the posterior mean entropy is
/// `S(β) = ψ(N + Kβ + 1) - Σ (n + β) / (N + Kβ) ψ(n + β + 1)`, the sum over all `K` words. Concentrations are weighed by
/// the evidence `Γ(Kβ) / Γ(N + Kβ) Π Γ(n + β) / Γ(β)` and by `dξ`, `ξ(β) = ψ(Kβ + 1) - ψ(β + 1)` being the prior
/// mean entropy, which makes the prior nearly flat in the entropy. The integral over `β` runs by the trapezoid rule.
pub(super) fn entropy(multiplicity: &[(f64, f64)], words: f64) -> (f64, f64) {
    let total: f64 = multiplicity.iter().map(|(n, m)| n * m).sum();
    let seen: f64 = multiplicity.iter().map(|(_, m)| m).sum();
    let grid: Vec<Point> = (0..=STEPS)
        .map(|i| RANGE.0 + (RANGE.1 - RANGE.0) * i as f64 / STEPS as f64)
        .map(|log_beta| point(multiplicity, total, seen, words, log_beta.exp()))
        .collect();
    let most = grid
        .iter()
        .map(|p| p.log_evidence)
        .fold(f64::NEG_INFINITY, f64::max);
    let (mut mass, mut mean, mut square) = (0.0, 0.0, 0.0);
    for pair in grid.windows(2) {
        let step = pair[1].prior - pair[0].prior;
        for p in pair {
            let weight = 0.5 * step * (p.log_evidence - most).exp();
            mass += weight;
            mean += weight * p.entropy;
            square += weight * p.entropy * p.entropy;
        }
    }
    let mean = mean / mass;
    (mean, (square / mass - mean * mean).max(0.0).sqrt())
}

struct Point {
    log_evidence: f64,
    entropy: f64,
    /// `ξ(β)`.
    prior: f64,
}

fn point(multiplicity: &[(f64, f64)], total: f64, seen: f64, words: f64, beta: f64) -> Point {
    let all = words * beta;
    let mut log_evidence = ln_gamma(all) - ln_gamma(total + all);
    let mut sum = (words - seen) * beta * digamma(beta + 1.0);
    for &(n, m) in multiplicity {
        log_evidence += m * (ln_gamma(n + beta) - ln_gamma(beta));
        sum += m * (n + beta) * digamma(n + beta + 1.0);
    }
    Point {
        log_evidence,
        entropy: digamma(total + all + 1.0) - sum / (total + all),
        prior: digamma(all + 1.0) - digamma(beta + 1.0),
    }
}
