//! The model.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Error, MaskedLanguageModel, ModelConfig, ParameterRole,
    ParameterSource, Pass, Sizes, Start, TiedTable, TrainableModel, WeightNames,
};

use super::GenaConfig;
use super::draws::rules;
use super::layers::Layers;
use super::names::Names;
use super::roles::role;
use crate::family::Evidence;
use crate::parts::{Builder, EmbeddingShape, Embeddings, Predictions, tied_words};
use crate::published::seal::Sealed;
use crate::{DrawRule, Family, Published, TwinWeights};

/// GENA-LM with a masked-language head: a burn module whose parameters are named as in published
/// files.
///
/// Linear weights are `[inputs, outputs]` in memory and `[outputs, inputs]` in files. The decoder's
/// bias is `cls.predictions.decoder.bias`, which files repeat as `cls.predictions.bias`. The hidden
/// states are the embeddings and what leaves every layer: a sum of residuals that nothing
/// normalises, but for a norm behind the last layer where there is one.
#[derive(Module, Debug)]
pub struct Gena {
    bert: Bert,
    cls: Option<Predictions>,
    #[module(skip)]
    config: GenaConfig,
}

/// Embeddings and encoder.
#[derive(Module, Debug)]
struct Bert {
    embeddings: Embeddings,
    encoder: Layers,
}

impl Gena {
    fn states(&self, batch: &Batch, pass: &Pass, seen: &mut dyn FnMut(&Tensor<3>)) -> Tensor<3> {
        let embedded = self.bert.embeddings.forward(batch, pass);
        if self.config.num_hidden_layers > 0 {
            seen(&embedded);
        }
        let mask = batch.mask(&self.device());
        self.bert.encoder.forward(embedded, mask, pass, seen)
    }
}

impl Encoder for Gena {
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
        self.states(batch, pass, &mut |state| states.push(state.clone()));
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

impl MaskedLanguageModel for Gena {
    /// # Panics
    /// If the model was read from files of the encoder alone;
    /// [`ZooModel::masked`](crate::ZooModel::masked) is none then.
    fn head(&self, states: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let Some(cls) = &self.cls else {
            panic!("gena: the files hold an encoder without a head");
        };
        let table = self.bert.embeddings.table();
        cls.forward(states, table, pass)
    }
}

impl TrainableModel for Gena {
    type Config = GenaConfig;

    fn config(&self) -> &GenaConfig {
        &self.config
    }

    fn build(
        config: &GenaConfig,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        config.check()?;
        let mut builder = Builder { source, device };
        let shape = EmbeddingShape {
            words: config.vocab_size,
            start: Start::Words,
            positions: Some(config.max_position_embeddings),
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
        let cls = Predictions::build(
            config.is_bare,
            sizes,
            config.layer_norm_eps,
            tied,
            &mut builder,
        )?;
        Ok(Self {
            bert,
            cls,
            config: config.clone(),
        })
    }

    fn names() -> &'static dyn WeightNames {
        &Names
    }

    fn initial(config: &GenaConfig, seed: u64) -> Box<dyn ParameterSource> {
        Box::new(TwinWeights::new(Family::Gena, rules(config), seed))
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

/// What files store twice: the decoder's bias, and its weight, which is the word table of a tied
/// model.
const TWICE: &[(&str, &str)] = &[
    ("cls.predictions.bias", "cls.predictions.decoder.bias"),
    (
        "bert.embeddings.word_embeddings.weight",
        "cls.predictions.decoder.weight",
    ),
];

impl Sealed for Gena {
    fn settle(config: &mut GenaConfig, _: &Path, evidence: &Evidence) -> Result<(), Error> {
        config.is_bare = evidence
            .shape("cls.predictions.transform.dense.weight")
            .is_none();
        // Files of both kinds say nothing of the last norm in their configuration.
        if config.last_layer_norm.is_none() && config.num_hidden_layers > 0 {
            let norm = evidence.shape("encoder.last_layer_ln.weight");
            if norm.is_none() {
                config.last_layer_norm = Some(false);
            }
        }
        Ok(())
    }

    fn one_in_memory(config: &GenaConfig) -> &'static [(&'static str, &'static str)] {
        if config.tie_word_embeddings {
            TWICE
        } else {
            &TWICE[..1]
        }
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        self.cls.as_ref().map(|_| self as _)
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        None
    }
}

impl Published for Gena {
    const FAMILY: Family = Family::Gena;

    fn draws(config: &GenaConfig) -> Vec<DrawRule> {
        rules(config)
    }
}
