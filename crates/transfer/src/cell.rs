//! One model on one fold of one task with one seed.

use std::fmt;

use dissensus_probe::{Metric, Scores};
use serde::{Deserialize, Serialize};

use crate::{Method, TransferArm};

/// Which cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CellKey {
    /// The tokenizer under which a model of one shape was trained, or the published model.
    pub model: String,
    /// The task.
    pub task: String,
    /// How the model is asked.
    pub method: Method,
    /// What its weights come from.
    pub arm: TransferArm,
    /// Which fold of the task.
    pub fold: usize,
    /// The seed: of head, order and dropout, and of the weights where they are random.
    pub seed: u64,
}

impl CellKey {
    /// The same cell of another arm: what it is paired with.
    #[must_use]
    pub fn with_arm(&self, arm: TransferArm) -> Self {
        Self {
            arm,
            ..self.clone()
        }
    }

    /// The name of its file: readable, and a checksum for names that differ in letters that files
    /// should not have.
    #[must_use]
    pub fn file_name(&self) -> String {
        let text = self.to_string();
        let plain = |c: char| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' => c,
            _ => '-',
        };
        let name: String = text.chars().map(plain).collect();
        let checksum = crc32fast::hash(text.as_bytes());
        format!("{name}.{checksum:08x}.json")
    }
}

impl fmt::Display for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            model,
            task,
            method,
            arm,
            fold,
            seed,
        } = self;
        write!(f, "{model}_{task}_{method}_{arm}_fold {fold}_seed {seed}")
    }
}

/// What came of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CellOutcome {
    /// It learned; its scores on the test rows.
    Scored(Scores),
    /// It never left chance; its scores, which no mean takes in.
    AtChance(Scores),
    /// Its loss stopped being a number.
    Diverged,
}

impl CellOutcome {
    /// A metric, where the cell learned and the metric is defined.
    #[must_use]
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match self {
            Self::Scored(scores) => scores.get(metric),
            Self::AtChance(_) | Self::Diverged => None,
        }
    }
}

/// A cell and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferCell {
    /// Which one.
    pub key: CellKey,
    /// What came of it.
    pub outcome: CellOutcome,
    /// Bases that the model had seen before it met the task; none where nobody counted them.
    pub bases_seen: Option<u64>,
    /// Width of what the classifier saw.
    pub features: usize,
    /// The learning rate that validation chose, where there was a choice.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub rate: Option<f64>,
    /// The epoch that validation chose.
    pub epoch: Option<u64>,
}
