//! A probe scored by cross-validation.

mod comparison;
mod interval;
mod paired;
mod report;

use dissensus_stats::BootstrapParams;

use crate::error::same_length;
use crate::probe::{MajorityClass, Probe};
use crate::{Error, Features, Fold, Folds, Labels, Reduction, Scores, Standardizer, scores};

pub use comparison::{FeatureComparison, FeatureGain, NamedReport};
pub use paired::{Difference, gain_over, paired_differences};
pub use report::{FoldReport, Measured, ProbeReport};

use report::{Tested, report};

/// What is done with features before a probe sees them, and how intervals are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct EvaluateParams {
    /// Whether columns are standardised by the training rows; by default they are.
    pub standardize: bool,
    /// How many columns the probe sees; by default all.
    pub reduction: Reduction,
    /// How intervals are drawn.
    pub bootstrap: BootstrapParams,
}

impl Default for EvaluateParams {
    fn default() -> Self {
        Self {
            standardize: true,
            reduction: Reduction::Full,
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl EvaluateParams {
    /// Sets whether columns are standardised.
    #[must_use]
    pub fn with_standardize(self, standardize: bool) -> Self {
        Self {
            standardize,
            ..self
        }
    }

    /// Sets how many columns the probe sees, and which.
    #[must_use]
    pub fn with_reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// Sets how intervals are drawn.
    #[must_use]
    pub fn with_bootstrap(self, bootstrap: BootstrapParams) -> Self {
        Self { bootstrap, ..self }
    }
}

/// Fits a probe on the training rows of every fold and scores it on the test rows.
///
/// Standardisation, reduction and probe see training rows only; validation rows are left alone. See
/// [`ProbeReport`] for what is reported.
///
/// # Errors
/// Other numbers of labels or of rows of the folds than of features; whatever the probe says of a
/// fold, with the fold.
///
/// ```
/// use dissensus_probe::{
///     EvaluateParams, Features, Folds, Labels, LogisticParams, Metric, evaluate,
/// };
///
/// // The class is the sign of the one feature.
/// let values: Vec<f64> = (0..40).map(|i| f64::from(i) - 19.5).collect();
/// let labels = Labels::new(values.iter().map(|&v| usize::from(v > 0.0)).collect(), 2)?;
/// let features = Features::new(values, 1)?;
/// let folds = Folds::stratified(&labels, 5, 0)?;
/// let report = evaluate(
///     &LogisticParams::default(),
///     &features,
///     &labels,
///     &folds,
///     &EvaluateParams::default(),
/// )?;
/// let auroc = report.get(Metric::Auroc).expect("both classes occur");
/// assert_eq!(auroc.estimate.value, 1.0);
/// assert_eq!(auroc.chance, Some(0.5));
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn evaluate(
    probe: &dyn Probe,
    features: &Features,
    labels: &Labels,
    folds: &Folds,
    params: &EvaluateParams,
) -> Result<ProbeReport, Error> {
    same_length("labels", features.rows(), labels.rows())?;
    same_length("rows of the folds", features.rows(), folds.rows())?;
    let mut tested = Vec::with_capacity(folds.len());
    for (index, fold) in folds.iter().enumerate() {
        let found = one_fold(probe, features, labels, fold, params);
        tested.push(found.map_err(|source| Error::Fold {
            fold: index,
            source: Box::new(source),
        })?);
    }
    report(probe.name(), features, labels, folds, tested, params)
}

/// The scores of a probe on the test rows of one fold, and how many columns it saw; no interval is
/// drawn.
///
/// # Errors
/// Those of the fold, of the reduction and of the probe.
pub fn evaluate_fold(
    probe: &dyn Probe,
    features: &Features,
    labels: &Labels,
    fold: &Fold,
    params: &EvaluateParams,
) -> Result<(Scores, usize), Error> {
    let tested = one_fold(probe, features, labels, fold, params)?;
    Ok((scores(&tested.truth, &tested.outcome)?, tested.dimension))
}

fn one_fold(
    probe: &dyn Probe,
    features: &Features,
    labels: &Labels,
    fold: &Fold,
    params: &EvaluateParams,
) -> Result<Tested, Error> {
    let training_labels = labels.select(&fold.train)?;
    let (training, test) = prepared(features, fold, params)?;
    let fitted = probe.fit(&training, &training_labels)?;
    let majority = MajorityClass.fit(&training, &training_labels)?;
    let outcome = fitted.predict(&test)?;
    Ok(Tested {
        rows: fold.test.clone(),
        truth: labels.select(&fold.test)?,
        outcome,
        majority: majority.predict(&test)?,
        converged: fitted.converged(),
        train: fold.train.len(),
        validation: fold.validation.len(),
        dimension: training.columns(),
    })
}

/// Training and test rows as the probe sees them.
fn prepared(
    features: &Features,
    fold: &Fold,
    params: &EvaluateParams,
) -> Result<(Features, Features), Error> {
    let mut training = features.select(&fold.train)?;
    let mut test = features.select(&fold.test)?;
    if params.standardize {
        let scale = Standardizer::fit(&training);
        (training, test) = (scale.apply(&training)?, scale.apply(&test)?);
    }
    if params.reduction != Reduction::Full {
        let projection = params.reduction.fit(&training)?;
        (training, test) = (projection.apply(&training)?, projection.apply(&test)?);
    }
    Ok((training, test))
}
