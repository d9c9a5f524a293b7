//! The model.

mod attention;
mod embeddings;
mod encoder;
mod head;
mod linear;
mod norm;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dissensus_layers::Rotation;
use dissensus_lm::{
    Batch, Encoder, FreshWeights, MaskedLanguageModel, ParameterRole, ParameterSource, Pass, Sizes,
    TiedTable, TrainableModel, WeightNames,
};

use crate::names::Names;
use crate::roles::role;
use crate::{Config, Error, PositionEncoding};
use attention::BatchContext;
use embeddings::Embeddings;
use encoder::Layers;
use head::Head;

/// BERT with a masked-language head: a burn module whose parameters are named as in `transformers`.
///
/// Linear weights are `[inputs, outputs]` in memory and `[outputs, inputs]` in files. With
/// `tie_word_embeddings` the decoder has no weight of its own:
/// `bert.embeddings.word_embeddings.weight` is read twice and gets the sum of both gradients. The
/// decoder's bias is `cls.predictions.decoder.bias`.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Batch, Config, Encoder, MaskedLanguageModel, MaskedLm, Pass};
/// let config = Config::preset("tiny")?.with_vocabulary(40, 1);
/// let model = MaskedLm::new(&config, 7, &Device::flex())?;
/// let batch = Batch::new(&[vec![5, 4, 7], vec![4]], &model.sizes())?;
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
    encoder: Layers,
}

/// What `transformers` calls the head's parent.
#[derive(Module, Debug)]
struct Cls {
    predictions: Head,
}

impl MaskedLm {
    /// A model with fresh weights: N(0, `initializer_range`), biases 0, layer norms 1, the padding
    /// row 0.
    ///
    /// Every parameter draws from its own stream of the seed, so the weights are the same on every
    /// device.
    ///
    /// # Errors
    /// [`Error::Model`], naming the field of the configuration that is wrong.
    pub fn new(config: &Config, seed: u64, device: &Device) -> Result<Self, Error> {
        Ok(Self::fresh(config, seed, device)?)
    }

    /// The shape of the model.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn sight(&self, batch: &Batch) -> BatchContext {
        let turned = self.config.positions() == PositionEncoding::Rotary;
        BatchContext {
            mask: batch.mask(&self.device()),
            rotation: turned
                .then(|| Rotation::new(THETA, self.config.head_size(), batch.token_positions())),
        }
    }
}

/// The base of the rotary angles.
const THETA: f32 = 10_000.0;

impl Encoder for MaskedLm {
    fn sizes(&self) -> Sizes {
        dissensus_lm::ModelConfig::sizes(&self.config)
    }

    fn device(&self) -> Device {
        self.bert.embeddings.table().device()
    }

    fn encode(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        let embedded = self.bert.embeddings.forward(batch, pass);
        let sight = self.sight(batch);
        self.bert
            .encoder
            .forward(embedded, sight, pass, &mut |_| ())
    }

    fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        let embedded = self.bert.embeddings.forward(batch, pass);
        let mut states = vec![embedded.clone()];
        self.bert
            .encoder
            .forward(embedded, self.sight(batch), pass, &mut |state| {
                states.push(state.clone())
            });
        states
    }

    fn input_embeddings(&self) -> Tensor<2> {
        self.bert.embeddings.table()
    }

    fn parameter_role(&self, name: &str) -> ParameterRole {
        role(name, self.config.tie_word_embeddings).unwrap_or_else(|| ParameterRole::of_path(name))
    }

    fn shows_every_parameter(&self) -> bool {
        true
    }
}

impl MaskedLanguageModel for MaskedLm {
    fn head(&self, states: Tensor<2>, pass: &Pass) -> Tensor<2> {
        self.cls
            .predictions
            .forward(states, self.bert.embeddings.table(), pass)
    }
}

impl TrainableModel for MaskedLm {
    type Config = Config;

    fn config(&self) -> &Config {
        &self.config
    }

    fn build(
        config: &Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, dissensus_lm::Error> {
        config.validate()?;
        let bert = Bert {
            embeddings: Embeddings::build(config, source, device)?,
            encoder: Layers::build(config, source, device)?,
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

    fn names() -> &'static dyn WeightNames {
        &Names
    }

    fn initial(config: &Config, seed: u64) -> Box<dyn ParameterSource> {
        let fresh = FreshWeights::new(config.initializer_range, config.pad_token_id, seed);
        Box::new(fresh)
    }

    fn tied_table(&self) -> Option<TiedTable> {
        self.config.tie_word_embeddings.then(|| TiedTable {
            input: "bert.embeddings.word_embeddings.weight".into(),
            output: "cls.predictions.decoder.weight".into(),
        })
    }

    fn untied(mut self) -> Self {
        if self.config.tie_word_embeddings {
            self.cls.predictions.untie(self.bert.embeddings.table());
            self.config.tie_word_embeddings = false;
        }
        self
    }
}
