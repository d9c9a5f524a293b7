//! The first guess at the inverse Hessian: that of least squares with the same features.

use nalgebra::{Cholesky, DMatrix, Dyn};

use super::loss::Loss;
use crate::product::{gram, means};

/// Above so many columns a factor costs more than the iterations it saves.
const MOST_COLUMNS: usize = 1024;

/// An approximate Hessian that is cheap to invert.
///
/// At W = 0 the diagonal blocks of the Hessian are πₖ(1 − πₖ) X̃ᵀX̃/n + I/(Cn), X̃ the features
/// beside a 1 and πₖ the frequency of class k. The 1 is eliminated first: the mean of X is
/// subtracted, which leaves a block of X alone.
pub(super) struct Preconditioner {
    centre: Vec<f64>,
    /// πₖ(1 − πₖ) of each output.
    scales: Vec<f64>,
    parts: Vec<Part>,
}

enum Part {
    Factor(Cholesky<f64, Dyn>),
    Diagonal(Vec<f64>),
}

impl Preconditioner {
    pub fn new(loss: &Loss<'_>) -> Self {
        let columns = loss.features.columns();
        let centre = means(loss.features);
        let mut frequencies = vec![0.0; loss.labels.classes()];
        for (&label, weight) in loss.labels.values().iter().zip(loss.weights) {
            frequencies[label] += weight / loss.total;
        }
        let scales: Vec<f64> = frequencies[frequencies.len() - loss.outputs..]
            .iter()
            .map(|p| p * (1.0 - p))
            .collect();
        let rows = loss.features.rows() as f64;
        let parts = if columns <= MOST_COLUMNS {
            let products = gram(loss.features, &centre, None) / rows;
            scales
                .iter()
                .map(|&scale| factor(&products, scale, loss.penalty))
                .collect()
        } else {
            let variances = crate::Standardizer::fit(loss.features).deviations;
            let entry = |scale: f64, d: &f64| scale * d * d + loss.penalty;
            let part =
                |&scale: &f64| Part::Diagonal(variances.iter().map(|d| entry(scale, d)).collect());
            scales.iter().map(part).collect()
        };
        Self {
            centre,
            scales,
            parts,
        }
    }

    /// Replaces a gradient by the step that it asks for.
    pub fn solve(&self, vector: &mut [f64]) {
        let columns = self.centre.len();
        let (weights, intercepts) = vector.split_at_mut(columns * self.scales.len());
        let outputs = weights.chunks_exact_mut(columns).zip(intercepts);
        for ((weights, intercept), (part, scale)) in
            outputs.zip(self.parts.iter().zip(&self.scales))
        {
            // In features less their mean the intercept stands alone; b' = b + m·w.
            let slope = *intercept;
            weights
                .iter_mut()
                .zip(&self.centre)
                .for_each(|(g, m)| *g -= m * slope);
            match part {
                Part::Factor(factor) => {
                    let mut column = DMatrix::from_column_slice(columns, 1, weights);
                    factor.solve_mut(&mut column);
                    weights.copy_from_slice(column.as_slice());
                }
                Part::Diagonal(entries) => {
                    weights.iter_mut().zip(entries).for_each(|(g, e)| *g /= e);
                }
            }
            let moved: f64 = weights.iter().zip(&self.centre).map(|(w, m)| w * m).sum();
            *intercept = slope / scale - moved;
        }
    }
}

fn factor(products: &DMatrix<f64>, scale: f64, penalty: f64) -> Part {
    let mut matrix = products * scale;
    for i in 0..matrix.nrows() {
        matrix[(i, i)] += penalty;
    }
    let diagonal = matrix.diagonal().as_slice().to_vec();
    // A penalty so small that rounding makes the matrix indefinite.
    matrix
        .cholesky()
        .map_or(Part::Diagonal(diagonal), Part::Factor)
}
