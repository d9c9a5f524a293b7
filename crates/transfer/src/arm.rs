//! What a model had seen before it met the task, and how it is asked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What the weights of a model come from. All arms have one configuration, but for the missing
/// layers of [`TransferArm::NoTransformer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TransferArm {
    /// Pretrained on DNA.
    Pretrained,
    /// Drawn at random, each seed another twin.
    Random,
    /// Pretrained on the same DNA, without transformer layers.
    NoTransformer,
    /// Pretrained on the same DNA with its bases shuffled: what is learned from composition alone,
    /// or from having been trained at all.
    Shuffled,
    /// Pretrained on the task's own sequences without their classes, those of the training rows
    /// alone.
    TaskSequences,
}

impl TransferArm {
    /// All arms, in the order of tables.
    pub const ALL: [Self; 5] = [
        Self::Pretrained,
        Self::Random,
        Self::NoTransformer,
        Self::Shuffled,
        Self::TaskSequences,
    ];

    /// Its name: `pretrained`, `random`, `no-transformer`, `shuffled` or `task-sequences`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pretrained => "pretrained",
            Self::Random => "random",
            Self::NoTransformer => "no-transformer",
            Self::Shuffled => "shuffled",
            Self::TaskSequences => "task-sequences",
        }
    }
}

impl fmt::Display for TransferArm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for TransferArm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|arm| arm.name() == name);
        found.ok_or_else(|| Error::Plan {
            what: "arm",
            found: name.into(),
            expected: "pretrained, random, no-transformer, shuffled or task-sequences",
        })
    }
}

/// How a model is asked about a task.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// All of it learns the task.
    FineTuned,
    /// A probe learns the task from its features.
    Frozen {
        /// How the states of tokens become one: `mean` or `max`.
        pool: String,
        /// To how many directions the features are reduced; none for all of them.
        dimension: Option<usize>,
    },
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FineTuned => f.pad("fine-tuned"),
            Self::Frozen {
                pool,
                dimension: None,
            } => f.pad(&format!("frozen, {pool}")),
            Self::Frozen {
                pool,
                dimension: Some(dimension),
            } => f.pad(&format!("frozen, {pool}, {dimension} directions")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_its_arm_and_others_are_refused() {
        for arm in TransferArm::ALL {
            assert_eq!(arm.name().parse::<TransferArm>().unwrap(), arm);
        }
        let message = "twin".parse::<TransferArm>().unwrap_err().to_string();
        assert!(
            message.starts_with("arm: found twin, expected pretrained"),
            "{message}"
        );
    }
}
