//! The model.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dissensus_layers::Rotation;
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Error, MaskedLanguageModel, ModelConfig, ParameterRole,
    ParameterSource, Pass, Sizes, TrainableModel, WeightNames,
};

use super::EsmConfig;
use super::draws::rules;
use super::embeddings::Embeddings;
use super::layers::Layers;
use super::names::Names;
use super::roles::role;
use crate::family::Evidence;
use crate::load::stored;
use crate::parts::{Builder, Decoder, LayerNorm, Linear, Positions};
use crate::published::seal::Sealed;
use crate::{DrawRule, Family, Published, TwinWeights};

/// ESM with a masked-language head: a burn module whose parameters are named as in published files.
///
/// Linear weights are `[inputs, outputs]` in memory and `[outputs, inputs]` in files. The decoder
/// has a weight of its own; its bias is `lm_head.decoder.bias` here and `lm_head.bias` in files.
///
/// The hidden states are the embeddings, what leaves every layer but the last, and what leaves the
/// last behind the final norm; so the published list has them. Where `token_dropout` is on,
/// embeddings are scaled by the fraction of masked tokens, which moves every number of a sequence
/// whenever one more of its tokens is masked.
#[derive(Module, Debug)]
pub struct Esm {
    esm: Stack,
    lm_head: Option<Head>,
    #[module(skip)]
    config: EsmConfig,
}

/// Embeddings and encoder.
#[derive(Module, Debug)]
struct Stack {
    embeddings: Embeddings,
    encoder: Layers,
}

/// From hidden states to logits.
#[derive(Module, Debug)]
struct Head {
    dense: Linear,
    layer_norm: LayerNorm,
    decoder: Decoder,
}

/// Rotary frequencies fall by this base.
const THETA: f32 = 10_000.0;

impl Esm {
    fn states(&self, batch: &Batch, pass: &Pass, seen: &mut dyn FnMut(&Tensor<3>)) -> Tensor<3> {
        let embedded = self.esm.embeddings.forward(batch, pass);
        seen(&embedded);
        let mask = batch.mask(&self.device());
        let positions = self.positions(batch);
        self.esm
            .encoder
            .forward(embedded, &positions, mask, pass, seen)
    }

    fn positions(&self, batch: &Batch) -> Positions {
        if !self.config.is_rotary() {
            return Positions::Embedded;
        }
        let head = self.config.hidden_size / self.config.num_attention_heads;
        Positions::Rotary(Rotation::new(THETA, head, batch.token_positions()))
    }
}

impl Encoder for Esm {
    fn sizes(&self) -> Sizes {
        self.config.sizes()
    }

    fn device(&self) -> Device {
        self.esm.embeddings.table().device()
    }

    fn encode(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        self.states(batch, pass, &mut |_| ())
    }

    fn hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        let mut states = Vec::new();
        self.states(batch, pass, &mut |state| states.push(state.clone()));
        if self.config.num_hidden_layers == 0 {
            states.remove(0);
        }
        states
    }

    fn input_embeddings(&self) -> Tensor<2> {
        self.esm.embeddings.table()
    }

    fn parameter_role(&self, name: &str) -> ParameterRole {
        role(name).unwrap_or_else(|| ParameterRole::of_path(name))
    }

    fn shows_every_parameter(&self) -> bool {
        true
    }
}

impl MaskedLanguageModel for Esm {
    /// # Panics
    /// If the model was read from files of the encoder alone;
    /// [`ZooModel::masked`](crate::ZooModel::masked) is none then.
    fn head(&self, states: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let Some(head) = &self.lm_head else {
            panic!("esm: the files hold an encoder without a head");
        };
        let activated = head.dense.forward_gelu(states, pass);
        let normalized = head.layer_norm.forward(activated, pass);
        head.decoder
            .forward(normalized, self.esm.embeddings.table(), pass)
    }
}

impl TrainableModel for Esm {
    type Config = EsmConfig;

    fn config(&self) -> &EsmConfig {
        &self.config
    }

    fn build(
        config: &EsmConfig,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        config.check()?;
        let mut builder = Builder { source, device };
        let esm = Stack {
            embeddings: Embeddings::build(config, &mut builder)?,
            encoder: Layers::build(config, &mut builder)?,
        };
        let lm_head = if config.is_bare {
            None
        } else {
            Some(Head::build(config, &mut builder)?)
        };
        Ok(Self {
            esm,
            lm_head,
            config: config.clone(),
        })
    }

    fn names() -> &'static dyn WeightNames {
        &Names
    }

    fn initial(config: &EsmConfig, seed: u64) -> Box<dyn ParameterSource> {
        Box::new(TwinWeights::new(Family::Esm, rules(config), seed))
    }
}

impl Head {
    fn build(config: &EsmConfig, builder: &mut Builder<'_>) -> Result<Self, Error> {
        let (vocabulary, width) = (config.vocab_size, config.hidden_size);
        Ok(Self {
            dense: builder.linear("lm_head.dense", [width, width])?,
            layer_norm: builder.norm("lm_head.layer_norm", width, config.layer_norm_eps)?,
            decoder: Decoder::build("lm_head.decoder", [vocabulary, width], false, builder)?,
        })
    }
}

impl Sealed for Esm {
    fn settle(config: &mut EsmConfig, _: &Path, evidence: &Evidence) -> Result<(), Error> {
        config.is_bare = evidence.shape("lm_head.decoder.weight").is_none();
        let wide = evidence.shape("encoder.layer.0.intermediate.dense.weight");
        let doubled = [2 * config.intermediate_size, config.hidden_size];
        if config.add_bias_fnn.is_none() && wide == Some(&doubled[..]) {
            let bias = evidence.shape("encoder.layer.0.intermediate.dense.bias");
            config.add_bias_fnn = Some(bias.is_some());
        }
        Ok(())
    }

    /// Files may hold the frequencies of rotary positions: they must be the usual ones.
    fn verify(config: &EsmConfig, folder: &Path, evidence: &Evidence) -> Result<(), crate::Error> {
        let head = (config.hidden_size / config.num_attention_heads) as f32;
        for key in evidence
            .shapes
            .keys()
            .filter(|key| key.ends_with("inv_freq"))
        {
            let found = stored(folder, key, evidence)?;
            let usual = |i: usize| THETA.powf(-2.0 * i as f32 / head);
            let differs = |(i, f): (usize, &f32)| (f - usual(i)).abs() > 1e-6;
            if found.iter().enumerate().any(differs) {
                return Err(crate::Error::Model(Error::Malformed {
                    path: folder.to_path_buf(),
                    problem: format!(
                        "tensor `{key}` is not 1/10000^(2i/d), the only rotation built here"
                    ),
                }));
            }
        }
        Ok(())
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        self.lm_head.as_ref().map(|_| self as _)
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        None
    }
}

impl Published for Esm {
    const FAMILY: Family = Family::Esm;

    fn draws(config: &EsmConfig) -> Vec<DrawRule> {
        rules(config)
    }
}
