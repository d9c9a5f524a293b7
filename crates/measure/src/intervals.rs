//! Numbers with the interval of a jackknife over members.

use dissensus_report::Measure;
use dissensus_stats::{Estimate, jackknife, jackknife_mean, jackknife_pairs};

use crate::{Error, MeasureKey};

/// Confidence of every interval.
pub const LEVEL: f64 = 0.95;

/// The mean of one value a member.
pub(crate) fn over_members(key: impl Into<MeasureKey>, values: &[f64]) -> Result<Measure, Error> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let measure = key.into().measure(mean)?.with_members(values)?;
    match values.len() {
        0 | 1 => Ok(measure),
        _ => with_interval(measure, jackknife_mean(values, LEVEL)?),
    }
}

/// The mean of one value a pair, in the order (0,1), (0,2), …, (1,2), …; an interval needs three
/// members.
pub(crate) fn over_pairs(
    key: impl Into<MeasureKey>,
    members: usize,
    values: &[f64],
) -> Result<Measure, Error> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let measure = key.into().measure(mean)?;
    match members {
        0..3 => Ok(measure),
        _ => with_interval(measure, jackknife_pairs(members, values, LEVEL)?),
    }
}

/// A value of the whole ensemble, and its value without each member.
pub(crate) fn over_ensemble(
    key: impl Into<MeasureKey>,
    value: f64,
    without: &[f64],
) -> Result<Measure, Error> {
    let measure = key.into().measure(value)?;
    match without.len() {
        // Without one of two members there is no ensemble left to disagree.
        0..3 => Ok(measure),
        _ => with_interval(measure, jackknife(value, without, LEVEL)?),
    }
}

fn with_interval(measure: Measure, estimate: Estimate) -> Result<Measure, Error> {
    let measure = measure.with_interval(estimate.low, estimate.high)?;
    Ok(measure.with_member_error(estimate.standard_error)?)
}
