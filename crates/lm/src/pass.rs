//! What a forward pass needs besides the batch.

use std::sync::Arc;

use dissensus_layers::product::Precision;
use dissensus_layers::{Dropout, Hook, Hooked, Mode};

/// How to run the model: by default without dropout, unobserved, in single precision.
#[derive(Clone, Default)]
pub struct Pass {
    dropout: Option<u64>,
    hook: Option<Arc<dyn Hook>>,
    precision: Precision,
}

impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hooked = self.hook.is_some();
        f.debug_struct("Pass")
            .field("dropout", &self.dropout)
            .field("hooked", &hooked)
            .field("precision", &self.precision)
            .finish()
    }
}

impl Pass {
    /// With dropout, at the configuration's rates, from this seed. Every step needs a seed of its
    /// own.
    #[must_use]
    pub fn with_dropout(mut self, seed: u64) -> Self {
        self.dropout = Some(seed);
        self
    }

    /// With an observer that sees each operation during the backward pass, under the name its
    /// parameters start with: `bert.encoder.layer.0.intermediate.dense`, …,
    /// `cls.predictions.decoder`.
    #[must_use]
    pub fn with_hook(mut self, hook: Arc<dyn Hook>) -> Self {
        self.hook = Some(hook);
        self
    }

    /// With the factors of products at this precision, forward and backward.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Of the factors of products.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// How the linear map of this name runs.
    #[must_use]
    pub fn mode(&self, name: &str) -> Mode {
        Mode {
            hook: self.hooked(name),
            precision: self.precision,
        }
    }

    /// Who observes the operation of this name.
    #[must_use]
    pub fn hooked(&self, name: &str) -> Option<Hooked> {
        self.hook
            .as_ref()
            .map(|hook| Hooked::new(name, hook.clone()))
    }

    /// The dropout of one place in the model; each has its own stream. None without dropout.
    #[must_use]
    pub fn drop_at(&self, probability: f64, place: u64) -> Option<Dropout> {
        let seed = self.dropout.filter(|_| probability > 0.0)?;
        Some(Dropout::new(probability, seed).child(place))
    }
}
