//! How a model is fine-tuned.

use dissensus_lm::{Budget, Pool, Seeds, TrainingConfig};
use dissensus_probe::ClassWeight;

use crate::Error;

/// What is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Tuned {
    /// The encoder and the head.
    #[default]
    Everything,
    /// The head alone; the encoder stays as it is and runs without dropout.
    HeadOnly,
}

/// How a model is fine-tuned; the defaults are those of "Tokenization to Transfer: Do Genomic
/// Foundation Models Learn Good Representations?" (ICLR 2026), except that training stops when
/// validation no longer improves.
///
/// ```
/// use dissensus_finetune::FineTuneParams;
/// let params = FineTuneParams::default();
/// assert_eq!(params.rates, [1e-5, 3e-5, 5e-5, 8e-5, 1e-4, 3e-4]);
/// assert!(params.with_rates([]).validate().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FineTuneParams {
    /// Peaks of AdamW's learning rate to choose from, by the loss on validation.
    pub rates: Vec<f64>,
    /// Passes over the training rows at most; default 100.
    pub epochs: u64,
    /// Training stops after so many epochs without a better validation; none to go on to the end.
    /// Default 10.
    pub patience: Option<u64>,
    /// Sequences a step; default 32.
    pub batch: usize,
    /// Whether the encoder learns too.
    pub tuned: Tuned,
    /// What an example of a rare class counts.
    pub class_weight: ClassWeight,
    /// What the head sees of a sequence; the paper takes the largest of each feature, which is the
    /// default.
    pub pool: Pool,
    /// Optimiser and schedule; rate, batch, budget and seeds are replaced.
    pub training: TrainingConfig,
}

impl Default for FineTuneParams {
    fn default() -> Self {
        Self {
            rates: vec![1e-5, 3e-5, 5e-5, 8e-5, 1e-4, 3e-4],
            epochs: 100,
            patience: Some(10),
            batch: 32,
            tuned: Tuned::Everything,
            class_weight: ClassWeight::Equal,
            pool: Pool::Max,
            training: TrainingConfig::default()
                .with_warmup(0.0)
                .with_max_norm(1.0),
        }
    }
}

impl FineTuneParams {
    /// Sets the rates to choose from.
    #[must_use]
    pub fn with_rates(self, rates: impl Into<Vec<f64>>) -> Self {
        let rates = rates.into();
        Self { rates, ..self }
    }

    /// Sets the most epochs, and how many without a better validation end a run.
    #[must_use]
    pub fn with_epochs(self, epochs: u64, patience: Option<u64>) -> Self {
        Self {
            epochs,
            patience,
            ..self
        }
    }

    /// Sets the sequences a step.
    #[must_use]
    pub fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Sets what is learned.
    #[must_use]
    pub fn with_tuned(self, tuned: Tuned) -> Self {
        Self { tuned, ..self }
    }

    /// Sets what an example of a rare class counts.
    #[must_use]
    pub fn with_class_weight(self, class_weight: ClassWeight) -> Self {
        Self {
            class_weight,
            ..self
        }
    }

    /// Sets what the head sees of a sequence.
    #[must_use]
    pub fn with_pool(self, pool: Pool) -> Self {
        Self { pool, ..self }
    }

    /// Sets optimiser and schedule.
    #[must_use]
    pub fn with_training(self, training: TrainingConfig) -> Self {
        Self { training, ..self }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Parameter`], and those of the optimiser's settings.
    pub fn validate(&self) -> Result<(), Error> {
        let wrong = |field, found: String, expected| {
            Err(Error::Parameter {
                field,
                found,
                expected,
            })
        };
        if self.rates.is_empty() {
            return wrong("rates", "empty".into(), "at least one rate");
        }
        if self.epochs == 0 {
            return wrong("epochs", "0".into(), "at least 1");
        }
        if self.patience == Some(0) {
            return wrong("patience", "0".into(), "at least 1 epoch, or none");
        }
        for &rate in &self.rates {
            self.settings(rate, 0).validate()?;
        }
        Ok(())
    }

    /// The settings of one run.
    pub(crate) fn settings(&self, rate: f64, seed: u64) -> TrainingConfig {
        self.training
            .clone()
            .with_learning_rate(rate)
            .with_batch(self.batch)
            .with_budget(Budget::Epochs(self.epochs))
            .with_evaluate_every(None)
            .with_seeds(Seeds {
                init: seed,
                order: seed,
                masks: seed,
                dropout: seed,
            })
    }
}
