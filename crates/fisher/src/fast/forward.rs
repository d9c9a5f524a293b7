//! What the closure of the fast route gives back.

use crate::Error;
use crate::gradients::read;
use burn::tensor::Tensor;
use std::ops::Range;

/// A forward pass over a few sequences: what the closure of the fast route gives back.
#[derive(Debug, Clone)]
pub struct Forward {
    /// Logits at the masked tokens `[M, V]`, sequence after sequence.
    pub logits: Tensor<2>,
    /// The tokens that were masked, `M`.
    pub targets: Vec<u32>,
    /// Masked tokens of each sequence; zero where there are none.
    pub tokens: Vec<usize>,
}

/// What a closure answers: a pass, or none when no sequence of the range has a masked token.
pub type PassResult = Result<Option<Forward>, Box<dyn std::error::Error + Send + Sync>>;

impl Forward {
    /// The logits, read back.
    pub(super) fn values(&self) -> Result<Vec<f64>, Error> {
        read("logits", self.logits.clone().inner())
    }

    /// Fails when its parts do not fit each other or the batch.
    pub(super) fn check(&self, batch: &Range<u64>) -> Result<(), Error> {
        let [rows, vocabulary] = self.logits.dims();
        let masked = self.tokens.iter().sum::<usize>();
        let shape = |found: usize, expected: usize| {
            if found == expected {
                Ok(())
            } else {
                Err(Error::Shape {
                    name: "logits".into(),
                    found: vec![found],
                    expected: vec![expected],
                })
            }
        };
        shape(self.tokens.len(), (batch.end - batch.start) as usize)?;
        shape(self.targets.len(), masked)?;
        shape(rows, masked)?;
        match self
            .targets
            .iter()
            .position(|&target| target as usize >= vocabulary)
        {
            Some(at) => Err(Error::Target {
                sequence: batch.start,
                target: self.targets[at],
                vocabulary,
            }),
            None => Ok(()),
        }
    }
}
