//! The model.

use std::path::Path;
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Error, MaskedLanguageModel, ModelConfig, ParameterRole,
    ParameterSource, Pass, Sizes, Start, TiedTable, TrainableModel, WeightNames,
};

use super::MosaicBertConfig;
use super::alibi::{alibi_slopes, distances};
use super::draws::rules;
use super::layers::Layers;
use super::names::Names;
use super::roles::role;
use crate::family::Evidence;
use crate::parts::{Builder, EmbeddingShape, Embeddings, Positions, Predictions, kept, tied_words};
use crate::published::seal::Sealed;
use crate::{DrawRule, Family, Published, TwinWeights};

/// MosaicBERT with a masked-language head: a burn module whose parameters are named as in published
/// files, except that `Wqkv` is three maps, `Wqkv.query`, `Wqkv.key` and `Wqkv.value`.
///
/// Linear weights are `[inputs, outputs]` in memory and `[outputs, inputs]` in files. Sequences may
/// have any length; the published model was trained on short ones. Hidden states are 0 at padding,
/// as published; the published code returns the last alone.
#[derive(Module, Debug)]
pub struct MosaicBert {
    bert: Bert,
    cls: Option<Predictions>,
    #[module(skip)]
    slopes: Arc<[f32]>,
    #[module(skip)]
    config: MosaicBertConfig,
}

/// Embeddings and encoder.
#[derive(Module, Debug)]
struct Bert {
    embeddings: Embeddings,
    encoder: Layers,
}

/// The published head's, whatever the configuration says.
const HEAD_EPSILON: f64 = 1e-12;

impl MosaicBert {
    fn states(&self, batch: &Batch, pass: &Pass, seen: &mut dyn FnMut(Tensor<3>)) -> Tensor<3> {
        let device = self.device();
        let kept = kept(batch, &device);
        let zeroed = |x: &Tensor<3>| match &kept {
            Some(kept) => x.clone() * kept.clone(),
            None => x.clone(),
        };
        let embedded = self.bert.embeddings.forward(batch, pass);
        seen(zeroed(&embedded));
        let positions = Positions::Alibi(distances(&self.slopes, batch));
        let mask = batch.mask(&device);
        let last = self
            .bert
            .encoder
            .forward(embedded, &positions, mask, pass, &mut |state| {
                seen(zeroed(state))
            });
        zeroed(&last)
    }
}

impl Encoder for MosaicBert {
    fn sizes(&self) -> Sizes {
        self.config.sizes()
    }

    fn device(&self) -> Device {
        self.bert.embeddings.table().device()
    }

    fn encode(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        self.states(batch, pass, &mut |_| ())
    }

    fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        let mut states = Vec::new();
        self.states(batch, pass, &mut |state| states.push(state));
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

impl MaskedLanguageModel for MosaicBert {
    /// # Panics
    /// If the model was read from files of the encoder alone;
    /// [`ZooModel::masked`](crate::ZooModel::masked) is none then.
    fn head(&self, states: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let Some(cls) = &self.cls else {
            panic!("mosaic bert: the files hold an encoder without a head");
        };
        let table = self.bert.embeddings.table();
        cls.forward(states, table, pass)
    }
}

impl TrainableModel for MosaicBert {
    type Config = MosaicBertConfig;

    fn config(&self) -> &MosaicBertConfig {
        &self.config
    }

    fn build(
        config: &MosaicBertConfig,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        config.check()?;
        let mut builder = Builder { source, device };
        let shape = EmbeddingShape {
            words: config.vocab_size,
            start: Start::Gaussian,
            positions: None,
            types: config.type_vocab_size,
            width: config.hidden_size,
            epsilon: config.layer_norm_eps,
            dropout: config.hidden_dropout_prob,
        };
        let bert = Bert {
            embeddings: Embeddings::build(shape, &mut builder)?,
            encoder: Layers::build(config, &mut builder)?,
        };
        let (sizes, tied) = (
            [config.vocab_size, config.hidden_size],
            config.tie_word_embeddings,
        );
        let cls = Predictions::build(config.is_bare, sizes, HEAD_EPSILON, tied, &mut builder)?;
        Ok(Self {
            bert,
            cls,
            slopes: alibi_slopes(config.num_attention_heads).into(),
            config: config.clone(),
        })
    }

    fn names() -> &'static dyn WeightNames {
        &Names
    }

    fn initial(config: &MosaicBertConfig, seed: u64) -> Box<dyn ParameterSource> {
        Box::new(TwinWeights::new(Family::MosaicBert, rules(config), seed))
    }

    fn tied_table(&self) -> Option<TiedTable> {
        tied_words(self.config.tie_word_embeddings && self.cls.is_some())
    }

    fn untied(mut self) -> Self {
        let table = self.bert.embeddings.table();
        if let Some(cls) = self
            .cls
            .as_mut()
            .filter(|_| self.config.tie_word_embeddings)
        {
            cls.untie(table);
            self.config.tie_word_embeddings = false;
        }
        self
    }
}

impl Sealed for MosaicBert {
    fn settle(config: &mut MosaicBertConfig, _: &Path, evidence: &Evidence) -> Result<(), Error> {
        config.is_bare = evidence.shape("cls.predictions.decoder.bias").is_none();
        Ok(())
    }

    fn one_in_memory(config: &MosaicBertConfig) -> &'static [(&'static str, &'static str)] {
        const TABLE: &[(&str, &str)] = &[(
            "bert.embeddings.word_embeddings.weight",
            "cls.predictions.decoder.weight",
        )];
        if config.tie_word_embeddings {
            TABLE
        } else {
            &[]
        }
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        self.cls.as_ref().map(|_| self as _)
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        None
    }
}

impl Published for MosaicBert {
    const FAMILY: Family = Family::MosaicBert;

    fn draws(config: &MosaicBertConfig) -> Vec<DrawRule> {
        rules(config)
    }

    fn published_hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        vec![self.encode(batch, pass)]
    }
}
