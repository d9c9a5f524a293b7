//! Numbers with the interval of a jackknife over members.

mod distributions;
mod embeddings;
mod fisher;

pub use distributions::{AnalysisSet, distributions};
pub use embeddings::embeddings;
pub(crate) use fisher::fisher_while_training;
pub use fisher::{fisher, fisher_by_batch};

use burn::module::Module;
use dissensus_bert::MaskedLm;
use dissensus_report::{Measure, State};
use dissensus_stats::{Estimate, jackknife, jackknife_mean, jackknife_pairs};

use crate::{Error, Information, Observer, Stage};

/// Confidence of every interval.
pub const LEVEL: f64 = 0.95;

/// What the members of an ensemble are measured on.
pub(crate) struct Subject<'a> {
    /// Name of the ensemble.
    pub(crate) ensemble: &'a str,
    pub(crate) set: &'a AnalysisSet,
    /// Ids of the special tokens.
    pub(crate) special: &'a [u32],
    /// Sequences that the Fisher information is taken on; 0 leaves it out.
    pub(crate) fisher_sequences: usize,
}

impl Subject<'_> {
    /// Every measure of the members in one state.
    pub(crate) fn measure(
        &self,
        state: &str,
        models: Vec<MaskedLm>,
        observer: &mut dyn Observer,
    ) -> Result<State, Error> {
        let mut stage = |stage| observer.stage(self.ensemble, Some(state), stage);
        stage(Stage::Distributions);
        let mut measures = distributions(&models, self.set)?;
        stage(Stage::Embeddings);
        measures.extend(embeddings(&models, self.special)?);
        if self.fisher_sequences > 0 {
            stage(Stage::Fisher);
            let models: Vec<MaskedLm> = models.into_iter().map(Module::train).collect();
            let masked = self.set.first(self.fisher_sequences);
            measures.extend(fisher(&models, masked, Information::default())?);
        }
        Ok(State {
            name: state.into(),
            measures,
        })
    }
}

/// The mean of one value a member.
fn over_members(id: &str, unit: &str, values: &[f64]) -> Result<Measure, Error> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let measure = Measure::new(id, unit, mean)?.with_members(values)?;
    match values.len() {
        0 | 1 => Ok(measure),
        _ => with_interval(measure, jackknife_mean(values, LEVEL)?),
    }
}

/// The mean of one value a pair, in the order (0,1), (0,2), …, (1,2), …; an interval needs three members.
fn over_pairs(id: &str, unit: &str, members: usize, values: &[f64]) -> Result<Measure, Error> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let measure = Measure::new(id, unit, mean)?;
    match members {
        0..3 => Ok(measure),
        _ => with_interval(measure, jackknife_pairs(members, values, LEVEL)?),
    }
}

/// A value of the whole ensemble, and its value without each member.
fn over_ensemble(id: &str, unit: &str, value: f64, without: &[f64]) -> Result<Measure, Error> {
    let measure = Measure::new(id, unit, value)?;
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
