//! What to train on.

use std::sync::Arc;

use crate::batch::check_sequence;
use crate::{Error, Masking, Objective, Sizes};

/// Training and evaluation sequences and what is to be predicted of them. Clones share the sequences.
#[derive(Debug, Clone)]
pub struct Data<O = Masking> {
    /// Sequences to learn from.
    pub training: Arc<Vec<Vec<u32>>>,
    /// Sequences to choose the best checkpoint by; may be empty.
    pub evaluation: Arc<Vec<Vec<u32>>>,
    /// What is to be predicted.
    pub objective: O,
}

impl<O> Data<O> {
    /// Takes the sequences.
    pub fn new(training: Vec<Vec<u32>>, evaluation: Vec<Vec<u32>>, objective: O) -> Self {
        Self {
            training: Arc::new(training),
            evaluation: Arc::new(evaluation),
            objective,
        }
    }

    /// Checks every sequence against the model's sizes.
    pub(crate) fn check<M>(&self, sizes: &Sizes) -> Result<(), Error>
    where
        O: Objective<M>,
    {
        if self.training.is_empty() {
            return Err(Error::empty("the training set"));
        }
        self.objective.check(sizes)?;
        for set in [&self.training, &self.evaluation] {
            for (index, sequence) in set.iter().enumerate() {
                check_sequence(index, self.objective.tokens(sequence), sizes)?;
            }
        }
        Ok(())
    }

    /// A checksum over both sets, to tell whether a run is resumed on the data it began with.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hasher = crc32fast::Hasher::new();
        for set in [&self.training, &self.evaluation] {
            hasher.update(&(set.len() as u64).to_le_bytes());
            for sequence in set.iter() {
                hasher.update(&(sequence.len() as u64).to_le_bytes());
                let bytes: Vec<u8> = sequence.iter().flat_map(|id| id.to_le_bytes()).collect();
                hasher.update(&bytes);
            }
        }
        let (training, evaluation) = (self.training.len(), self.evaluation.len());
        format!(
            "{training} + {evaluation} sequences, crc32 {:08x}",
            hasher.finalize()
        )
    }
}
