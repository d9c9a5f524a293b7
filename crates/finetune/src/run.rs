//! A run: every learning rate, the best of them by validation, its score on the test rows.

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use dissensus_lm::{Data, Error as LmError, TrainableModel, Trainer};
use dissensus_probe::{ClassWeight, Fold, Labels, ProbeOutcome, Scores, scores};
use serde::{Deserialize, Serialize};

use crate::objective::Classification;
use crate::{
    Classifier, Error, Examples, FineTuneParams, GainOverChance, HeadConfig, Pooling, Tuned,
    class_probabilities,
};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TuneOutcome {
    /// It is better than the frequencies of the classes: [`GainOverChance::is_shown`].
    Learned,
    /// It never left chance.
    AtChance,
    /// Its loss stopped being a number at every rate.
    Diverged,
}

impl fmt::Display for TuneOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Learned => "learned",
            Self::AtChance => "never left chance",
            Self::Diverged => "diverged",
        })
    }
}

/// One learning rate, on validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateTrial {
    /// The peak of the rate.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub rate: f64,
    /// The epoch that is best on validation, from 1; none if the loss stopped being a number before
    /// there was one.
    pub best_epoch: Option<u64>,
    /// Epochs gone through.
    pub epochs: u64,
    /// The smallest loss on validation, nats a sequence, weighted by class as in training.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub validation_loss: Option<f64>,
}

/// A fine-tuned model.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FineTuned<M: TrainableModel> {
    /// Every rate, in the order given.
    pub trials: Vec<RateTrial>,
    /// The one chosen, by the smallest loss on validation.
    pub rate: f64,
    /// What the chosen one gains over chance on validation; none if all diverged.
    pub gain: Option<GainOverChance>,
    /// How the run ended.
    pub outcome: TuneOutcome,
    /// The scores on the test rows; to be averaged only where the run has learned. None if all
    /// diverged.
    pub scores: Option<Scores>,
    /// The probabilities of the test rows, in the order of the fold; none if all diverged.
    pub probabilities: Option<ProbeOutcome>,
    /// The model; none if all diverged.
    pub model: Option<Classifier<M>>,
}

/// What is tuned on what.
#[derive(Debug, Clone, Copy)]
pub struct FineTuneSetup<'a, M> {
    /// The encoder as it begins; it is copied.
    pub encoder: &'a M,
    /// Sequences and classes.
    pub examples: &'a Examples,
    /// Which rows are learned from, chosen by and tested; all three are needed.
    pub fold: &'a Fold,
    /// Tokens that are left out of the pool: the special ones.
    pub without: &'a [u32],
    /// How.
    pub params: &'a FineTuneParams,
    /// Of the head, the order of the sequences and dropout.
    pub seed: u64,
    /// Where checkpoints are kept, one an epoch; a run that was interrupted goes on from there to
    /// the same bits.
    pub folder: Option<&'a Path>,
}

/// Fine-tunes an encoder; `None` if `go_on`, which is asked after every epoch, interrupted it.
///
/// Each rate trains a head and, with [`Tuned::Everything`], a copy of the encoder; of each the
/// epoch with the smallest loss on the validation rows is kept, and of these the best. The test
/// rows are looked at once, by the model chosen. Same setup: the same bits, on any number of
/// threads.
///
/// # Errors
/// [`Error::Parameter`]; [`Error::Rows`], [`Error::Row`] or [`Error::NothingToPool`] for the fold;
/// [`Error::Lm`] for sequences, checkpoints and files.
pub fn fine_tune<M: TrainableModel>(
    setup: &FineTuneSetup<'_, M>,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Option<FineTuned<M>>, Error> {
    setup.params.validate()?;
    let pooling = Pooling::new(setup.params.pool, setup.without.iter().copied());
    setup
        .examples
        .check(setup.fold, &pooling, &setup.encoder.sizes())?;
    let mut trials = Vec::new();
    let mut best: Option<(f64, f64, Classifier<M>)> = None;
    for &rate in &setup.params.rates {
        let Some((trial, model)) = setup.trial(rate, &pooling, go_on)? else {
            return Ok(None);
        };
        if let (Some(loss), Some(model)) = (trial.validation_loss, model)
            && best.as_ref().is_none_or(|best| loss < best.0)
        {
            best = Some((loss, rate, model));
        }
        trials.push(trial);
    }
    let rate = best.as_ref().map_or(setup.params.rates[0], |best| best.1);
    let mut tuned = FineTuned {
        trials,
        rate,
        gain: None,
        outcome: TuneOutcome::Diverged,
        scores: None,
        probabilities: None,
        model: None,
    };
    if let Some((_, _, model)) = best {
        setup.judge(model, &mut tuned)?;
    }
    Ok(Some(tuned))
}

