//! The micro-batches of a batch, one after the other or on several devices at once.

use std::panic::resume_unwind;
use std::thread;

use burn::tensor::{Device, Tensor};
use dissensus_layers::beside;
use rand::RngExt;

use super::Trainer;
use crate::analysis::total_weight;
use crate::batch::index_tensor;
use crate::masking::stream;
use crate::optimizer::{NamedGradients, add_gradients, take_gradients};
use crate::{Error, Masked, Objective, Pass, TrainableModel};

/// A part of a batch, worked off in one forward and one backward pass.
struct MicroBatch<'a, O> {
    objective: &'a O,
    masked: &'a [Masked],
    pass: Pass,
    /// What the targets of the whole batch count together: their number, where they have no
    /// weights.
    total: f64,
}

/// What micro-batches add to the mean loss over a batch and to its gradient.
#[derive(Default)]
struct Part {
    loss: f64,
    gradients: NamedGradients,
}

impl<M: TrainableModel, O: Objective<M>> Trainer<M, O> {
    /// Works the micro-batches of a batch off on further devices too, each with a copy of the
    /// model.
    ///
    /// The model, its moments and evaluation stay on the model's own device, which takes the first
    /// micro-batch and every `n`-th after it. There the gradients of all micro-batches are added in
    /// the order of the micro-batches, so no result depends on which device was faster, and devices
    /// that compute alike give the bits that one of them alone gives for the same
    /// [`micro_batch`](super::TrainingConfig::micro_batch). A checkpoint does not say on which
    /// devices it was written.
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use dissensus_bert::{Config, MaskedLm};
    /// use dissensus_lm::{Budget, Data, Error, Masking, TrainableModel, Trainer, TrainingConfig};
    /// let config = Config::preset("no_transformer")?.with_vocabulary(20, 1);
    /// let masking = Masking::training(20, 4, &[0, 1, 2, 3, 4]);
    /// let data = Data::new(vec![vec![7, 8, 9, 10]; 4], vec![], masking);
    /// let settings = TrainingConfig::default().with_batch(4).with_micro_batch(Some(2));
    /// let trainer = || {
    ///     Trainer::new(
    ///         MaskedLm::fresh(&config, 7, &Device::flex())?,
    ///         settings.clone(),
    ///         data.clone(),
    ///     )
    /// };
    /// let (mut one, mut two) = (trainer()?, trainer()?.with_replicas(&[Device::flex()])?);
    /// assert_eq!(one.step()?, two.step()?);
    /// # Ok::<(), dissensus_bert::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] if a batch has fewer micro-batches than there are devices: some would
    /// never work.
    pub fn with_replicas(mut self, devices: &[Device]) -> Result<Self, Error> {
        self.config.check_devices(1 + devices.len())?;
        self.replicas = devices.to_vec();
        Ok(self)
    }

    /// The mean loss over a batch and its gradient, on the model's own device.
    pub(super) fn loss_and_gradients(
        &self,
        masked: &[Masked],
    ) -> Result<(f64, NamedGradients), Error> {
        let weights = self.data.objective.weights();
        let weight = |m: &Masked| total_weight(&m.targets, weights);
        let total: f64 = masked.iter().map(weight).sum();
        let size = self.config.micro_batch.unwrap_or(masked.len());
        let micro_batches = masked
            .chunks(size)
            .zip(0..)
            .map(|(masked, index)| MicroBatch {
                objective: &self.data.objective,
                masked,
                pass: self.pass(index),
                total,
            });
        let micro_batches: Vec<MicroBatch<'_, O>> = micro_batches.collect();
        let models = self.copies();
        let device = self.current().device().inner();
        let mut sum = Part::default();
        for round in micro_batches.chunks(models.len()) {
            for part in at_once(&models, round) {
                sum.add(part?, &device);
            }
        }
        let loss = if total == 0.0 { f64::NAN } else { sum.loss };
        Ok((loss, sum.gradients))
    }

    fn pass(&self, index: u64) -> Pass {
        let seed = stream(self.config.seeds.dropout, self.done, index).random();
        Pass::default()
            .with_dropout(seed)
            .with_precision(self.config.precision)
    }

    /// The model, and a copy on each further device with a graph of its own.
    fn copies(&self) -> Vec<M> {
        let model = self.current();
        let further = self
            .replicas
            .iter()
            .map(|device| model.clone().fork(device));
        std::iter::once(model.clone()).chain(further).collect()
    }
}

impl<O> MicroBatch<'_, O> {
    fn part<M: TrainableModel>(&self, model: &M) -> Result<Part, Error>
    where
        O: Objective<M>,
    {
        let Some(logits) = self.objective.logits(model, self.masked, &self.pass)? else {
            return Ok(Part::default());
        };
        let targets = self.masked.iter().flat_map(|m| &m.targets);
        let targets: Vec<usize> = targets.map(|&t| t as usize).collect();
        let device = logits.device().inner();
        let indices = index_tensor(targets.iter().copied(), &device);
        let mut nll = dissensus_layers::cross_entropy(logits, indices);
        if let Some(weights) = self.objective.weights() {
            let weights: Vec<f32> = targets.iter().map(|&target| weights[target]).collect();
            let weights = Tensor::<1>::from_data(weights.as_slice(), &device);
            nll = nll.clone() * beside(weights, &nll);
        }
        let mean = nll.sum() / self.total;
        let mut backward = mean.backward();
        Ok(Part {
            loss: f64::from(mean.inner().into_scalar::<f32>()),
            gradients: take_gradients(model, &mut backward),
        })
    }
}

impl Part {
    fn add(&mut self, other: Self, device: &Device) {
        self.loss += other.loss;
        add_gradients(&mut self.gradients, other.gradients, device);
    }
}

/// The parts of at most as many micro-batches as there are models, in the order of the
/// micro-batches; the first on this thread.
fn at_once<M: TrainableModel, O: Objective<M>>(
    models: &[M],
    micro_batches: &[MicroBatch<'_, O>],
) -> Vec<Result<Part, Error>> {
    thread::scope(|scope| {
        let mut work = micro_batches.iter().zip(models);
        let first = work.next();
        let others: Vec<_> = work
            .map(|(micro_batch, model)| scope.spawn(move || micro_batch.part(model)))
            .collect();
        let first = first.map(|(micro_batch, model)| micro_batch.part(model));
        let others = others
            .into_iter()
            .map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        first.into_iter().chain(others).collect()
    })
}
