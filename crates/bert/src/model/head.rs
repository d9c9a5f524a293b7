//! The masked-language head.
#![allow(
    non_snake_case,
    reason = "fields carry the names that transformers gives the parameters"
)]

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use dissensus_layers::{decoder, layer_norm};
use dissensus_lm::{Error, ParameterSource, Pass, Start, parameter};

use super::linear::Linear;
use super::norm::LayerNorm;
use crate::Config;

/// `LayerNorm(GELU(x·W + b))`.
#[derive(Module, Debug)]
struct Transform {
    dense: Linear,
    LayerNorm: LayerNorm,
}

/// `x·Eᵀ + b`, with the word table `E` unless it has a weight of its own.
#[derive(Module, Debug)]
struct Decoder {
    weight: Option<Param<Tensor<2>>>,
    bias: Param<Tensor<1>>,
}

/// From hidden states to logits.
#[derive(Module, Debug)]
pub(crate) struct Head {
    transform: Transform,
    decoder: Decoder,
}

impl Head {
    pub(crate) fn build(
        config: &Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let (vocabulary, width) = (config.vocab_size, config.hidden_size);
        let name = "cls.predictions.transform";
        let transform = Transform {
            dense: Linear::build(format!("{name}.dense"), [width, width], source, device)?,
            LayerNorm: LayerNorm::build(format!("{name}.LayerNorm"), config, source, device)?,
        };
        let bias = parameter(
            source,
            &format!("{DECODER}.bias"),
            [vocabulary],
            Start::Zeros,
            device,
        )?;
        let weight = if config.tie_word_embeddings {
            None
        } else {
            let shape = [vocabulary, width];
            Some(parameter(
                source,
                &format!("{DECODER}.weight"),
                shape,
                Start::Gaussian,
                device,
            )?)
        };
        Ok(Self {
            transform,
            decoder: Decoder { weight, bias },
        })
    }

    pub(crate) fn forward(&self, x: Tensor<2>, table: Tensor<2>, pass: &Pass) -> Tensor<2> {
        let activated = self.transform.dense.forward_gelu(x, pass);
        let normalized = layer_norm(activated, self.transform.LayerNorm.norm(pass));
        let table = self.decoder.weight.as_ref().map_or(table, Param::val);
        decoder(
            normalized,
            table,
            self.decoder.bias.val(),
            pass.mode(DECODER),
        )
    }

    pub(crate) fn untie(&mut self, table: Tensor<2>) {
        let data = table.clone().detach().into_data();
        self.decoder.weight = Some(Param::from_data(data, &table.device()));
    }
}

const DECODER: &str = "cls.predictions.decoder";
