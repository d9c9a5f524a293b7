//! What a run trains, and what its members share.

use dissensus_lm::{ModelConfig, Seeds, TrainingConfig};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Which sources of chance the members share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coupling {
    /// Same order and same masks; initial weights and dropout differ.
    #[default]
    Matched,
    /// As in the code of
    /// "Entropy, Disagreement, and the Limits of Foundation Models in Genomics": the masks differ
    /// too.
    AsPublished,
}

/// Everything that decides the bits of a run, but for its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan<C> {
    /// Number of members.
    pub members: usize,
    /// Steps between two checkpoints.
    pub checkpoint_every: u64,
    /// What the members share.
    pub coupling: Coupling,
    /// The model.
    pub model: C,
    /// The training of member 0; the other members differ by their seeds.
    pub training: TrainingConfig,
}

impl<C: Default> Default for Plan<C> {
    /// Three members of the default model under the published settings, saved every 500 steps.
    fn default() -> Self {
        Self {
            members: 3,
            checkpoint_every: 500,
            coupling: Coupling::default(),
            model: C::default(),
            training: TrainingConfig::default(),
        }
    }
}

impl<C: ModelConfig> Plan<C> {
    /// The seeds of one member.
    #[must_use]
    pub fn seeds_of(&self, member: usize) -> Seeds {
        let (base, offset) = (self.training.seeds, member as u64);
        Seeds {
            init: base.init.wrapping_add(offset),
            order: base.order,
            masks: match self.coupling {
                Coupling::Matched => base.masks,
                Coupling::AsPublished => base.masks.wrapping_add(offset),
            },
            dropout: base.dropout.wrapping_add(offset),
        }
    }

    /// The training settings of one member.
    #[must_use]
    pub fn training_of(&self, member: usize) -> TrainingConfig {
        self.training.clone().with_seeds(self.seeds_of(member))
    }

    /// Some of its members, in order and each once.
    ///
    /// # Errors
    /// [`Error::Plan`] for none, or one that it does not have.
    pub(crate) fn some_members(&self, chosen: &[usize]) -> Result<Vec<usize>, Error> {
        let chosen: std::collections::BTreeSet<usize> = chosen.iter().copied().collect();
        let wrong = |found: String| Error::Plan {
            field: "members to train",
            found,
            expected: format!("numbers from 0 to {}", self.members.saturating_sub(1)),
        };
        match chosen.last() {
            None => Err(wrong("an empty list".into())),
            Some(&last) if last >= self.members => Err(wrong(last.to_string())),
            Some(_) => Ok(chosen.into_iter().collect()),
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Plan`] or, from the model's and the training's own fields, [`Error::Member`].
    pub fn validate(&self) -> Result<(), Error> {
        let fields = [
            ("members", self.members as u64),
            ("checkpoint_every", self.checkpoint_every),
        ];
        if let Some((field, found)) = fields.into_iter().find(|(_, value)| *value == 0) {
            return Err(Error::Plan {
                field,
                found: found.to_string(),
                expected: "at least 1".into(),
            });
        }
        self.model.check().map_err(Error::member(0))?;
        self.training.validate().map_err(Error::member(0))
    }
}
