//! One model, trained by a variant of the recipe in a given time and measured.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use dissensus_bert::{
    Budget, Config, Data as TrainingData, MaskedLm, Recipe, Step, Trainer, TrainingConfig, evaluate,
};
use dissensus_lm::Devices;
use dissensus_measure::Oracle;
use dissensus_tokenize::Role;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{RecipeSweep, RecipeVariant};
use crate::entropy::{Prepared, masking, training_seeds};
use crate::json::{read_json, write_json};
use crate::{Arm, Error, StudyObserver};

/// What one variant of the recipe has taught one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecipeCell {
    /// Which part of the recipe is changed.
    pub part: String,
    /// What it is here.
    pub variant: String,
    /// The data under their tokenizer.
    pub arm: String,
    /// Of source, initial weights, order and masks.
    pub seed: u64,
    /// Tokens read, as many as fit into the time.
    pub tokens: u64,
    /// Steps taken.
    pub steps: u64,
    /// Loss on held-out text, bits a token; nothing if the training diverged.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub loss: Option<f64>,
    /// That of a control without transformer layers.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub control: f64,
    /// That of a perfect model.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub oracle: f64,
}

impl RecipeCell {
    /// `(c − l)/(c − f)`: the part of the learnable gap that was closed; 0 where the training
    /// diverged.
    #[must_use]
    pub fn learned_fraction(&self) -> f64 {
        let closed = |loss: f64| (self.control - loss) / (self.control - self.oracle);
        self.loss.map_or(0.0, closed)
    }
}

/// The speed of a variant.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Rate {
    #[serde(with = "dissensus_kernels::non_finite")]
    pub(super) tokens_per_second: f64,
}

/// Data of an arm under one seed and one window, with what does not depend on the recipe.
pub(super) struct CellData<'a> {
    pub(super) sweep: &'a RecipeSweep,
    pub(super) prepared: Prepared,
    pub(super) oracle: Oracle,
    pub(super) arm: Arm,
    pub(super) seed: u64,
    pub(super) devices: &'a Devices,
}

/// Why a training ended.
pub(super) enum EndReason {
    Spent(Box<MaskedLm>, u64),
    Diverged(u64),
    Interrupted,
}

/// Steps that a variant's speed is taken on, and before them some that are not counted.
const TIMED: u64 = 30;
const UNTIMED: u64 = 5;

impl CellData<'_> {
    /// The cell of a variant.
    pub(super) fn cell(
        &self,
        variant: &RecipeVariant,
        rate: f64,
        control: f64,
        observer: &mut dyn StudyObserver,
    ) -> Result<Option<RecipeCell>, Error> {
        let tokens = (rate * self.sweep.seconds).ceil().max(1.0) as u64;
        let ended = self.train(variant, Budget::Tokens(tokens), true, &mut Relay(observer))?;
        let (loss, steps) = match ended {
            EndReason::Spent(model, steps) => (Some(self.loss(&model)?), steps),
            EndReason::Diverged(steps) => (None, steps),
            EndReason::Interrupted => return Ok(None),
        };
        Ok(Some(RecipeCell {
            part: variant.part.clone(),
            variant: variant.name.clone(),
            arm: self.arm.name().into(),
            seed: self.seed,
            tokens,
            steps,
            loss,
            control,
            oracle: self.oracle.loss_bits(),
        }))
    }

    /// The loss of a model without transformer layers, trained by the recipe itself.
    pub(super) fn control(&self, base: &RecipeVariant) -> Result<f64, Error> {
        match self.train(base, self.sweep.control, false, &mut ())? {
            EndReason::Spent(model, _) => self.loss(&model),
            EndReason::Diverged(_) | EndReason::Interrupted => Err(Error::Option {
                option: "control",
                found: "diverged".into(),
                expected: "a recipe under which it trains",
            }),
        }
    }

    /// Tokens a second of the clock.
    pub(super) fn rate(
        &self,
        variant: &RecipeVariant,
        clock: &mut dyn FnMut() -> f64,
    ) -> Result<Rate, Error> {
        let mut trainer = self.trainer(variant, Budget::Steps(UNTIMED + TIMED), true)?;
        let mut tokens = 0;
        let mut began = clock();
        while let Some(step) = trainer.step()? {
            tokens += step.tokens;
            if step.step == UNTIMED {
                (tokens, began) = (0, clock());
            }
        }
        Ok(Rate {
            tokens_per_second: tokens as f64 / (clock() - began).max(1e-6),
        })
    }

    fn loss(&self, model: &MaskedLm) -> Result<f64, Error> {
        let found = evaluate(model, self.prepared.set.masked(), 32)?;
        Ok(found.loss * std::f64::consts::LOG2_E)
    }

    fn train(
        &self,
        variant: &RecipeVariant,
        budget: Budget,
        layers: bool,
        observer: &mut dyn dissensus_bert::Observer<MaskedLm>,
    ) -> Result<EndReason, Error> {
        let mut trainer = self.trainer(variant, budget, layers)?;
        match trainer.run(observer) {
            Ok(true) => Ok(EndReason::Spent(
                Box::new(trainer.model()),
                trainer.steps_done(),
            )),
            Ok(false) => Ok(EndReason::Interrupted),
            Err(dissensus_lm::Error::NonFinite { .. }) => {
                Ok(EndReason::Diverged(trainer.steps_done()))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn trainer(
        &self,
        variant: &RecipeVariant,
        budget: Budget,
        layers: bool,
    ) -> Result<Trainer, Error> {
        let RecipeVariant { recipe, .. } = variant;
        let tokenizer = self.prepared.case.tokenizer.as_ref();
        let (size, specials) = (tokenizer.vocabulary().len(), tokenizer.specials());
        let data = TrainingData {
            training: Arc::clone(&self.prepared.data.training),
            evaluation: Arc::default(),
            objective: masking(recipe, tokenizer)?,
        };
        let mut config = self
            .config(recipe)?
            .with_vocabulary(size, specials.require(Role::Pad)?);
        if !layers {
            config.num_hidden_layers = 0;
        }
        let settings = recipe.training(
            TrainingConfig::default()
                .with_budget(budget)
                .with_seeds(training_seeds(self.seed))
                .with_micro_batch(self.sweep.study.training.micro_batch),
        );
        let (devices, init) = (self.devices, settings.seeds.init);
        let settings = settings.shared_by(devices.count());
        let model = MaskedLm::new(&config, init, devices.first())?;
        let trainer = Trainer::new(model, settings, data)?;
        Ok(trainer.with_replicas(devices.others())?)
    }

    fn config(&self, recipe: &Recipe) -> Result<Config, Error> {
        Ok(recipe.config(Config::preset(&self.sweep.study.preset)?))
    }
}

/// Lets the observer of a study follow one training.
struct Relay<'a>(&'a mut dyn StudyObserver);

impl dissensus_bert::Observer<MaskedLm> for Relay<'_> {
    fn stepped(&mut self, step: &Step) -> ControlFlow<()> {
        if step.step == 1 {
            self.0.started(0, 0, step.total);
        }
        let flow = dissensus_ensemble::EnsembleObserver::stepped(self.0, 0, step);
        if step.step == step.total {
            self.0.finished(0);
        }
        flow
    }
}

/// Reads what an earlier call wrote, or makes and writes it; nothing is written where nothing was
/// made.
pub(super) fn kept<T: Serialize + DeserializeOwned>(
    path: &Path,
    make: impl FnOnce() -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    if path.exists() {
        return read_json(path).map(Some);
    }
    let made = make()?;
    if let Some(made) = &made {
        write_json(path, made)?;
    }
    Ok(made)
}
