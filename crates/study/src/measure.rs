//! Numbers with the interval of a jackknife over members.

mod distributions;
mod embeddings;
mod fisher;
mod letters;
mod oracle;
mod predictions;
mod set;

pub use distributions::distributions;
pub use embeddings::embeddings;
pub(crate) use fisher::fisher_while_training;
pub use fisher::{fisher, fisher_by_batch};
pub use oracle::{Cuts, Oracle};
pub use set::{AnalysisSet, Ground, Window};

use distributions::Distributions;
use letters::Letters;
use oracle::Compared;
pub(crate) use oracle::log2_probability;
pub(crate) use predictions::Predictions;

use burn::module::Module;
use dissensus_bert::MaskedLm;
use dissensus_report::{Measure, State};
use dissensus_stats::{Estimate, jackknife, jackknife_mean, jackknife_pairs};

use crate::{ContextUse, Error, Information, Observer, Stage};

/// Name of the state after training.
pub(crate) const TRAINED: &str = "trained";

/// Confidence of every interval.
pub const LEVEL: f64 = 0.95;

/// What the members of an ensemble are measured on.
pub(crate) struct Subject<'a> {
    /// Name of the ensemble.
    pub(crate) ensemble: &'a str,
    pub(crate) set: &'a AnalysisSet,
    /// The perfect model's predictions, where the source is known.
    pub(crate) oracle: Option<&'a Oracle>,
    /// How the members' use of context is measured, if it is.
    pub(crate) context: Option<ContextUse<'a>>,
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
        let mut measures = self.predictions(&models)?;
        // An untrained model looks at nothing in particular: its curves are flat.
        if let Some(context) = self.context.filter(|_| state == TRAINED) {
            stage(Stage::Context);
            measures.extend(context.measure(&models)?);
        }
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

impl Subject<'_> {
    /// Every measure of predictions, in one pass over the sequences.
    fn predictions(&self, models: &[MaskedLm]) -> Result<Vec<Measure>, Error> {
        let members = models.len();
        let mut tokens = Distributions::new(models)?;
        let mut letters = Letters::new(self.set, self.oracle, members)?;
        let mut compared = self.oracle.map(|oracle| Compared::new(oracle, members));
        Predictions::each(models, self.set.masked(), |batch| {
            tokens.push(batch)?;
            letters.push(batch)?;
            if let Some(compared) = &mut compared {
                compared.push(batch);
            }
            Ok(())
        })?;
        let mut all = tokens.finish(self.set, self.oracle.map(Oracle::loss_bits))?;
        if let Some(compared) = compared {
            let vocabulary = models.first().map_or(1, |m| m.config().vocab_size);
            all.extend(compared.finish(self.set, (vocabulary as f64).log2())?);
        }
        all.extend(letters.finish()?);
        Ok(all)
    }
}

/// The mean of one value a member.
pub(crate) fn over_members(id: &str, unit: &str, values: &[f64]) -> Result<Measure, Error> {
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
