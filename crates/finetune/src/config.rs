//! The shape of a classifier: that of its encoder, and its head.

use std::fmt::Debug;

use dissensus_lm::{Error, ModelConfig, Sizes};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{Classifier, Pooling};

/// What `config.json` says of a classifier: everything that it says of the encoder, and under
/// `classifier` the head.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClassifierConfig<C> {
    /// The encoder.
    pub encoder: C,
    /// The head.
    pub head: HeadConfig,
}

impl<C> ClassifierConfig<C> {
    /// An encoder with a head.
    #[must_use]
    pub fn new(encoder: C, head: HeadConfig) -> Self {
        Self { encoder, head }
    }
}

/// A linear head over pooled states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeadConfig {
    /// How many classes there are; at least 2.
    pub classes: usize,
    /// What the head sees of a sequence.
    pub pooling: Pooling,
    /// Standard deviation of its initial weights; its biases begin at 0.
    pub deviation: f64,
}

impl HeadConfig {
    /// A head for so many classes, its weights drawn with deviation 0.02.
    #[must_use]
    pub fn new(classes: usize, pooling: Pooling) -> Self {
        Self {
            classes,
            pooling,
            deviation: 0.02,
        }
    }

    /// Sets the standard deviation of its initial weights.
    #[must_use]
    pub fn with_deviation(self, deviation: f64) -> Self {
        Self { deviation, ..self }
    }
}

/// Where the configuration of the head stands.
const HEAD: &str = "classifier";

impl<C: ModelConfig> Serialize for ClassifierConfig<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        let encoder: Value =
            serde_json::from_str(&self.encoder.to_json()).map_err(S::Error::custom)?;
        let mut all = encoder;
        all[HEAD] = serde_json::to_value(&self.head).map_err(S::Error::custom)?;
        all.serialize(serializer)
    }
}

impl<'de, C: DeserializeOwned> Deserialize<'de> for ClassifierConfig<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = serde_json::Map::deserialize(deserializer)?;
        let head = all
            .remove(HEAD)
            .ok_or_else(|| D::Error::missing_field(HEAD))?;
        Ok(Self {
            encoder: serde_json::from_value(Value::Object(all)).map_err(D::Error::custom)?,
            head: serde_json::from_value(head).map_err(D::Error::custom)?,
        })
    }
}

impl<C: ModelConfig> ModelConfig for ClassifierConfig<C> {
    type Model = Classifier<C::Model>;

    fn check(&self) -> Result<(), Error> {
        self.encoder.check()?;
        let HeadConfig {
            classes, deviation, ..
        } = self.head;
        Error::check_field(classes >= 2, "classifier.classes", classes, "at least 2")?;
        Error::check_field(
            deviation.is_finite() && deviation >= 0.0,
            "classifier.deviation",
            deviation,
            "at least 0",
        )
    }

    fn sizes(&self) -> Sizes {
        self.encoder.sizes()
    }
}
