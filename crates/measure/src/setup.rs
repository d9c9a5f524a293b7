//! Every measure of an ensemble's members in one state of training.

use burn::module::Module;
use dissensus_bert::MaskedLm;
use dissensus_report::{Measure, State};

use crate::distributions::Distributions;
use crate::letters::Letters;
use crate::oracle::Compared;
use crate::predictions::Predictions;
use crate::{
    AnalysisSet, ContextUse, Error, Information, MeasureObserver, Oracle, Stage, embeddings, fisher,
};

/// Name of the state before training.
pub const INIT: &str = "init";
/// Name of the state after training.
pub const TRAINED: &str = "trained";

/// What the members of an ensemble are measured on, and how.
#[derive(Debug, Clone, Copy)]
pub struct MeasurementSetup<'a> {
    /// Name of the ensemble.
    pub ensemble: &'a str,
    /// What they are asked.
    pub set: &'a AnalysisSet,
    /// The perfect model's predictions, where the source is known.
    pub oracle: Option<&'a Oracle>,
    /// How the members' use of context is measured, if it is.
    pub context: Option<ContextUse<'a>>,
    /// Ids of the special tokens.
    pub special: &'a [u32],
    /// Sequences that the Fisher information is taken on; 0 leaves it out.
    pub fisher_sequences: usize,
}

impl MeasurementSetup<'_> {
    /// Every measure of the members in one state.
    ///
    /// # Errors
    /// Those of the measures.
    pub fn measure(
        &self,
        state: &str,
        models: Vec<MaskedLm>,
        observer: &mut dyn MeasureObserver,
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
        measures.extend(embeddings(&models, self.special, self.set.tokens())?);
        if self.fisher_sequences > 0 {
            stage(Stage::Fisher);
            let models: Vec<MaskedLm> = models.into_iter().map(Module::train).collect();
            let masked = self.set.first(self.fisher_sequences);
            measures.extend(fisher(
                &models,
                masked,
                self.set.tokens(),
                Information::default(),
            )?);
        }
        Ok(State {
            name: state.into(),
            measures,
        })
    }
}

impl MeasurementSetup<'_> {
    /// Every measure of predictions, in one pass over the sequences.
    fn predictions(&self, models: &[MaskedLm]) -> Result<Vec<Measure>, Error> {
        let members = models.len();
        let mut tokens = Distributions::new(members, self.set.tokens())?;
        let letters = self
            .set
            .letters()
            .map(|map| Letters::new(self.set, map, self.oracle, members));
        let mut letters = letters.transpose()?;
        let mut compared = self.oracle.map(|oracle| Compared::new(oracle, members));
        Predictions::each(models, self.set.masked(), self.set.tokens(), |batch| {
            tokens.push(batch)?;
            if let Some(letters) = &mut letters {
                letters.push(batch)?;
            }
            if let Some(compared) = &mut compared {
                compared.push(batch);
            }
            Ok(())
        })?;
        let mut all = tokens.finish(self.set, self.oracle.map(Oracle::loss_bits))?;
        if let Some(compared) = compared {
            all.extend(compared.finish(self.set, (self.set.tokens() as f64).log2())?);
        }
        if let Some(letters) = letters {
            all.extend(letters.finish()?);
        }
        Ok(all)
    }
}
