//! Boosted trees by histograms, of the crate hessboost.

use hessboost::objective::Multiclass;
use hessboost::prelude::{
    BoostedModel, DMatrix as Rows, Iterations, Objective, RegLoss, TrainingParams, TreeMethod,
    train,
};
use nalgebra::DMatrix;

use super::TreesParams;
use crate::probe::{Fitted, ProbeOutcome};
use crate::{Error, Features, Labels};

/// Boosted trees whose splits were searched among at most 256 bins per column.
///
/// The formulas and the beginning are those of [`BoostedTrees`](crate::BoostedTrees); features are
/// rounded to single precision. With at most 256 different values per column both engines see the
/// same splits. The model does not depend on the number of threads.
pub struct HistogramTrees {
    model: BoostedModel,
    columns: usize,
    classes: usize,
}

impl HistogramTrees {
    /// Fits the classes of the rows; the engine of the parameters is not looked at.
    ///
    /// # Errors
    /// Other numbers of labels than rows, a class without a row, parameters outside their range, a
    /// feature beyond single precision.
    pub fn fit(features: &Features, labels: &Labels, params: &TreesParams) -> Result<Self, Error> {
        params.check(features, labels)?;
        let names: Vec<f32> = labels.values().iter().map(|&label| label as f32).collect();
        let rows = rows(features)?.with_labels(&names)?;
        let objective = if labels.classes() == 2 {
            Objective::BinaryLogistic(RegLoss::default())
        } else {
            Objective::Softprob(Multiclass::new(labels.classes())?)
        };
        let settings = TrainingParams::builder()
            .objective(objective)
            .tree_method(TreeMethod::Hist)
            .max_depth(params.depth)
            .eta(params.rate)
            .lambda(params.lambda)
            .min_child_weight(params.min_child_weight)
            .base_score(0.5)
            .global_pool()
            .build()?;
        Ok(Self {
            model: train(&settings, &rows, params.rounds)?,
            columns: features.columns(),
            classes: labels.classes(),
        })
    }

    /// Probabilities of the classes, rows × classes.
    ///
    /// # Errors
    /// Another number of columns than was fitted, a feature beyond single precision.
    pub fn probabilities(&self, features: &Features) -> Result<DMatrix<f64>, Error> {
        features.expect_columns(self.columns)?;
        let found = self.model.predict(&rows(features)?, Iterations::Best)?;
        let values = found.as_slice();
        Ok(DMatrix::from_fn(features.rows(), self.classes, |i, k| {
            if self.classes > 2 {
                return f64::from(values[i * self.classes + k]);
            }
            let p = f64::from(values[i]);
            if k == 1 { p } else { 1.0 - p }
        }))
    }
}

impl Fitted for HistogramTrees {
    fn predict(&self, features: &Features) -> Result<ProbeOutcome, Error> {
        Ok(ProbeOutcome::probabilities(self.probabilities(features)?))
    }
}

fn rows(features: &Features) -> Result<Rows, Error> {
    let values: Vec<f32> = features.values().iter().map(|&v| v as f32).collect();
    Ok(Rows::from_dense_vec(
        values,
        features.rows(),
        features.columns(),
    )?)
}
