//! The stack of layers.
#![allow(
    non_snake_case,
    reason = "fields carry the names that transformers gives the parameters"
)]

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use dissensus_layers::{layer_norm, residual_layer_norm, residual_sum};
use dissensus_lm::{Error, ParameterSource, Pass};

use super::attention::{Attention, BatchContext};
use super::linear::Linear;
use super::norm::LayerNorm;
use crate::{Config, NormPlacement};

/// `residual + Dropout(x·W + b)`, the end of each half of a layer; normalised where norms stand
/// behind.
#[derive(Module, Debug)]
pub(crate) struct Output {
    dense: Linear,
    LayerNorm: Option<LayerNorm>,
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
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let shape = [inputs, config.hidden_size];
        Ok(Self {
            dense: Linear::build(format!("{name}.dense"), shape, source, device)?,
            LayerNorm: LayerNorm::where_placed(
                NormPlacement::Behind,
                || format!("{name}.LayerNorm"),
                config,
                source,
                device,
            )?,
            dropout: config.hidden_dropout_prob,
            place,
        })
    }

    pub(crate) fn forward(&self, x: Tensor<3>, residual: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let drop = pass.drop_at(self.dropout, self.place);
        let x = self.dense.forward(x, pass);
        match &self.LayerNorm {
            Some(norm) => residual_layer_norm(x, drop, residual, norm.norm(pass)),
            None => residual_sum(x, drop, residual),
        }
    }
}

/// The widening half of the feed-forward network.
#[derive(Module, Debug)]
struct Intermediate {
    dense: Linear,
}

/// One layer: attention, then feed-forward, each with its residual, and its layer norm before it or
/// behind the sum.
#[derive(Module, Debug)]
struct Layer {
    attention: Attention,
    /// Before the feed-forward network.
    ln: Option<LayerNorm>,
    intermediate: Intermediate,
    output: Output,
}

impl Layer {
    fn build(
        index: usize,
        config: &Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let name = format!("bert.encoder.layer.{index}");
        let place = 1 + 3 * index as u64; // place 0 is the embeddings' dropout; a layer has three
        let (width, wide) = (config.hidden_size, config.intermediate_size);
        let attention =
            Attention::build(&format!("{name}.attention"), place, config, source, device)?;
        let ln = LayerNorm::where_placed(
            NormPlacement::Before,
            || format!("{name}.ln"),
            config,
            source,
            device,
        )?;
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
            ln,
            intermediate: Intermediate { dense },
            output,
        })
    }

    fn forward(&self, x: Tensor<3>, sight: BatchContext, pass: &Pass) -> Tensor<3> {
        let attended = self.attention.forward(x, sight, pass);
        let branch = before(self.ln.as_ref(), attended.clone(), pass);
        let wide = self.intermediate.dense.forward_gelu(branch, pass);
        self.output.forward(wide, attended, pass)
    }
}

/// What enters a branch: the residual stream, normalised where norms stand before.
pub(crate) fn before(norm: Option<&LayerNorm>, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
    match norm {
        Some(norm) => layer_norm(x, norm.norm(pass)),
        None => x,
    }
}

/// All layers.
#[derive(Module, Debug)]
pub(crate) struct Layers {
    layer: Vec<Layer>,
    /// Behind the last layer, where norms stand before each.
    ln: Option<LayerNorm>,
}

impl Layers {
    pub(crate) fn build(
        config: &Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let layers = 0..config.num_hidden_layers;
        let layer = layers
            .map(|index| Layer::build(index, config, source, device))
            .collect::<Result<_, _>>()?;
        let ln = LayerNorm::where_placed(
            NormPlacement::Before,
            || "bert.encoder.ln".into(),
            config,
            source,
            device,
        )?;
        Ok(Self { layer, ln })
    }

    /// Runs every layer and shows what leaves each; what leaves the last is normalised either way,
    /// as in `transformers`.
    pub(crate) fn forward(
        &self,
        x: Tensor<3>,
        sight: BatchContext,
        pass: &Pass,
        seen: &mut dyn FnMut(&Tensor<3>),
    ) -> Tensor<3> {
        let count = self.layer.len();
        let last = self.layer.iter().enumerate().fold(x, |x, (index, layer)| {
            let state = layer.forward(x, sight.clone(), pass);
            let is_last = index + 1 == count;
            let state = before(self.ln.as_ref().filter(|_| is_last), state, pass);
            seen(&state);
            state
        });
        match count {
            0 => before(self.ln.as_ref(), last, pass),
            _ => last,
        }
    }
}
