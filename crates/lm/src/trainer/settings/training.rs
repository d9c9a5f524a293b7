//! The settings of a training run.

use dissensus_layers::product::Precision;
use serde::{Deserialize, Serialize};

use super::{Budget, MuonConfig, Seeds};
use crate::Error;
use crate::trainer::Decay;

/// The settings of a training run; the defaults are the published ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TrainingConfig {
    /// Peak of the learning rate.
    pub learning_rate: f64,
    /// Fraction of the steps in which it rises.
    pub warmup: f64,
    /// How it falls after that.
    pub decay: Decay,
    /// Muon for the matrices of the layers; without it AdamW has them too.
    pub muon: Option<MuonConfig>,
    /// AdamW's `β₁`.
    pub beta1: f64,
    /// AdamW's `β₂`.
    pub beta2: f64,
    /// AdamW's `ε`.
    pub epsilon: f64,
    /// AdamW's weight decay.
    pub weight_decay: f64,
    /// The gradient is scaled down to this global norm.
    pub max_norm: f64,
    /// Sequences a step.
    pub batch: usize,
    /// Sequences a backward pass: a batch is worked off in micro-batches of this size, shortest
    /// first; `None`: in one.
    pub micro_batch: Option<usize>,
    /// Of the factors of products in training; sums, weights and moments are single precision, and
    /// so is evaluation.
    pub precision: Precision,
    /// How long to train.
    pub budget: Budget,
    /// Steps between evaluations; `None`: at the end of each epoch. The last step is always
    /// evaluated.
    pub evaluate_every: Option<u64>,
    /// The sources of chance.
    pub seeds: Seeds,
}

impl TrainingConfig {
    /// Sets the peak of the learning rate.
    #[must_use]
    pub fn with_learning_rate(self, learning_rate: f64) -> Self {
        Self {
            learning_rate,
            ..self
        }
    }

    /// Sets the fraction of the steps in which the rate rises.
    #[must_use]
    pub fn with_warmup(self, warmup: f64) -> Self {
        Self { warmup, ..self }
    }

    /// Sets how the rate falls after that.
    #[must_use]
    pub fn with_decay(self, decay: Decay) -> Self {
        Self { decay, ..self }
    }

    /// Sets Muon for the matrices of the layers, or AdamW for them too.
    #[must_use]
    pub fn with_muon(self, muon: Option<MuonConfig>) -> Self {
        Self { muon, ..self }
    }

    /// Sets AdamW's `β₁`.
    #[must_use]
    pub fn with_beta1(self, beta1: f64) -> Self {
        Self { beta1, ..self }
    }

    /// Sets AdamW's `β₂`.
    #[must_use]
    pub fn with_beta2(self, beta2: f64) -> Self {
        Self { beta2, ..self }
    }

    /// Sets AdamW's `ε`.
    #[must_use]
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// Sets AdamW's weight decay.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self {
            weight_decay,
            ..self
        }
    }

    /// Sets the global norm that the gradient is scaled down to.
    #[must_use]
    pub fn with_max_norm(self, max_norm: f64) -> Self {
        Self { max_norm, ..self }
    }

    /// Sets the sequences a step.
    #[must_use]
    pub fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Sets the sequences a backward pass; none to work off a batch in one.
    #[must_use]
    pub fn with_micro_batch(self, micro_batch: Option<usize>) -> Self {
        Self {
            micro_batch,
            ..self
        }
    }

    /// Sets what products keep of their factors in training.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Sets how long to train.
    #[must_use]
    pub fn with_budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// Sets the steps between evaluations; none for the end of each epoch.
    #[must_use]
    pub fn with_evaluate_every(self, evaluate_every: Option<u64>) -> Self {
        Self {
            evaluate_every,
            ..self
        }
    }

    /// Sets the sources of chance.
    #[must_use]
    pub fn with_seeds(self, seeds: Seeds) -> Self {
        Self { seeds, ..self }
    }

    /// Parts each batch between so many devices, where nothing else is said: none has more of it
    /// than another by more than a sequence.
    ///
    /// ```
    /// use dissensus_lm::TrainingConfig;
    /// let config = TrainingConfig::default().with_batch(32);
    /// assert_eq!(config.clone().shared_by(1).micro_batch, None);
    /// assert_eq!(config.shared_by(3).micro_batch, Some(11));
    /// ```
    #[must_use]
    pub fn shared_by(mut self, devices: usize) -> Self {
        if devices > 1 {
            let each = self.batch.div_ceil(devices);
            self.micro_batch.get_or_insert(each);
        }
        self
    }
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            learning_rate: 1e-4,
            warmup: 0.1,
            decay: Decay::Cosine,
            muon: None,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            max_norm: 0.5,
            batch: 96,
            micro_batch: None,
            precision: Precision::Single,
            budget: Budget::Epochs(5),
            evaluate_every: None,
            seeds: Seeds::default(),
        }
    }
}

impl TrainingConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Config`], naming the first field that is wrong.
    pub fn validate(&self) -> Result<(), Error> {
        self.check_rates()?;
        if let Decay::Linear { fraction } = self.decay {
            let holds = (0.0..=1.0).contains(&fraction);
            let expected = "a fraction in [0, 1]";
            Error::check_field(holds, "decay.linear.fraction", fraction, expected)?;
        }
        if let Some(muon) = &self.muon {
            muon.validate()?;
        }
        let (Budget::Epochs(budget) | Budget::Tokens(budget) | Budget::Steps(budget)) = self.budget;
        let counts = [
            ("batch", self.batch as u64),
            ("micro_batch", self.micro_batch.map_or(1, |n| n as u64)),
            ("evaluate_every", self.evaluate_every.unwrap_or(1)),
            ("budget", budget),
        ];
        for (field, count) in counts {
            Error::check_field(count > 0, field, count, "at least 1")?;
        }
        Ok(())
    }

    fn check_rates(&self) -> Result<(), Error> {
        let positive = |x: f64| (x, x.is_finite() && x > 0.0, "a positive number");
        let below_one = |x: f64| (x, (0.0..1.0).contains(&x), "in [0, 1)");
        let fraction = |x: f64| (x, (0.0..=1.0).contains(&x), "a fraction in [0, 1]");
        let fields = [
            ("learning_rate", positive(self.learning_rate)),
            ("warmup", fraction(self.warmup)),
            ("beta1", below_one(self.beta1)),
            ("beta2", below_one(self.beta2)),
            ("epsilon", positive(self.epsilon)),
            (
                "weight_decay",
                (self.weight_decay, self.weight_decay >= 0.0, "at least 0"),
            ),
            (
                "max_norm",
                (self.max_norm, self.max_norm > 0.0, "a positive number"),
            ),
        ];
        for (field, (value, holds, expected)) in fields {
            Error::check_field(holds, field, value, expected)?;
        }
        Ok(())
    }

    /// Checks that a batch has a micro-batch for each of so many devices.
    ///
    /// # Errors
    /// [`Error::Config`] if not: some devices would never work.
    pub fn check_devices(&self, count: usize) -> Result<(), Error> {
        let Self {
            batch, micro_batch, ..
        } = *self;
        let micro_batches = micro_batch.map_or(1, |size| batch.div_ceil(size));
        if micro_batches >= count {
            return Ok(());
        }
        Err(Error::Config {
            path: None,
            field: "micro_batch",
            value: micro_batch.map_or("not set".into(), |size| size.to_string()),
            expected: format!(
                "a size that cuts a batch of {batch} into a micro-batch for each of {count} devices"
            ),
        })
    }
}
