//! How to train.

mod training;

use dissensus_layers as layers;
use serde::{Deserialize, Serialize};

use crate::Error;

pub use training::TrainingConfig;

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
