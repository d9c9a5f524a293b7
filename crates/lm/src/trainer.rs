//! Training, one step at a time.

mod checkpoint;
mod data;
mod manifest;
mod micro_batches;
mod observer;
mod order;
mod schedule;
mod sequences;
mod settings;

use std::borrow::Cow;

use burn::tensor::Device;

use crate::analysis::score;
use crate::masking::stream;
use crate::optimizer::{Optimizer, Update, global_norm};
use crate::{Error, Masked, Masking, Objective, Pass, TrainableModel};
pub use data::Data;
pub use observer::{Evaluated, Observer, Step};
use order::Order;
pub use schedule::Decay;
use schedule::Schedule;
pub use sequences::SequenceSet;
pub use settings::{Budget, MuonConfig, Seeds, TrainingConfig};

/// Trains a model: everything a run consists of, so that it can be saved between any two steps and
/// resumed to the same bits.
///
/// Same model, settings and data: the same bits, for any number of threads and of equal devices
/// ([`Trainer::with_replicas`]).
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Config, MaskedLm};
/// use dissensus_lm::{Budget, Data, Masking, Trainer, TrainingConfig};
/// let config = Config::preset("no_transformer")?.with_vocabulary(20, 1);
/// let model = MaskedLm::new(&config, 7, &Device::flex())?;
/// let masking = Masking::training(20, 4, &[0, 1, 2, 3, 4]);
/// let data = Data::new(vec![vec![7, 8, 9, 10]; 4], vec![], masking);
/// let settings = TrainingConfig::default().with_batch(2).with_budget(Budget::Epochs(3));
/// let mut trainer = Trainer::new(model, settings, data)?;
/// while let Some(step) = trainer.step()? {
///     assert!((step.loss - 20f64.ln()).abs() < 0.5); // a fresh model knows nothing
/// }
/// assert_eq!(trainer.steps_done(), 6);
/// # Ok::<(), dissensus_bert::Error>(())
/// ```
#[derive(Debug)]
pub struct Trainer<M, O = Masking> {
    /// With autodiff; missing only while the optimiser has it, which so updates it in place.
    model: Option<M>,
    /// Where copies of it work beside it.
    replicas: Vec<Device>,
    config: TrainingConfig,
    data: Data<O>,
    optimizer: Optimizer,
    order: Order,
    schedule: Schedule,
    total: u64,
    done: u64,
    evaluated_at: Option<u64>,
    best: Option<Best<M>>,
    evaluation: Vec<Masked>,
    fingerprint: String,
    damaged: Vec<Error>,
    resumed_from: Option<std::path::PathBuf>,
}

/// The best evaluation so far.
#[derive(Debug, Clone)]
pub struct Best<M> {
    /// After how many steps.
    pub step: u64,
    /// Its loss, nats.
    pub loss: f64,
    /// The model as it was.
    pub model: M,
}

impl<M: TrainableModel, O: Objective<M>> Trainer<M, O> {
    /// A run that has not begun.
    ///
    /// # Errors
    /// [`Error::Config`] for settings or masking; [`Error::Empty`], [`Error::SequenceTooLong`] or
    /// [`Error::TokenOutOfRange`] for sequences.
    pub fn new(model: M, config: TrainingConfig, data: Data<O>) -> Result<Self, Error> {
        config.validate()?;
        data.check(&model.sizes())?;
        let mut order = Order::new(config.seeds.order, data.training.len(), config.batch);
        let mut lengths = Vec::with_capacity(data.training.len());
        data.visit_training(|_, ids| {
            lengths.push(data.objective.tokens(ids).len() as u32);
            Ok::<_, Error>(())
        })?;
        let total = order.total_steps(&config, &lengths);
        let schedule = Schedule::new(config.decay, config.warmup, total);
        let fingerprint = data.fingerprint()?;
        let mut trainer = Self {
            model: Some(model.train()),
            replicas: Vec::new(),
            config,
            data,
            optimizer: Optimizer::default(),
            order,
            schedule,
            total,
            done: 0,
            evaluated_at: None,
            best: None,
            evaluation: Vec::new(),
            fingerprint,
            damaged: Vec::new(),
            resumed_from: None,
        };
        trainer.evaluation = trainer.mask(&trainer.data.evaluation, EVALUATION, 0..);
        Ok(trainer)
    }

    /// The model as it is now, without autodiff.
    pub fn model(&self) -> M {
        self.current().valid()
    }

    /// The settings.
    pub fn config(&self) -> &TrainingConfig {
        &self.config
    }

    /// The best evaluation so far.
    pub fn best(&self) -> Option<&Best<M>> {
        self.best.as_ref()
    }

    /// Number of steps taken.
    pub fn steps_done(&self) -> u64 {
        self.done
    }

    /// Number of steps in the budget.
    pub fn total_steps(&self) -> u64 {
        self.total
    }

