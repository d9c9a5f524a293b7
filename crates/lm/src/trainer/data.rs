//! What to train on.

use std::sync::Arc;

use std::borrow::Cow;

use crate::batch::check_sequence;
use crate::{Error, Masking, Objective, SequenceSet, Sizes};

/// Training and evaluation sequences and what is to be predicted of them. Clones share the
/// sequences.
#[derive(Debug, Clone)]
pub struct Data<O = Masking> {
    /// Sequences to learn from.
    pub training: Arc<dyn SequenceSet>,
    /// Sequences to choose the best checkpoint by; may be empty.
    pub evaluation: Arc<Vec<Vec<u32>>>,
    /// What is to be predicted.
    pub objective: O,
}

impl<O> Data<O> {
    /// Takes the sequences.
    pub fn new(
        training: impl SequenceSet + 'static,
        evaluation: Vec<Vec<u32>>,
        objective: O,
    ) -> Self {
        Self {
            training: Arc::new(training),
            evaluation: Arc::new(evaluation),
            objective,
        }
    }

    /// A sequence to learn from.
    ///
    /// # Errors
    /// [`Error::Sequence`] if it cannot be read.
    pub fn sequence(&self, index: usize) -> Result<Cow<'_, [u32]>, Error> {
        let read = self.training.sequence(index);
        read.map_err(|source| Error::Sequence { index, source })
    }

    /// Every sequence to learn from, in order, with its number.
    ///
    /// # Errors
    /// Those of `visit`, and [`Error::Sequence`] for one that cannot be read.
    pub fn visit_training<E: From<Error>>(
        &self,
        mut visit: impl FnMut(usize, &[u32]) -> Result<(), E>,
    ) -> Result<(), E> {
        (0..self.training.len()).try_for_each(|index| visit(index, &self.sequence(index)?))
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
        let check = |index, ids: &[u32]| check_sequence(index, self.objective.tokens(ids), sizes);
        self.visit_training(check)?;
        let mut evaluation = self.evaluation.iter().enumerate();
        evaluation.try_for_each(|(index, ids)| check(index, ids))
    }

    /// A checksum over both sets, to tell whether a run is resumed on the data it began with.
    pub(crate) fn fingerprint(&self) -> Result<String, Error> {
        let (training, evaluation) = (self.training.len(), self.evaluation.len());
        let mut hasher = crc32fast::Hasher::new();
        add_length(&mut hasher, training);
        self.visit_training(|_, ids| {
            add(&mut hasher, ids);
            Ok::<_, Error>(())
        })?;
        add_length(&mut hasher, evaluation);
        self.evaluation.iter().for_each(|ids| add(&mut hasher, ids));
        Ok(format!(
            "{training} + {evaluation} sequences, crc32 {:08x}",
            hasher.finalize()
        ))
    }
}

fn add_length(hasher: &mut crc32fast::Hasher, length: usize) {
    hasher.update(&(length as u64).to_le_bytes());
}

fn add(hasher: &mut crc32fast::Hasher, sequence: &[u32]) {
    add_length(hasher, sequence.len());
    let bytes: Vec<u8> = sequence.iter().flat_map(|id| id.to_le_bytes()).collect();
    hasher.update(&bytes);
}
