//! The model.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use dissensus_layers::decoder;
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Error, MaskedLanguageModel, ModelConfig, ParameterRole,
    ParameterSource, Pass, Sizes, Start, TrainableModel, WeightNames,
};

use super::MistralConfig;
use super::draws::rules;
use super::layers::{BatchContext, Layer, RmsNorm};
use super::names::Names;
use super::roles::role;
use crate::family::Evidence;
use crate::parts::{Builder, Table, rows_at};
use crate::published::seal::Sealed;
use crate::{DrawRule, Family, Published, TwinWeights};

/// Mistral with a next-token head: a burn module whose parameters are named as in published files.
///
/// Linear weights are `[inputs, outputs]` in memory and `[outputs, inputs]` in files; table and
/// head have a row a token in both. The hidden states are the embeddings, what leaves every layer
/// but the last, and what leaves the last behind the final norm; so the published list has them.
/// Only the distance of tokens counts, not their place.
#[derive(Module, Debug)]
pub struct Mistral {
    model: Stack,
    lm_head: Option<Head>,
    #[module(skip)]
    config: MistralConfig,
}

#[derive(Module, Debug)]
struct Stack {
    embed_tokens: Table,
    layers: Vec<Layer>,
    norm: RmsNorm,
}

/// A head of its own, `[V, H]`.
#[derive(Module, Debug)]
struct Head {
    weight: Param<Tensor<2>>,
}

impl Mistral {
    fn states(&self, batch: &Batch, pass: &Pass, seen: &mut dyn FnMut(&Tensor<3>)) -> Tensor<3> {
        let Stack {
            embed_tokens,
            layers,
            norm,
        } = &self.model;
        let ids = batch.id_tensor(&embed_tokens.values().device().inner());
        let sight = BatchContext::of(batch, &self.config);
        let mut x = embed_tokens.rows(ids, pass);
        for layer in layers {
            seen(&x);
            x = layer.forward(x, &sight, pass);
        }
        let last = norm.forward(x);
        seen(&last);
        last
    }
}

impl Encoder for Mistral {
    fn sizes(&self) -> Sizes {
        self.config.sizes()
    }

    fn device(&self) -> Device {
        self.input_embeddings().device()
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
        self.model.embed_tokens.values()
    }

    fn parameter_role(&self, name: &str) -> ParameterRole {
        role(name, self.config.tie_word_embeddings).unwrap_or_else(|| ParameterRole::of_path(name))
    }
}

impl CausalLanguageModel for Mistral {
    /// # Panics
    /// If the model was read from files of the encoder alone;
    /// [`ZooModel::causal`](crate::ZooModel::causal) is none then.
    fn next_logits(&self, batch: &Batch, positions: &[usize], pass: &Pass) -> Tensor<2> {
        assert!(
            self.causal().is_some(),
            "Mistral: the files hold an encoder without a head"
        );
        let table = match &self.lm_head {
            Some(head) => head.weight.val(),
            None => self.input_embeddings(),
        };
        let states = rows_at(self.encode(batch, pass), positions);
        let bias = Tensor::zeros([table.dims()[0]], &table.device());
        decoder(states, table, bias, pass.mode("lm_head"))
    }
}

impl TrainableModel for Mistral {
    type Config = MistralConfig;

    fn config(&self) -> &MistralConfig {
        &self.config
    }

    fn build(
        config: &MistralConfig,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        config.check()?;
        let mut builder = Builder { source, device };
        let table = [config.vocab_size, config.hidden_size];
        let embed_tokens = builder.table("model.embed_tokens", table, Start::Words)?;
        let layers = 0..config.num_hidden_layers;
        let layers = layers.map(|index| Layer::build(index, config, &mut builder));
        let model = Stack {
            embed_tokens,
            layers: layers.collect::<Result<_, _>>()?,
            norm: RmsNorm::build("model.norm", config, &mut builder)?,
        };
        let lm_head = if config.is_bare || config.tie_word_embeddings {
            None
        } else {
            Some(Head {
                weight: builder.parameter("lm_head.weight", table, Start::Gaussian)?,
            })
        };
        Ok(Self {
            model,
            lm_head,
            config: config.clone(),
        })
    }

    fn names() -> &'static dyn WeightNames {
        &Names
    }

    fn initial(config: &MistralConfig, seed: u64) -> Box<dyn ParameterSource> {
        Box::new(TwinWeights::new(Family::Mistral, rules(config), seed))
    }
}

impl Sealed for Mistral {
    fn settle(config: &mut MistralConfig, _: &Path, evidence: &Evidence) -> Result<(), Error> {
        let has_head = evidence.shape("lm_head.weight").is_some();
        config.is_bare = !has_head && !config.tie_word_embeddings;
        Ok(())
    }

    fn one_in_memory(config: &MistralConfig) -> &'static [(&'static str, &'static str)] {
        if config.tie_word_embeddings {
            &[("model.embed_tokens.weight", "lm_head.weight")]
        } else {
            &[]
        }
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        None
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        let has_head = self.lm_head.is_some() || self.config.tie_word_embeddings;
        has_head.then_some(self as _)
    }
}

impl Published for Mistral {
    const FAMILY: Family = Family::Mistral;

    fn draws(config: &MistralConfig) -> Vec<DrawRule> {
        rules(config)
    }
}
