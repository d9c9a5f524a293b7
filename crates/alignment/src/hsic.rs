//! The Hilbert–Schmidt independence criterion from sums over kernel matrices, none of which is
//! held.

use serde::{Deserialize, Serialize};

/// How the dependence of two kernels is estimated from n rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Estimator {
    /// tr(K H L H), H = I − 1 1ᵀ/n. Grows with d/n even for unrelated tables.
    Biased,
    /// Song et al.'s U-statistic: expectation 0 for unrelated tables.
    #[default]
    Debiased,
}

/// What one kernel matrix K contributes alone: the sums of its rows without the diagonal, and the
/// diagonal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marginal {
    pub rows: Vec<f64>,
    pub diagonal: Vec<f64>,
}

/// Σ_{i≠j} K_ij L_ij beside both marginals, all that the criterion needs.
pub(crate) struct Sums<'a> {
    pub cross: f64,
    pub k: &'a Marginal,
    pub l: &'a Marginal,
}

impl Sums<'_> {
    /// The criterion, up to a factor that depends on n alone.
    pub fn hsic(&self, estimator: Estimator) -> f64 {
        self.terms(estimator).iter().sum()
    }

    /// How large the criterion's terms are, the diagonals among them: what its rounding is relative
    /// to.
    pub fn size(&self, estimator: Estimator) -> f64 {
        let terms: f64 = self.terms(estimator).iter().map(|term| term.abs()).sum();
        let diagonals = self.k.diagonal.iter().zip(&self.l.diagonal);
        terms + diagonals.map(|(k, l)| (k * l).abs()).sum::<f64>()
    }

    /// What the criterion sums.
    fn terms(&self, estimator: Estimator) -> [f64; 4] {
        let n = self.k.rows.len() as f64;
        let dot = |f: fn(&Marginal, usize) -> f64| {
            (0..self.k.rows.len())
                .map(|i| f(self.k, i) * f(self.l, i))
                .sum::<f64>()
        };
        match estimator {
            Estimator::Debiased => {
                let (sum_k, sum_l) = (
                    self.k.rows.iter().sum::<f64>(),
                    self.l.rows.iter().sum::<f64>(),
                );
                [
                    self.cross,
                    sum_k * sum_l / ((n - 1.0) * (n - 2.0)),
                    -2.0 / (n - 2.0) * dot(|m, i| m.rows[i]),
                    0.0,
                ]
            }
            Estimator::Biased => {
                let (sum_k, sum_l) = (self.k.whole(), self.l.whole());
                let rows = dot(|m, i| m.rows[i] + m.diagonal[i]);
                [
                    self.cross,
                    dot(|m, i| m.diagonal[i]),
                    -2.0 / n * rows,
                    sum_k / n * (sum_l / n),
                ]
            }
        }
    }
}

impl Marginal {
    fn whole(&self) -> f64 {
        self.rows.iter().chain(&self.diagonal).sum()
    }

    /// tr(K H), the trace of the centred kernel.
    pub fn centred_trace(&self) -> f64 {
        self.diagonal.iter().sum::<f64>() - self.whole() / self.rows.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    fn kernel(seed: usize, n: usize) -> DMatrix<f64> {
        let x = DMatrix::from_fn(n, 3, |i, j| ((seed * 31 + i * 7 + j * 13) as f64).sin());
        &x * x.transpose()
    }

    fn marginal(k: &DMatrix<f64>) -> Marginal {
        let diagonal: Vec<f64> = k.diagonal().iter().copied().collect();
        Marginal {
            rows: k
                .row_iter()
                .zip(&diagonal)
                .map(|(row, d)| row.sum() - d)
                .collect(),
            diagonal,
        }
    }

    fn cross(k: &DMatrix<f64>, l: &DMatrix<f64>) -> f64 {
        k.dot(l) - k.diagonal().dot(&l.diagonal())
    }

    #[test]
    fn the_biased_criterion_is_the_trace_of_centred_kernels() {
        let n = 9;
        let (k, l) = (kernel(1, n), kernel(2, n));
        let h = DMatrix::identity(n, n) - DMatrix::from_element(n, n, 1.0 / n as f64);
        let sums = Sums {
            cross: cross(&k, &l),
            k: &marginal(&k),
            l: &marginal(&l),
        };
        assert!((sums.hsic(Estimator::Biased) - (&k * &h * &l * &h).trace()).abs() < 1e-12);
        assert!((marginal(&k).centred_trace() - (&k * &h).trace()).abs() < 1e-12);
    }

    #[test]
    fn the_debiased_criterion_averages_to_nothing_over_all_permutations() {
        let n = 5;
        let (k, l) = (kernel(1, n), kernel(2, n));
        let mut total = 0.0;
        for code in 0..n.pow(n as u32) {
            let p: Vec<usize> = (0..n).map(|i| code / n.pow(i as u32) % n).collect();
            if (0..n).any(|v| !p.contains(&v)) {
                continue;
            }
            let turned = DMatrix::from_fn(n, n, |i, j| l[(p[i], p[j])]);
            let sums = Sums {
                cross: cross(&k, &turned),
                k: &marginal(&k),
                l: &marginal(&turned),
            };
            total += sums.hsic(Estimator::Debiased);
        }
        assert!(total.abs() < 1e-10);
    }
}
