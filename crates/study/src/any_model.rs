//! Models whose architecture is known only when their folder is read: looked at, tuned, drawn anew.

use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use dissensus_bert::MaskedLm;
use dissensus_finetune::{Examples, FineTuneParams, FineTuneSetup, TuneOutcome, fine_tune};
use dissensus_lm::{CausalLanguageModel, Encoder, MaskedLanguageModel, TrainableModel};
use dissensus_probe::{Fold, Scores};
use dissensus_tokenize::Tokenizer;
use dissensus_zoo::{FamilyVisitor, Published, PublishedTokenizer, ZooModel, visit_model};

use crate::Error;

/// A model of whatever architecture: BERT, or of a published family.
pub trait AnyModel {
    /// The model as an encoder.
    fn encoder(&self) -> &dyn Encoder;

    /// The model as one that predicts masked tokens.
    fn masked(&self) -> Option<&dyn MaskedLanguageModel>;

    /// The model as one that predicts next tokens.
    fn causal(&self) -> Option<&dyn CausalLanguageModel>;

    /// The same architecture at random weights.
    ///
    /// # Errors
    /// If a parameter has no rule by which it is drawn.
    fn twin(&self, seed: u64, device: &Device) -> Result<Box<dyn AnyModel>, Error>;

    /// Fine-tunes a copy; `None` if `go_on`, which is asked after every epoch, interrupted it.
    ///
    /// # Errors
    /// Those of [`fine_tune`].
    fn tuned(
        &self,
        tuning: &Tuning<'_>,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Option<TuneSummary>, Error>;
}

/// What a model is tuned on, and how.
#[derive(Debug)]
pub struct Tuning<'a> {
    /// Token ids and labels.
    pub examples: &'a Examples,
    /// Which of them are learned from, chosen by and judged by.
    pub fold: &'a Fold,
    /// Ids of tokens that are left out of the pool.
    pub without: &'a [u32],
    /// Rates, epochs and pool.
    pub params: &'a FineTuneParams,
    /// Of head, order and dropout.
    pub seed: u64,
}

/// What came of tuning.
#[derive(Debug)]
pub struct TuneSummary {
    /// Whether it learned.
    pub outcome: TuneOutcome,
    /// On the rows that it is judged by; none if the training diverged.
    pub scores: Option<Scores>,
    /// The learning rate that was chosen.
    pub rate: f64,
    /// The epoch that was chosen.
    pub epoch: Option<u64>,
}

/// A model of a known type, with what it predicts.
struct Known<M> {
    model: M,
    masked: fn(&M) -> Option<&dyn MaskedLanguageModel>,
    causal: fn(&M) -> Option<&dyn CausalLanguageModel>,
}

/// A model that predicts masked tokens.
pub(crate) fn masked_model<M: TrainableModel + MaskedLanguageModel>(model: M) -> Box<dyn AnyModel> {
    Box::new(Known {
        model,
        masked: |model| Some(model),
        causal: |_| None,
    })
}

impl<M: TrainableModel> AnyModel for Known<M> {
    fn encoder(&self) -> &dyn Encoder {
        &self.model
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        (self.masked)(&self.model)
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        (self.causal)(&self.model)
    }

    fn twin(&self, seed: u64, device: &Device) -> Result<Box<dyn AnyModel>, Error> {
        let Self { masked, causal, .. } = *self;
        let model = M::fresh(self.model.config(), seed, device)?;
        Ok(Box::new(Self {
            model,
            masked,
            causal,
        }))
    }

    fn tuned(
        &self,
        tuning: &Tuning<'_>,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Option<TuneSummary>, Error> {
        let setup = FineTuneSetup {
            encoder: &self.model,
            examples: tuning.examples,
            fold: tuning.fold,
            without: tuning.without,
            params: tuning.params,
            seed: tuning.seed,
            folder: None,
        };
        let found = fine_tune(&setup, go_on)?;
        Ok(found.map(|found| {
            let chosen = found.trials.iter().find(|trial| trial.rate == found.rate);
            TuneSummary {
                outcome: found.outcome,
                scores: found.scores,
                rate: found.rate,
                epoch: chosen.and_then(|trial| trial.best_epoch),
            }
        }))
    }
}

/// A model and its tokenizer.
pub type ModelWithTokenizer = (Box<dyn AnyModel>, Box<dyn Tokenizer>);

/// Opens a folder with weights, configuration and tokenizer: one of the published families of
/// `dissensus-zoo`, or else BERT.
///
/// # Errors
/// If the folder holds no model that is known, or no tokenizer.
pub fn open_model(folder: &Path, device: &Device) -> Result<ModelWithTokenizer, Error> {
    match visit_model(folder, device, Open { folder }) {
        Ok(found) => found,
        Err(dissensus_zoo::Error::UnknownFamily { .. }) => {
            let model = MaskedLm::load(folder, device)?;
            Ok((masked_model(model), dissensus_tokenize::load(folder)?))
        }
        Err(error) => Err(error.into()),
    }
}

struct Open<'a> {
    folder: &'a Path,
}

impl Open<'_> {
    fn beside_its_tokenizer<M: Published>(self, model: M) -> Result<ModelWithTokenizer, Error> {
        let rows = model.sizes().vocabulary;
        let tokenizer = PublishedTokenizer::open(self.folder, M::FAMILY, rows)?;
        let subject = Known {
            model,
            masked: |model| ZooModel::masked(model),
            causal: |model| ZooModel::causal(model),
        };
        Ok((Box::new(subject), tokenizer.into_tokenizer()))
    }
}

impl FamilyVisitor for Open<'_> {
    type Output = Result<ModelWithTokenizer, Error>;

    fn masked<M: Published + MaskedLanguageModel>(self, model: M) -> Self::Output {
        self.beside_its_tokenizer(model)
    }

    fn causal<M: Published + CausalLanguageModel>(self, model: M) -> Self::Output {
        self.beside_its_tokenizer(model)
    }
}
