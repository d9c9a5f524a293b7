//! The model.

mod attention;
mod embeddings;
mod encoder;
mod head;
mod linear;
mod norm;
mod pass;
mod source;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dissensus_layers::gather_rows;

use crate::batch::index_tensor;
use crate::{Batch, Config, Error};
use embeddings::Embeddings;
use encoder::Encoder;
use head::Head;
pub use pass::Pass;
use source::Gaussian;
pub(crate) use source::{Source, Start};

/// BERT with a masked-language head: a burn module whose parameters are named as in `transformers`.
///
/// Linear weights are `[inputs, outputs]` in memory and `[outputs, inputs]` in files. With `tie_word_embeddings` the
/// decoder has no weight of its own: `bert.embeddings.word_embeddings.weight` is read twice and gets the sum of both
/// gradients. The decoder's bias is `cls.predictions.decoder.bias`.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Batch, Config, MaskedLm, Pass};
/// let config = Config::preset("tiny")?.with_vocabulary(40, 1);
/// let model = MaskedLm::new(&config, 7, &Device::flex())?;
/// let batch = Batch::new(&[vec![5, 4, 7], vec![4]], &config)?;
/// let logits = model.logits_at(&batch, &[batch.flat(0, 1), batch.flat(1, 0)], &Pass::default());
/// assert_eq!(logits.dims(), [2, 40]);
/// # Ok::<(), dissensus_bert::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct MaskedLm {
    bert: Bert,
    cls: Cls,
    #[module(skip)]
    config: Config,
}

/// Embeddings and encoder.
#[derive(Module, Debug)]
struct Bert {
    embeddings: Embeddings,
    encoder: Encoder,
}

/// What `transformers` calls the head's parent.
#[derive(Module, Debug)]
struct Cls {
    predictions: Head,
}

impl MaskedLm {
    /// A model with fresh weights: N(0, `initializer_range`), biases 0, layer norms 1, the padding row 0.
    ///
    /// Every parameter draws from its own stream of the seed, so the weights are the same on every device.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn new(config: &Config, seed: u64, device: &Device) -> Result<Self, Error> {
        Self::build(config, &mut Gaussian::new(config, seed), device)
    }

    pub(crate) fn build(
        config: &Config,
        source: &mut dyn Source,
        device: &Device,
    ) -> Result<Self, Error> {
        config.validate()?;
        let bert = Bert {
            embeddings: Embeddings::build(config, source, device)?,
            encoder: Encoder::build(config, source, device)?,
        };
        let cls = Cls {
            predictions: Head::build(config, source, device)?,
        };
        Ok(Self {
            bert,
            cls,
            config: config.clone(),
        })
    }

    /// The shape of the model.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The device its parameters are on, with autodiff if they track gradients.
    pub fn device(&self) -> Device {
        self.bert.embeddings.table().device()
    }

    /// The last hidden states, `[B, T, H]`.
    pub fn encode(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        let mask = batch.mask(&self.device());
        let embedded = self.bert.embeddings.forward(batch, pass);
        self.bert.encoder.forward(embedded, mask, pass, &mut |_| ())
    }

    /// The hidden states `[B, T, H]` after the embeddings and after each layer, `num_hidden_layers + 1` of them.
    pub fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        let mask = batch.mask(&self.device());
        let embedded = self.bert.embeddings.forward(batch, pass);
        let mut states = vec![embedded.clone()];
        self.bert
            .encoder
            .forward(embedded, mask, pass, &mut |state| {
                states.push(state.clone())
            });
        states
    }

    /// The logits `[M, V]` at `M` positions, given by [`Batch::flat`].
    ///
    /// # Panics
    /// If a position is outside the batch.
    pub fn logits_at(&self, batch: &Batch, positions: &[usize], pass: &Pass) -> Tensor<2> {
        let states = self.encode(batch, pass);
        let indices = index_tensor(positions.iter().copied(), &states.device().inner());
        self.head(gather_rows(states, indices), pass)
    }

    /// The logits `[B, T, V]` at every position.
    pub fn logits(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        let states = self.encode(batch, pass);
        let [rows, time, width] = states.dims();
        let logits = self.head(states.reshape([rows * time, width]), pass);
        logits.reshape([rows, time, self.config.vocab_size])
    }

    /// The head alone: logits `[M, V]` of hidden states `[M, H]`.
    pub fn head(&self, states: Tensor<2>, pass: &Pass) -> Tensor<2> {
        self.cls
            .predictions
            .forward(states, self.bert.embeddings.table(), pass)
    }

    pub(crate) fn table(&self) -> Tensor<2> {
        self.bert.embeddings.table()
    }

    /// The same model with a decoder weight of its own, a copy of the word table.
    ///
    /// Its gradient is then the table's output side alone, and the table's the input side.
    #[must_use]
    pub fn untied(mut self) -> Self {
        if self.config.tie_word_embeddings {
            self.cls.predictions.untie(self.bert.embeddings.table());
            self.config.tie_word_embeddings = false;
        }
        self
    }
}
