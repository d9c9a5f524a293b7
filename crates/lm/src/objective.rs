//! What a model is trained to predict.

use std::fmt::Debug;

use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{CausalLanguageModel, Error, Masked, MaskedLanguageModel, Masking, Pass, Sizes};

/// Which tokens of a sequence a model of type `M` has to predict, and how it is asked for them.
///
/// [`Masking`] is that of masked language models, [`NextToken`] that of causal ones.
pub trait Objective<M>: Clone + Debug + Serialize + Send + Sync {
    /// Checks itself against the sizes of a model.
    ///
    /// # Errors
    /// [`Error::Config`], naming the field.
    fn check(&self, sizes: &Sizes) -> Result<(), Error>;

    /// Which part of a stored sequence are tokens; by default all of it. An objective may store an
    /// answer beside them.
    fn tokens<'a>(&self, ids: &'a [u32]) -> &'a [u32] {
        ids
    }

    /// What the model reads of a sequence, and which tokens it has to predict.
    fn example(&self, ids: &[u32], rng: &mut ChaCha8Rng) -> Masked;

    /// How much each target counts: the loss is `Σ w(target)·nll / Σ w(target)`. None, the default,
    /// where all count 1.
    fn weights(&self) -> Option<&[f32]> {
        None
    }

    /// The logits `[targets, V]` of a few examples, in their order; none if there is nothing to
    /// predict.
    ///
    /// # Errors
    /// Those of [`Batch::new`](crate::Batch::new).
    fn logits(
        &self,
        model: &M,
        examples: &[Masked],
        pass: &Pass,
    ) -> Result<Option<Tensor<2>>, Error>;
}

impl<M: MaskedLanguageModel> Objective<M> for Masking {
    fn check(&self, sizes: &Sizes) -> Result<(), Error> {
        self.validate()?;
        Error::check_field(
            self.vocabulary <= sizes.vocabulary,
            "masking.vocabulary",
            self.vocabulary,
            &format!("at most the model's {} tokens", sizes.vocabulary),
        )
    }

    fn example(&self, ids: &[u32], rng: &mut ChaCha8Rng) -> Masked {
        self.mask_with(ids, rng)
    }

    fn logits(
        &self,
        model: &M,
        examples: &[Masked],
        pass: &Pass,
    ) -> Result<Option<Tensor<2>>, Error> {
        model.logits_at_masked(examples, pass)
    }
}

/// Every token but the first is predicted from those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NextToken;

impl NextToken {
    /// A sequence with every token but the first to be predicted.
    ///
    /// ```
    /// let example = dissensus_lm::NextToken::of(&[7, 8, 9]);
    /// assert_eq!((example.positions, example.targets), (vec![1, 2], vec![8, 9]));
    /// ```
    #[must_use]
    pub fn of(ids: &[u32]) -> Masked {
        Masked {
            ids: ids.to_vec(),
            positions: (1..ids.len()).collect(),
            targets: ids.iter().skip(1).copied().collect(),
        }
    }
}

impl<M: CausalLanguageModel> Objective<M> for NextToken {
    fn check(&self, _sizes: &Sizes) -> Result<(), Error> {
        Ok(())
    }

    fn example(&self, ids: &[u32], _rng: &mut ChaCha8Rng) -> Masked {
        Self::of(ids)
    }

    fn logits(
        &self,
        model: &M,
        examples: &[Masked],
        pass: &Pass,
    ) -> Result<Option<Tensor<2>>, Error> {
        next_token_logits(model, examples, pass)
    }
}

/// The logits of the tokens that have to be predicted, from those before each.
pub(crate) fn next_token_logits<M: CausalLanguageModel + ?Sized>(
    model: &M,
    examples: &[Masked],
    pass: &Pass,
) -> Result<Option<Tensor<2>>, Error> {
    let (batch, positions) = Masked::batch(examples, &model.sizes())?;
    // The state before a token predicts it; no example asks for the first of its row.
    let before: Vec<usize> = positions.iter().map(|position| position - 1).collect();
    Ok((!before.is_empty()).then(|| model.next_logits(&batch, &before, pass)))
}
