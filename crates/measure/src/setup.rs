//! Every measure of an ensemble's members in one state of training.

use dissensus_fisher::FisherParams;
use dissensus_lm::MaskedLanguageModel;
use dissensus_report::{Measure, State};
use dissensus_tokenize::Tokenizer;

use crate::distributions::Distributions;
use crate::letters::Letters;
use crate::oracle::Compared;
use crate::predictions::Predictions;
use crate::{
    AnalysisSet, ContextUse, Error, LeftOutRows, MeasureObserver, MeasuredModel, Oracle, Stage,
    embeddings, fisher, fisher_by_batch, states,
};

/// Name of the state before training.
pub const INIT: &str = "init";
/// Name of the state after training.
pub const TRAINED: &str = "trained";

/// Which measures are taken, and on how much.
///
/// ```
/// use dissensus_measure::MeasureParams;
/// let params = MeasureParams::default().with_context_sequences(0);
/// assert_eq!((params.fisher_sequences, params.context_sequences), (64, 0));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MeasureParams {
    /// Sequences that the Fisher information is taken on; 0 leaves it out. Default 64.
    pub fisher_sequences: usize,
    /// Rate of the masks that the Fisher information is taken under; by default the analysis set's.
    /// The code of [`Paper::EntropyDisagreement`](crate::Paper::EntropyDisagreement) takes 0.15.
    pub fisher_mask_rate: Option<f64>,
    /// Batch sizes of that paper's variant of the Fisher information; by default none.
    pub fisher_batches: Vec<usize>,
    /// Sequences that the use of context is measured on, one masked token each; 0 leaves it out.
    /// Default 96.
    pub context_sequences: usize,
    /// Whether rows of the input table are left out whose tokens do not stand in the sequences
    /// measured on. Default false.
    pub drop_unseen: bool,
}

impl Default for MeasureParams {
    fn default() -> Self {
        Self {
            fisher_sequences: 64,
            fisher_mask_rate: None,
            fisher_batches: Vec::new(),
            context_sequences: 96,
            drop_unseen: false,
        }
    }
}

impl MeasureParams {
    /// Sets how many sequences the Fisher information is taken on.
    #[must_use]
    pub fn with_fisher_sequences(self, fisher_sequences: usize) -> Self {
        Self {
            fisher_sequences,
            ..self
        }
    }

    /// Sets the rate of the masks that the Fisher information is taken under.
    #[must_use]
    pub fn with_fisher_mask_rate(self, fisher_mask_rate: Option<f64>) -> Self {
        Self {
            fisher_mask_rate,
            ..self
        }
    }

    /// Sets the batch sizes of the paper's variant.
    #[must_use]
    pub fn with_fisher_batches(self, fisher_batches: Vec<usize>) -> Self {
        Self {
            fisher_batches,
            ..self
        }
    }

    /// Sets how many sequences the use of context is measured on.
    #[must_use]
    pub fn with_context_sequences(self, context_sequences: usize) -> Self {
        Self {
            context_sequences,
            ..self
        }
    }

    /// Sets whether rows of tokens that were not seen are left out.
    #[must_use]
    pub fn with_drop_unseen(self, drop_unseen: bool) -> Self {
        Self {
            drop_unseen,
            ..self
        }
    }

    /// What is written into the results.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        let batches: Vec<String> = self.fisher_batches.iter().map(usize::to_string).collect();
        let pairs = [
            ("fisher_sequences", self.fisher_sequences.to_string()),
            (
                "fisher_mask_rate",
                self.fisher_mask_rate
                    .map_or("mask_rate".into(), |r| r.to_string()),
            ),
            ("fisher_batches", batches.join(" ")),
            ("context_sequences", self.context_sequences.to_string()),
            ("drop_unseen", self.drop_unseen.to_string()),
        ];
        pairs
            .map(|(name, value)| (name.to_string(), value))
            .to_vec()
    }
}

/// What the members of an ensemble are measured on, and how.
#[derive(Debug, Clone, Copy)]
pub struct MeasurementSetup<'a> {
    /// Name of the ensemble.
    pub ensemble: &'a str,
    /// What they are asked.
    pub set: &'a AnalysisSet,
    /// The perfect model's predictions, where the source is known.
    pub oracle: Option<&'a Oracle>,
    /// What made tokens of the documents.
    pub tokenizer: &'a dyn Tokenizer,
    /// Positions of a sequence, special tokens included.
    pub max_length: usize,
    /// Which measures are taken.
    pub params: &'a MeasureParams,
}

impl MeasurementSetup<'_> {
    /// Every measure of the members in one state.
    ///
    /// # Errors
    /// Those of the measures.
    pub fn measure(
        &self,
        state: &str,
        models: &[impl MeasuredModel],
        observer: &mut dyn MeasureObserver,
    ) -> Result<State, Error> {
        let mut stage = |stage| observer.stage(self.ensemble, Some(state), stage);
        stage(Stage::Distributions);
        let mut measures = self.predictions(models)?;
        // An untrained model looks at nothing in particular: its curves are flat.
        if self.params.context_sequences > 0 && state == TRAINED {
            stage(Stage::Context);
            measures.extend(self.context().measure(models)?);
        }
        stage(Stage::Embeddings);
        measures.extend(embeddings(models, &self.left_out())?);
        measures.extend(states(models, self.set.masked())?);
        if self.params.fisher_sequences > 0 {
            stage(Stage::Fisher);
            measures.extend(self.fisher(models)?);
        }
        Ok(State {
            name: state.into(),
            measures,
        })
    }

    fn context(&self) -> ContextUse<'_> {
        ContextUse {
            set: self.set,
            tokenizer: self.tokenizer,
            targets: self.params.context_sequences,
            max_length: self.max_length,
            seed: self.set.seed(),
        }
    }

    /// Rows of the input table that no measure of embeddings looks at.
    fn left_out(&self) -> LeftOutRows {
        let special: Vec<u32> = self.tokenizer.specials().ids().collect();
        LeftOutRows {
            unseen: if self.params.drop_unseen {
                self.set.unseen(&special)
            } else {
                Vec::new()
            },
            special,
            tokens: self.set.tokens(),
        }
    }

    fn fisher(&self, models: &[impl MeasuredModel]) -> Result<Vec<Measure>, Error> {
        let rate = self.params.fisher_mask_rate.unwrap_or(self.set.mask_rate());
        let masked = self
            .set
            .masked_at_rate(self.params.fisher_sequences, rate)?;
        let mut all = fisher(models, &masked, self.set.tokens(), FisherParams::default())?;
        all.extend(fisher_by_batch(
            models,
            &masked,
            &self.params.fisher_batches,
        )?);
        Ok(all)
    }
}

impl MeasurementSetup<'_> {
    /// Every measure of predictions, in one pass over the sequences.
    fn predictions(&self, models: &[impl MaskedLanguageModel]) -> Result<Vec<Measure>, Error> {
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
