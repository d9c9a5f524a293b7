//! The objective and its gradient in one pass over the rows.

use dissensus_kernels::few_outputs;
use rayon::prelude::*;

use crate::product::BLOCK;
use crate::{Features, Labels};

/// The mean objective of a logistic regression as a function of one vector of parameters.
///
/// The vector holds the weights output by output (`columns` numbers each), then one intercept per
/// output; two classes have one output.
pub(super) struct Loss<'a> {
    pub features: &'a Features,
    pub labels: &'a Labels,
    pub weights: &'a [f64],
    /// Σ of the weights of the examples.
    pub total: f64,
    /// 1/(C Σw).
    pub penalty: f64,
    pub outputs: usize,
}

/// The objective at a point, and where it rises.
pub(super) struct Slope {
    pub value: f64,
    pub gradient: Vec<f64>,
}

impl<'a> Loss<'a> {
    pub fn new(features: &'a Features, labels: &'a Labels, weights: &'a [f64], c: f64) -> Self {
        let total: f64 = weights.iter().sum();
        let outputs = if labels.classes() == 2 {
            1
        } else {
            labels.classes()
        };
        Self {
            features,
            labels,
            weights,
            total,
            penalty: 1.0 / (c * total),
            outputs,
        }
    }

    /// Number of parameters.
    pub fn dimension(&self) -> usize {
        (self.features.columns() + 1) * self.outputs
    }

    /// Blocks of rows are added in their order, so no bit depends on the number of threads.
    pub fn slope(&self, point: &[f64]) -> Slope {
        let (columns, k) = (self.features.columns(), self.outputs);
        let (weights, intercept) = point.split_at(columns * k);
        let blocks: Vec<usize> = (0..self.features.rows().div_ceil(BLOCK)).collect();
        let parts: Vec<Slope> = blocks
            .par_iter()
            .map(|&block| self.block(block, weights, intercept))
            .collect();
        let mut value = 0.0;
        let mut gradient = vec![0.0; point.len()];
        for part in parts {
            value += part.value;
            gradient
                .iter_mut()
                .zip(&part.gradient)
                .for_each(|(g, p)| *g += p);
        }
        gradient.iter_mut().for_each(|g| *g /= self.total);
        let mut squares = 0.0;
        for (g, w) in gradient.iter_mut().zip(&point[..columns * k]) {
            *g += self.penalty * w;
            squares += w * w;
        }
        Slope {
            value: value / self.total + 0.5 * self.penalty * squares,
            gradient,
        }
    }

    /// The sums over one block of rows.
    fn block(&self, block: usize, weights: &[f64], intercept: &[f64]) -> Slope {
        let (columns, k) = (self.features.columns(), self.outputs);
        let first = block * BLOCK;
        let last = (first + BLOCK).min(self.features.rows());
        let rows = &self.features.values()[first * columns..last * columns];
        let mut scores = vec![0.0; (last - first) * k];
        few_outputs::scores(&mut scores, rows, weights, columns);
        let mut value = 0.0;
        let mut gradient = vec![0.0; (columns + 1) * k];
        for (i, scores) in scores.chunks_exact_mut(k).enumerate() {
            scores.iter_mut().zip(intercept).for_each(|(s, b)| *s += b);
            let (label, weight) = (self.labels.values()[first + i], self.weights[first + i]);
            value += weight * residuals(scores, label);
            for (slot, residual) in gradient[columns * k..].iter_mut().zip(scores) {
                *residual *= weight;
                *slot += *residual;
            }
        }
        few_outputs::add_products(&mut gradient[..columns * k], &scores, rows, columns);
        Slope { value, gradient }
    }
}

/// Turns scores into p − [class = label] and returns −ln p(label).
fn residuals(scores: &mut [f64], label: usize) -> f64 {
    if let [score] = scores {
        let s = if label == 1 { *score } else { -*score };
        // ln(1 + exp(-s)) without overflow.
        let loss = (-s.abs()).exp().ln_1p() + (-s).max(0.0);
        let wrong = 1.0 / (1.0 + s.exp());
        *score = if label == 1 { -wrong } else { wrong };
        return loss;
    }
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = scores[label] - largest;
    scores.iter_mut().for_each(|s| *s = (*s - largest).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= sum);
    scores[label] -= 1.0;
    sum.ln() - own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        for classes in [2, 3] {
            let rows = BLOCK + 5;
            let values = (0..rows * 3).map(|i| ((i * 31 % 23) as f64 - 11.0) / 8.0);
            let features = Features::new(values.collect(), 3).unwrap();
            let labels =
                Labels::new((0..rows).map(|i| i * 7 % classes).collect(), classes).unwrap();
            let weights: Vec<f64> = (0..rows).map(|i| 1.0 + (i % 2) as f64).collect();
            let loss = Loss::new(&features, &labels, &weights, 0.01);
            let point: Vec<f64> = (0..loss.dimension()).map(|i| (i as f64).sin()).collect();
            let found = loss.slope(&point).gradient;
            for i in 0..point.len() {
                let at = |step: f64| {
                    let mut moved = point.clone();
                    moved[i] += step;
                    loss.slope(&moved).value
                };
                let wanted = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!(
                    (found[i] - wanted).abs() < 1e-8,
                    "{i}: {} {wanted}",
                    found[i]
                );
            }
        }
    }

    #[test]
    fn far_scores_lose_nothing() {
        let mut scores = [1000.0];
        assert_eq!(residuals(&mut scores, 0), 1000.0);
        assert_eq!(scores, [1.0]);
        let mut scores = [-1000.0, 1000.0, 0.0];
        assert_eq!(residuals(&mut scores, 0), 2000.0);
        assert_eq!(scores, [-1.0, 1.0, 0.0]);
    }
}
