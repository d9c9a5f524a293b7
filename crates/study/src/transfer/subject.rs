//! Models whose architecture is known only when the study runs: looked at, tuned, drawn anew.

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

/// What a study asks of a model, whichever its architecture.
pub(super) trait Subject {
    /// The model as an encoder.
    fn encoder(&self) -> &dyn Encoder;

    /// The model as one that predicts masked tokens.
    fn masked(&self) -> Option<&dyn MaskedLanguageModel>;

    /// The model as one that predicts next tokens.
    fn causal(&self) -> Option<&dyn CausalLanguageModel>;

    /// The same architecture with fresh weights.
    fn twin(&self, seed: u64, device: &Device) -> Result<Box<dyn Subject>, Error>;

    /// Fine-tunes a copy; `None` if it was interrupted.
    fn tuned(
        &self,
        tuning: &Tuning<'_>,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Option<Tuned>, Error>;
}

/// What a model is tuned on, and how.
pub(super) struct Tuning<'a> {
    pub(super) examples: &'a Examples,
    pub(super) fold: &'a Fold,
    pub(super) without: &'a [u32],
    pub(super) params: &'a FineTuneParams,
    pub(super) seed: u64,
}

/// What came of tuning.
pub(super) struct Tuned {
    pub(super) outcome: TuneOutcome,
    pub(super) scores: Option<Scores>,
    pub(super) rate: f64,
    pub(super) epoch: Option<u64>,
}

/// A model of a known type, with what it predicts.
struct Known<M> {
    model: M,
    masked: fn(&M) -> Option<&dyn MaskedLanguageModel>,
    causal: fn(&M) -> Option<&dyn CausalLanguageModel>,
}

/// A model that predicts masked tokens.
pub(super) fn masked_subject<M: TrainableModel + MaskedLanguageModel>(
    model: M,
) -> Box<dyn Subject> {
    Box::new(Known {
        model,
        masked: |model| Some(model),
        causal: |_| None,
    })
}

impl<M: TrainableModel> Subject for Known<M> {
    fn encoder(&self) -> &dyn Encoder {
        &self.model
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        (self.masked)(&self.model)
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        (self.causal)(&self.model)
    }

    fn twin(&self, seed: u64, device: &Device) -> Result<Box<dyn Subject>, Error> {
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
    ) -> Result<Option<Tuned>, Error> {
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
            Tuned {
                outcome: found.outcome,
                scores: found.scores,
                rate: found.rate,
                epoch: chosen.and_then(|trial| trial.best_epoch),
            }
        }))
    }
}

/// Opens a folder, of a published family or trained here, with its tokenizer.
pub(super) fn open_subject(folder: &Path, device: &Device) -> Opened {
    match visit_model(folder, device, Open { folder }) {
        Ok(found) => found,
        Err(dissensus_zoo::Error::UnknownFamily { .. }) => {
            let model = MaskedLm::load(folder, device)?;
            Ok((masked_subject(model), dissensus_tokenize::load(folder)?))
        }
        Err(error) => Err(error.into()),
    }
}

struct Open<'a> {
    folder: &'a Path,
}

/// A model and its tokenizer.
pub(super) type Opened = Result<(Box<dyn Subject>, Box<dyn Tokenizer>), Error>;

impl Open<'_> {
    fn beside_its_tokenizer<M: Published>(self, model: M) -> Opened {
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
    type Output = Opened;

    fn masked<M: Published + MaskedLanguageModel>(self, model: M) -> Opened {
        self.beside_its_tokenizer(model)
    }

    fn causal<M: Published + CausalLanguageModel>(self, model: M) -> Opened {
        self.beside_its_tokenizer(model)
    }
}
