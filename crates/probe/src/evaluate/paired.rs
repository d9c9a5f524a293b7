//! Two probes on the same test rows.

use dissensus_stats::{BootstrapParams, Estimate};
use serde::Serialize;

use super::ProbeReport;
use super::interval::{Resampled, estimate};
use crate::error::same_length;
use crate::{Error, Metric};

/// How much better one probe is than another, in one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Which metric.
    pub metric: Metric,
    /// The first's value less the second's, with an interval over groups of test rows that both share.
    pub estimate: Estimate,
    /// Resamples on which it is undefined, and which the interval leaves out.
    pub undefined: usize,
}

/// The first report's metrics less the second's, paired: both are scored on the same resamples of groups.
///
/// # Errors
/// Reports whose folds tested different rows, or other labels.
///
/// ```
/// use dissensus_probe::{
///     EvaluateParams, Features, Folds, Labels, LogisticParams, MajorityClass, evaluate, paired_differences,
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
/// assert_eq!(gain[0].estimate.value, probe.measured[0].estimate.value); // MCC of the baseline is 0
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn paired_differences(
    first: &ProbeReport,
    second: &ProbeReport,
    bootstrap: &BootstrapParams,
) -> Result<Vec<Difference>, Error> {
    same_length(
        "folds of the second report",
        first.tested.len(),
        second.tested.len(),
    )?;
    for (index, (one, other)) in first.tested.iter().zip(&second.tested).enumerate() {
        let rows = one.rows.iter().zip(one.truth.values());
        let others = other.rows.iter().zip(other.truth.values());
        let alike = rows.clone().zip(others).take_while(|(a, b)| a == b).count();
        let same = Error::Fold {
            fold: index,
            source: Box::new(Error::Length {
                what: "test rows that both reports share, with one label",
                expected: one.rows.len(),
                found: alike,
            }),
        };
        if alike < one.rows.len() || one.rows.len() != other.rows.len() {
            return Err(same);
        }
    }
    let one = Resampled::new(&first.tested, &first.groups_of_rows)?;
    let other = Resampled::new(&second.tested, &first.groups_of_rows)?;
    let less = |weights: &[f64]| -> Vec<Option<f64>> {
        let pairs = one.means(weights).into_iter().zip(other.means(weights));
        pairs.map(|(a, b)| Some(a? - b?)).collect()
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