    /// Steps and evaluates until the budget is spent or the observer interrupts; true if it is
    /// spent.
    ///
    /// # Errors
    /// Those of [`Trainer::step`].
    pub fn run(&mut self, observer: &mut dyn Observer<M>) -> Result<bool, Error> {
        loop {
            if self.evaluation_due() {
                observer.evaluated(&self.evaluate()?);
            }
            observer.model(self.done, &|| self.model());
            let Some(step) = self.step()? else {
                return Ok(true);
            };
            if observer.stepped(&step).is_break() {
                return Ok(false);
            }
        }
    }

    /// Takes one step; `None` when the budget is spent.
    ///
    /// # Errors
    /// [`Error::NonFinite`] if loss or gradient is not a number: the step is not taken, the trainer
    /// stays as it was.
    pub fn step(&mut self) -> Result<Option<Step>, Error> {
        if self.done == self.total {
            return Ok(None);
        }
        let sequences = self.order.batch(self.done);
        let masked = self.masked_batch(&sequences)?;
        let predicted: usize = masked.iter().map(|m| m.positions.len()).sum();
        let (loss, gradients) = self.loss_and_gradients(&masked)?;
        let (norm, gradients) = global_norm(gradients);
        self.check_finite("the loss", loss, &sequences)?;
        self.check_finite("the gradient's norm", norm, &sequences)?;
        let fraction = self.schedule.fraction(self.done);
        let update = Update::new(&self.config, norm, fraction, self.done + 1);
        let model = self.model.take().expect(MODEL);
        self.model = Some(self.optimizer.step(model, gradients, update));
        self.done += 1;
        Ok(Some(Step {
            step: self.done,
            total: self.total,
            epoch: 1 + self.order.epoch(self.done - 1),
            loss,
            learning_rate: self.config.learning_rate * fraction,
            gradient_norm: norm,
            tokens: masked.iter().map(|m| m.ids.len() as u64).sum(),
            predicted: predicted as u64,
        }))
    }

    /// Whether an evaluation is to be made before the next step.
    pub fn evaluation_due(&self) -> bool {
        let every = self
            .config
            .evaluate_every
            .unwrap_or(self.order.steps_per_epoch());
        let due = self.done == self.total || self.done.is_multiple_of(every);
        due && self.done > 0 && self.evaluated_at != Some(self.done) && !self.evaluation.is_empty()
    }

    /// Evaluates the model on the evaluation set, whose masks never change, and keeps it if it is
    /// the best.
    ///
    /// # Errors
    /// [`Error::Empty`] without an evaluation set.
    pub fn evaluate(&mut self) -> Result<Evaluated, Error> {
        let model = self.model();
        let micro_batch = self.config.micro_batch.unwrap_or(self.config.batch);
        let weights = self.data.objective.weights();
        let found = score(&self.evaluation, micro_batch, weights, |chunk| {
            self.data.objective.logits(&model, chunk, &Pass::default())
        })?;
        let (step, loss) = (self.done, found.loss);
        let best = self.best.as_ref().is_none_or(|best| loss < best.loss);
        if best {
            self.best = Some(Best { step, loss, model });
        }
        self.evaluated_at = Some(step);
        Ok(Evaluated {
            step,
            loss,
            accuracy: found.accuracy,
            best,
        })
    }

    fn current(&self) -> &M {
        self.model.as_ref().expect(MODEL)
    }

    fn masked_batch(&self, sequences: &[usize]) -> Result<Vec<Masked>, Error> {
        let epoch = self.order.epoch(self.done);
        let ids = sequences.iter().map(|&index| self.data.sequence(index));
        let ids: Vec<Cow<'_, [u32]>> = ids.collect::<Result<_, _>>()?;
        let mut masked = self.mask(&ids, epoch, sequences.iter().map(|&i| i as u64));
        if self.config.micro_batch.is_some() {
            masked.sort_by_key(|m| m.ids.len()); // little padding within a micro-batch
        }
        Ok(masked)
    }

    fn mask<S: AsRef<[u32]>>(
        &self,
        sequences: &[S],
        epoch: u64,
        indices: impl IntoIterator<Item = u64>,
    ) -> Vec<Masked> {
        let seed = self.config.seeds.masks;
        let numbered = sequences.iter().zip(indices);
        let example = |(ids, index): (&S, u64)| {
            let mut rng = stream(seed, epoch, index);
            self.data.objective.example(ids.as_ref(), &mut rng)
        };
        numbered.map(example).collect()
    }

    fn check_finite(
        &self,
        what: &'static str,
        value: f64,
        sequences: &[usize],
    ) -> Result<(), Error> {
        if value.is_finite() {
            return Ok(());
        }
        Err(Error::NonFinite {
            step: self.done + 1,
            what,
            value,
            sequences: sequences.to_vec(),
        })
    }
}

const MODEL: &str = "the model is back before a step returns";

/// The epoch whose masks the evaluation uses; training never gets there.
const EVALUATION: u64 = u64::MAX;
