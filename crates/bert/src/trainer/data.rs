//! What to train on.

use std::sync::Arc;

use crate::batch::check_sequence;
use crate::{Config, Error, Masking};

/// Training and evaluation sequences and how they are masked. Clones share the sequences.
#[derive(Debug, Clone)]
pub struct Data {
    /// Sequences to learn from.
    pub training: Arc<Vec<Vec<u32>>>,
    /// Sequences to choose the best checkpoint by; may be empty.
    pub evaluation: Arc<Vec<Vec<u32>>>,
    /// How tokens are hidden.
    pub masking: Masking,
}

impl Data {
    /// Takes the sequences.
    pub fn new(training: Vec<Vec<u32>>, evaluation: Vec<Vec<u32>>, masking: Masking) -> Self {
        Self {
            training: Arc::new(training),
            evaluation: Arc::new(evaluation),
            masking,
        }
    }

    /// Checks every sequence against the model's sizes.
    pub(crate) fn check(&self, config: &Config) -> Result<(), Error> {
        if self.training.is_empty() {
            return Err(Error::empty("the training set"));
        }
        self.masking.validate()?;
        if self.masking.vocabulary > config.vocab_size {
            return Err(Error::Config {
                field: "masking.vocabulary",
                value: self.masking.vocabulary.to_string(),
                expected: format!("at most vocab_size {}", config.vocab_size),
            });
        }
        for set in [&self.training, &self.evaluation] {
            for (index, sequence) in set.iter().enumerate() {
                check_sequence(index, sequence, config)?;
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
