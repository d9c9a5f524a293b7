//! Two probes on the same test rows.

use dissensus_stats::{BootstrapParams, Estimate};
use serde::{Deserialize, Serialize};

use super::ProbeReport;
use super::interval::{Resampled, estimate};
use crate::error::{at_least, same_length};
use crate::{Error, Metric};

/// How much better one probe is than another, in one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// Which metric.
    pub metric: Metric,
    /// The first's value less the second's, with an interval over groups of test rows that both
    /// share.
    pub estimate: Estimate,
    /// Resamples on which it is undefined, and which the interval leaves out.
    pub undefined: usize,
}

/// The first report's metrics less the second's, paired: both are scored on the same resamples of
/// groups.
///
/// # Errors
/// Reports whose folds tested different rows, or other labels.
///
/// ```
/// use dissensus_probe::{
///     EvaluateParams, Features, Folds, Labels, LogisticParams, MajorityClass, evaluate,
///     paired_differences,
/// };
///
/// let values: Vec<f64> = (0..40).map(|i| f64::from(i) - 19.5).collect();
/// let labels = Labels::new(values.iter().map(|&v| usize::from(v > 0.0)).collect(), 2)?;
/// let features = Features::new(values, 1)?;
/// let folds = Folds::stratified(&labels, 5, 0)?;
/// let params = EvaluateParams::default();
/// let probe = evaluate(&LogisticParams::default(), &features, &labels, &folds, &params)?;
/// let nothing = evaluate(&MajorityClass, &features, &labels, &folds, &params)?;
/// let gain = paired_differences(&probe, &nothing, &params.bootstrap)?;
/// // MCC of the baseline is 0
/// assert_eq!(gain[0].estimate.value, probe.measured[0].estimate.value);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn paired_differences(
    first: &ProbeReport,
    second: &ProbeReport,
    bootstrap: &BootstrapParams,
) -> Result<Vec<Difference>, Error> {
    less_mean(first, &[second], bootstrap)
}

/// The first report's metrics less the mean of those of several others, such as random twins; all
/// on the same resamples of groups.
///
/// How far the others differ among themselves is not in the interval, which is over groups of test
/// rows.
///
/// # Errors
/// No other report; reports whose folds tested different rows, or other labels.
///
/// ```
/// use dissensus_probe::{
///     EvaluateParams, Features, Folds, Labels, LogisticParams, MajorityClass, evaluate,
///     gain_over, paired_differences,
/// };
///
/// let values: Vec<f64> = (0..40).map(|i| f64::from(i) - 19.5).collect();
/// let labels = Labels::new(values.iter().map(|&v| usize::from(v > 0.0)).collect(), 2)?;
/// let features = Features::new(values, 1)?;
/// let folds = Folds::stratified(&labels, 5, 0)?;
/// let params = EvaluateParams::default();
/// let probe = evaluate(&LogisticParams::default(), &features, &labels, &folds, &params)?;
/// let nothing = evaluate(&MajorityClass, &features, &labels, &folds, &params)?;
/// // Less the mean of itself and of a baseline it gains half of what it gains over the baseline.
/// let gain = gain_over(&probe, &[&probe, &nothing], &params.bootstrap)?;
/// let whole = paired_differences(&probe, &nothing, &params.bootstrap)?;
/// assert!((gain[0].estimate.value - whole[0].estimate.value / 2.0).abs() < 1e-12);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn gain_over(
    first: &ProbeReport,
    others: &[&ProbeReport],
    bootstrap: &BootstrapParams,
) -> Result<Vec<Difference>, Error> {
    at_least("reports to gain over", 1, others.len())?;
    less_mean(first, others, bootstrap)
}

fn less_mean(
    first: &ProbeReport,
    others: &[&ProbeReport],
    bootstrap: &BootstrapParams,
) -> Result<Vec<Difference>, Error> {
    others
        .iter()
        .try_for_each(|other| same_rows(first, other))?;
    let one = Resampled::new(&first.tested, &first.groups_of_rows)?;
    let others: Vec<Resampled> = others
        .iter()
        .map(|other| Resampled::new(&other.tested, &first.groups_of_rows))
        .collect::<Result<_, _>>()?;
    let less = |weights: &[f64]| -> Vec<Option<f64>> {
        let theirs: Vec<Vec<Option<f64>>> = others.iter().map(|of| of.means(weights)).collect();
        let mine = one.means(weights).into_iter().enumerate();
        let gain = |(at, mine): (usize, Option<f64>)| {
            let sum: Option<f64> = theirs.iter().map(|their| their[at]).sum();
            Some(mine? - sum? / theirs.len() as f64)
        };
        mine.map(gain).collect()
    };
    let values = less(&vec![1.0; one.count]);
    let draws = one.draws(bootstrap, less);
    let difference = |(at, &metric): (usize, &Metric)| {
        let of_metric = draws.iter().map(|draw| draw[at]);
        let (estimate, undefined) = estimate(values[at]?, of_metric, bootstrap, one.count);
        Some(Difference {
            metric,
            estimate,
            undefined,
        })
    };
    Ok(Metric::ALL
        .iter()
        .enumerate()
        .filter_map(difference)
        .collect())
}

/// Fails where two reports tested different rows.
fn same_rows(first: &ProbeReport, second: &ProbeReport) -> Result<(), Error> {
    let folds = (first.tested.len(), second.tested.len());
    same_length("folds of the second report", folds.0, folds.1)?;
    for (index, (one, other)) in first.tested.iter().zip(&second.tested).enumerate() {
        let rows = one.rows.iter().zip(one.truth.values());
        let others = other.rows.iter().zip(other.truth.values());
        let alike = rows.clone().zip(others).take_while(|(a, b)| a == b).count();
        if alike < one.rows.len() || one.rows.len() != other.rows.len() {
            return Err(Error::Fold {
                fold: index,
                source: Box::new(Error::Length {
                    what: "test rows that both reports share, with one label",
                    expected: one.rows.len(),
                    found: alike,
                }),
            });
        }
    }
    Ok(())
}