type Trial<M> = (RateTrial, Option<Classifier<M>>);

impl<M: TrainableModel> FineTuneSetup<'_, M> {
    fn labels(&self, rows: &[usize]) -> Result<Labels, Error> {
        Ok(self.examples.labels.select(rows)?)
    }

    /// Says how good the chosen model is, and whether it has learned.
    fn judge(&self, model: Classifier<M>, tuned: &mut FineTuned<M>) -> Result<(), Error> {
        let says = |rows: &[usize]| {
            class_probabilities(&model, &self.examples.some(rows), self.params.batch)
        };
        let Fold {
            train,
            validation,
            test,
            ..
        } = self.fold;
        let (training, validating) = (self.labels(train)?, self.labels(validation)?);
        let gain = GainOverChance::new(&training, &validating, &says(validation)?);
        let probabilities = says(test)?;
        tuned.scores = Some(scores(&self.labels(test)?, &probabilities)?);
        tuned.outcome = if gain.is_shown() {
            TuneOutcome::Learned
        } else {
            TuneOutcome::AtChance
        };
        tuned.gain = Some(gain);
        tuned.probabilities = Some(probabilities);
        tuned.model = Some(model);
        Ok(())
    }

    /// Trains with one rate; `None` if it was interrupted.
    fn trial(
        &self,
        rate: f64,
        pooling: &Pooling,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Option<Trial<M>>, Error> {
        let folder = self
            .folder
            .map(|folder| folder.join(format!("rate-{rate:e}")));
        let mut trainer = self.trainer(rate, pooling, folder.as_deref())?;
        let epoch = self.fold.train.len().div_ceil(self.params.batch) as u64;
        let ended = loop {
            if trainer.evaluation_due() {
                trainer.evaluate()?;
                match folder.as_ref().map(|folder| trainer.save(folder)) {
                    Some(Err(LmError::NonFiniteWeight { .. })) => break trainer.steps_done(),
                    Some(Err(error)) => return Err(error.into()),
                    _ => {}
                }
                if go_on().is_break() {
                    return Ok(None);
                }
            }
            if self.is_enough(&trainer, epoch) {
                break trainer.steps_done();
            }
            match trainer.step() {
                Ok(Some(_)) => {}
                Ok(None) => break trainer.steps_done(),
                // What it was at its best counts, if it ever was.
                Err(LmError::NonFinite { step, .. }) => break step,
                Err(error) => return Err(error.into()),
            }
        };
        let best = trainer.best();
        let trial = RateTrial {
            rate,
            best_epoch: best.map(|best| best.step.div_ceil(epoch)),
            epochs: ended.div_ceil(epoch),
            validation_loss: best.map(|best| best.loss).filter(|loss| loss.is_finite()),
        };
        Ok(Some((trial, best.map(|best| best.model.clone()))))
    }

    /// Whether validation has not improved for long enough.
    fn is_enough(&self, trainer: &Trainer<Classifier<M>, Classification>, epoch: u64) -> bool {
        let since = trainer
            .best()
            .map_or(0, |best| trainer.steps_done().saturating_sub(best.step));
        self.params
            .patience
            .is_some_and(|patience| since >= patience * epoch)
    }

    fn trainer(
        &self,
        rate: f64,
        pooling: &Pooling,
        folder: Option<&Path>,
    ) -> Result<Trainer<Classifier<M>, Classification>, Error> {
        let classes = self.examples.labels.classes();
        let objective = Classification {
            weights: self.weights()?,
            classes,
            head_only: self.params.tuned == Tuned::HeadOnly,
        };
        let (training, validation) = (&self.fold.train, &self.fold.validation);
        let data = Data::new(
            self.examples.stored(training),
            self.examples.stored(validation),
            objective,
        );
        let settings = self.params.settings(rate, self.seed);
        if let Some(folder) = folder.filter(|folder| folder.exists()) {
            let device = self.encoder.device();
            match Trainer::resume(folder, settings.clone(), data.clone(), &device) {
                Err(LmError::Empty { .. }) => {}
                other => return Ok(other?),
            }
        }
        let head = HeadConfig::new(classes, pooling.clone());
        let model = Classifier::over(self.encoder.clone(), head, self.seed)?;
        Ok(Trainer::new(model, settings, data)?)
    }

    /// What an example of each class counts.
    fn weights(&self) -> Result<Option<Vec<f32>>, Error> {
        if self.params.class_weight == ClassWeight::Equal {
            return Ok(None);
        }
        let labels = self.labels(&self.fold.train)?;
        let weights = self.params.class_weight.of_classes(&labels).into_iter();
        Ok(Some(weights.map(|weight| weight as f32).collect()))
    }
}
