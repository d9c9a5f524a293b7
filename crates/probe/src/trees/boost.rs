//! Rounds of trees.

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::grow::{Derivatives, Grown, Sorted, grow};
use super::{Tree, TreesParams};
use crate::error::parameter;
use crate::logistic::softmax;
use crate::probe::{Fitted, ProbeOutcome};
use crate::{Error, Features, Labels};

/// Second derivatives are at least this, as in XGBoost.
const LEAST_SECOND: f64 = 1e-16;

/// Boosted trees whose splits were searched exactly.
///
/// Every round adds to the score of class k a tree fitted to the derivatives gᵢ = pᵢₖ − \[yᵢ = k\]
/// and hᵢ = 2 pᵢₖ(1 − pᵢₖ), p the softmax of the scores before the round; for two classes one tree
/// with hᵢ = pᵢ(1 − pᵢ). Scores begin at 0, which is XGBoost with `base_score=0.5`. The bits do not
/// depend on the number of threads.
///
/// Source: Friedman 2001; Chen and Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD
/// (2016).
///
/// ```
/// use dissensus_probe::{BoostedTrees, Features, Labels, TreesParams};
///
/// // One split: G = -4*0.5 on the left, H = 4*0.25, so the leaf is 0.1 * 2/(1 + 1) = 0.1.
/// let features = Features::new(vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0], 1)?;
/// let labels = Labels::new(vec![1, 1, 1, 1, 0, 0, 0, 0], 2)?;
/// let params = TreesParams::default().with_rounds(1);
/// let fitted = BoostedTrees::fit(&features, &labels, &params)?;
/// let p = fitted.probabilities(&features)?;
/// assert!((p[(0, 1)] - 1.0 / (1.0 + (-0.1_f64).exp())).abs() < 1e-12);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct BoostedTrees {
    /// Round after round, class after class.
    pub trees: Vec<Tree>,
    /// Trees of one round: the number of classes, or 1 for two.
    pub outputs: usize,
    /// Number of columns fitted.
    pub columns: usize,
}

/// [`BoostedTrees`] as they come out of a file.
#[derive(Deserialize)]
struct Stored {
    trees: Vec<Tree>,
    outputs: usize,
    columns: usize,
}

impl TryFrom<Stored> for BoostedTrees {
    type Error = Error;

    /// # Errors
    /// Trees that do not make whole rounds, or that look at columns that are not there.
    fn try_from(stored: Stored) -> Result<Self, Error> {
        let Stored {
            trees,
            outputs,
            columns,
        } = stored;
        parameter("outputs", "at least 1", outputs as f64, outputs > 0)?;
        let rounds = trees.len().is_multiple_of(outputs);
        parameter("trees", "whole rounds", trees.len() as f64, rounds)?;
        for column in trees.iter().flat_map(Tree::columns) {
            parameter(
                "column",
                "one of those fitted",
                column as f64,
                column < columns,
            )?;
        }
        Ok(Self {
            trees,
            outputs,
            columns,
        })
    }
}

impl BoostedTrees {
    /// Fits the classes of the rows; the engine of the parameters is not looked at.
    ///
    /// # Errors
    /// Other numbers of labels than rows, a class without a row, parameters outside their range.
    pub fn fit(features: &Features, labels: &Labels, params: &TreesParams) -> Result<Self, Error> {
        params.check(features, labels)?;
        let rows = features.rows();
        let holds = rows < u32::MAX as usize;
        parameter("rows", "fewer than 2^32 − 1", rows as f64, holds)?;
        let sorted = Sorted::new(features);
        let outputs = if labels.classes() == 2 {
            1
        } else {
            labels.classes()
        };
        let mut scores = vec![0.0; features.rows() * outputs];
        let mut trees = Vec::with_capacity(params.rounds * outputs);
        for _ in 0..params.rounds {
            let derivatives = derivatives(&scores, labels, outputs);
            let grown: Vec<Grown> = (0..outputs)
                .into_par_iter()
                .map(|k| grow(&sorted, &derivatives[k], params))
                .collect();
            for (k, grown) in grown.into_iter().enumerate() {
                let rows = scores.chunks_exact_mut(outputs).zip(&grown.leaves);
                rows.for_each(|(row, leaf)| row[k] += leaf);
                trees.push(grown.tree);
            }
        }
        Ok(Self {
            trees,
            outputs,
            columns: features.columns(),
        })
    }

    /// Probabilities of the classes, rows × classes.
    ///
    /// # Errors
    /// Another number of columns than was fitted.
    pub fn probabilities(&self, features: &Features) -> Result<DMatrix<f64>, Error> {
        features.expect_columns(self.columns)?;
        let classes = self.outputs.max(2);
        let rows: Vec<f64> = (0..features.rows())
            .into_par_iter()
            .flat_map_iter(|i| self.row(features.row(i)))
            .collect();
        Ok(DMatrix::from_row_slice(features.rows(), classes, &rows))
    }

    fn row(&self, row: &[f64]) -> Vec<f64> {
        let mut scores = vec![0.0; self.outputs];
        for round in self.trees.chunks_exact(self.outputs) {
            scores
                .iter_mut()
                .zip(round)
                .for_each(|(s, tree)| *s += tree.value(row));
        }
        if let [score] = scores[..] {
            return vec![sigmoid(-score), sigmoid(score)];
        }
        softmax(&mut scores);
        scores
    }
}

impl Fitted for BoostedTrees {
    fn predict(&self, features: &Features) -> Result<ProbeOutcome, Error> {
        Ok(ProbeOutcome::probabilities(self.probabilities(features)?))
    }
}

/// First and second derivatives of the loss, output by output.
fn derivatives(scores: &[f64], labels: &Labels, outputs: usize) -> Vec<Vec<Derivatives>> {
    let rows = labels.rows();
    let mut all = vec![Vec::with_capacity(rows); outputs];
    for (scores, &label) in scores.chunks_exact(outputs).zip(labels.values()) {
        if let [score] = *scores {
            let p = sigmoid(score);
            all[0].push(Derivatives {
                first: p - label as f64,
                second: (p * (1.0 - p)).max(LEAST_SECOND),
            });
            continue;
        }
        let mut p = scores.to_vec();
        softmax(&mut p);
        for (k, (all, p)) in all.iter_mut().zip(p).enumerate() {
            all.push(Derivatives {
                first: p - f64::from(u8::from(k == label)),
                second: (2.0 * p * (1.0 - p)).max(LEAST_SECOND),
            });
        }
    }
    all
}

fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}
