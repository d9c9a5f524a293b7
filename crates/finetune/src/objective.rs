//! What a classifier is trained to say.

use burn::tensor::Tensor;
use dissensus_lm::{Batch, Encoder, Error, Masked, Objective, Pass, Sizes, TrainableModel};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::Classifier;

/// The class of a sequence, which is stored in front of its tokens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Classification {
    /// What a sequence of each class counts; none where all count 1.
    pub(crate) weights: Option<Vec<f32>>,
    pub(crate) classes: usize,
    /// Whether the encoder stays as it is.
    pub(crate) head_only: bool,
}

impl<M: TrainableModel> Objective<Classifier<M>> for Classification {
    fn check(&self, _sizes: &Sizes) -> Result<(), Error> {
        let weights = self.weights.as_ref().map_or(self.classes, Vec::len);
        let expected = format!("one for each of {} classes", self.classes);
        Error::check_field(weights == self.classes, "weights", weights, &expected)
    }

    fn tokens<'a>(&self, ids: &'a [u32]) -> &'a [u32] {
        &ids[ids.len().min(1)..]
    }

    fn example(&self, ids: &[u32], _rng: &mut ChaCha8Rng) -> Masked {
        Masked {
            ids: ids.iter().skip(1).copied().collect(),
            positions: vec![0],
            targets: ids.iter().take(1).copied().collect(),
        }
    }

    fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    fn logits(
        &self,
        model: &Classifier<M>,
        examples: &[Masked],
        pass: &Pass,
    ) -> Result<Option<Tensor<2>>, Error> {
        let ids: Vec<&[u32]> = examples.iter().map(|e| e.ids.as_slice()).collect();
        let batch = Batch::new(&ids, &model.sizes())?;
        Ok(Some(if self.head_only {
            model.head_logits(&batch, pass)
        } else {
            model.class_logits(&batch, pass)
        }))
    }
}
