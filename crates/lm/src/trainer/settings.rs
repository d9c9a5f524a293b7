//! How to train.

use dissensus_layers as layers;
use dissensus_layers::product::Precision;
use serde::{Deserialize, Serialize};

use super::Decay;
use crate::Error;

/// The four sources of chance, apart, so that members of an ensemble can share any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seeds {
    /// Initial weights; used by whoever builds the model.
    pub init: u64,
    /// Order of the sequences.
    pub order: u64,
    /// Masked positions, in training and evaluation.
    pub masks: u64,
    /// Dropout.
    pub dropout: u64,
}

impl Seeds {
    /// One seed for all.
    ///
    /// ```
    /// use dissensus_lm::Seeds;
    /// let seeds = Seeds::all(7);
    /// assert_eq!((seeds.init, seeds.order, seeds.masks, seeds.dropout), (7, 7, 7, 7));
    /// ```
    #[must_use]
    pub fn all(seed: u64) -> Self {
        Self {
            init: seed,
            order: seed,
            masks: seed,
            dropout: seed,
        }
    }
}

/// How long to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// Passes over the training set.
    Epochs(u64),
    /// The first step at which this many tokens were read is the last.
    Tokens(u64),
    /// Optimiser steps.
    Steps(u64),
}

/// Muon's settings; the formula is at [`dissensus_layers::Muon`].
///
/// It steps the parameters of two axes inside the numbered layers. Its rate rises and falls with
/// AdamW's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MuonConfig {
    /// Peak of the learning rate.
    pub learning_rate: f64,
    /// `μ`.
    pub momentum: f64,
    /// Weight decay.
    pub weight_decay: f64,
}

impl Default for MuonConfig {
    /// 0.02, 0.95, no decay.
    fn default() -> Self {
        let layers::Muon {
            momentum,
            weight_decay,
        } = layers::Muon::default();
        Self {
            learning_rate: 0.02,
            momentum,
            weight_decay,
        }
    }
}

impl MuonConfig {
    /// With this peak of the learning rate.
    #[must_use]
    pub fn with_learning_rate(mut self, learning_rate: f64) -> Self {
        self.learning_rate = learning_rate;
        self
    }

    fn validate(&self) -> Result<(), Error> {
        let rate = self.learning_rate;
        Error::check_field(
            rate.is_finite() && rate > 0.0,
            "muon.learning_rate",
            rate,
            "a positive number",
        )?;
        let momentum = self.momentum;
        Error::check_field(
            (0.0..1.0).contains(&momentum),
            "muon.momentum",
            momentum,
            "in [0, 1)",
        )?;
        let decay = self.weight_decay;
        Error::check_field(
            decay.is_finite() && decay >= 0.0,
            "muon.weight_decay",
            decay,
            "at least 0",
        )
    }
}

/// The settings of a training run; the defaults are the published ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Parts each batch between so many devices, where nothing else is said: none has more of it
    /// than another by more than a sequence.
    ///
    /// ```
    /// use dissensus_lm::TrainingConfig;
    /// let config = TrainingConfig { batch: 32, ..TrainingConfig::default() };
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
