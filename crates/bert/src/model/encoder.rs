//! The stack of layers.
#![allow(
    non_snake_case,
    reason = "fields carry the names that transformers gives the parameters"
)]

use burn::module::Module;
use burn::tensor::{Bool, Device, Tensor};
use dissensus_layers::{Dropout, residual_layer_norm};

use super::Pass;
use super::attention::Attention;
use super::linear::Linear;
use super::norm::LayerNorm;
use super::source::Source;
use crate::{Config, Error};

/// `LayerNorm(residual + Dropout(x·W + b))`, the end of each half of a layer.
#[derive(Module, Debug)]
pub(crate) struct Output {
    dense: Linear,
    LayerNorm: LayerNorm,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    place: u64,
}

impl Output {
    pub(crate) fn build(
        name: String,
        inputs: usize,
        place: u64,
        config: &Config,
        source: &mut dyn Source,
        device: &Device,
    ) -> Result<Self, Error> {
        let shape = [inputs, config.hidden_size];
        Ok(Self {
            dense: Linear::build(format!("{name}.dense"), shape, source, device)?,
            LayerNorm: LayerNorm::build(format!("{name}.LayerNorm"), config, source, device)?,
            dropout: config.hidden_dropout_prob,
            place,
        })
    }

    pub(crate) fn forward(&self, x: Tensor<3>, residual: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let drop: Option<Dropout> = pass.drop_at(self.dropout, self.place);
        residual_layer_norm(
            self.dense.forward(x, pass),
            drop,
            residual,
            self.LayerNorm.norm(pass),
        )
    }
}

/// The widening half of the feed-forward network.
#[derive(Module, Debug)]
struct Intermediate {
    dense: Linear,
}

/// One layer: attention, then feed-forward, each with residual and layer norm behind.
#[derive(Module, Debug)]
struct Layer {
    attention: Attention,
    intermediate: Intermediate,
    output: Output,
}

impl Layer {
    fn build(
        index: usize,
        config: &Config,
        source: &mut dyn Source,
        device: &Device,
    ) -> Result<Self, Error> {
        let name = format!("bert.encoder.layer.{index}");
        let place = 1 + 3 * index as u64; // place 0 is the embeddings' dropout; a layer has three
        let (width, wide) = (config.hidden_size, config.intermediate_size);
        let attention =
            Attention::build(&format!("{name}.attention"), place, config, source, device)?;
        let dense = Linear::build(
            format!("{name}.intermediate.dense"),
            [width, wide],
            source,
            device,
        )?;
        let output = Output::build(
            format!("{name}.output"),
            wide,
            place + 2,
            config,
            source,
            device,
        )?;
        Ok(Self {
            attention,
            intermediate: Intermediate { dense },
            output,
        })
    }

    fn forward(&self, x: Tensor<3>, mask: Option<Tensor<2, Bool>>, pass: &Pass) -> Tensor<3> {
        let attended = self.attention.forward(x, mask, pass);
        let wide = self.intermediate.dense.forward_gelu(attended.clone(), pass);
        self.output.forward(wide, attended, pass)
    }
}

/// All layers.
#[derive(Module, Debug)]
pub(crate) struct Encoder {
    layer: Vec<Layer>,
}

impl Encoder {
    pub(crate) fn build(
        config: &Config,
        source: &mut dyn Source,
        device: &Device,
    ) -> Result<Self, Error> {
        let layers = 0..config.num_hidden_layers;
        let layer = layers
            .map(|index| Layer::build(index, config, source, device))
            .collect::<Result<_, _>>()?;
        Ok(Self { layer })
    }

    /// Runs every layer and shows what leaves each.
    pub(crate) fn forward(
        &self,
        x: Tensor<3>,
        mask: Option<Tensor<2, Bool>>,
        pass: &Pass,
        seen: &mut dyn FnMut(&Tensor<3>),
    ) -> Tensor<3> {
        self.layer.iter().fold(x, |x, layer| {
            let state = layer.forward(x, mask.clone(), pass);
            seen(&state);
            state
        })
    }
}
