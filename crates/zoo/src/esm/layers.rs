//! The stack of layers of an ESM model.
#![allow(
    non_snake_case,
    reason = "fields carry the names that published code gives the parameters"
)]

use burn::module::Module;
use burn::tensor::{Bool, Tensor};
use dissensus_layers::{Gate, gated, residual_sum};
use dissensus_lm::{Error, Pass};

use super::EsmConfig;
use crate::parts::{Builder, Dense, LayerNorm, Own, Positions, Projections, attend, through};

/// What stands beside the projections of an attention.
#[derive(Module, Debug)]
struct AttentionParts {
    LayerNorm: LayerNorm,
    output: Dense,
}

/// Attention, then feed-forward, each behind a norm and added to what it read.
#[derive(Module, Debug)]
struct Layer {
    attention: Own<Projections, AttentionParts>,
    LayerNorm: LayerNorm,
    intermediate: Dense,
    output: Dense,
    #[module(skip)]
    shape: Shape,
}

#[derive(Debug, Clone)]
struct Shape {
    heads: usize,
    is_gated: bool,
    /// Of the hidden states, and of the attention's probabilities.
    dropout: [f64; 2],
    place: u64,
}

impl Layer {
    fn build(index: usize, config: &EsmConfig, builder: &mut Builder<'_>) -> Result<Self, Error> {
        let name = format!("esm.encoder.layer.{index}");
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let epsilon = config.layer_norm_eps;
        let attention = Own {
            own: Projections::build(&format!("{name}.attention.self"), width, builder)?,
            rest: AttentionParts {
                LayerNorm: builder.norm(&format!("{name}.attention.LayerNorm"), width, epsilon)?,
                output: Dense {
                    dense: builder
                        .linear(&format!("{name}.attention.output.dense"), [width, width])?,
                },
            },
        };
        let has_bias = config.add_bias_fnn.unwrap_or(true);
        let wide = if config.is_gated() { 2 * inner } else { inner };
        let mut dense = |which: &str, shape| {
            let dense = builder.maybe_biased(&format!("{name}.{which}.dense"), shape, has_bias)?;
            Ok::<_, Error>(Dense { dense })
        };
        Ok(Self {
            attention,
            intermediate: dense("intermediate", [width, wide])?,
            output: dense("output", [inner, width])?,
            LayerNorm: builder.norm(&format!("{name}.LayerNorm"), width, epsilon)?,
            shape: Shape {
                heads: config.num_attention_heads,
                is_gated: config.is_gated(),
                dropout: [
                    config.hidden_dropout_prob,
                    config.attention_probs_dropout_prob,
                ],
                place: 3 * index as u64,
            },
        })
    }

    fn forward(
        &self,
        x: Tensor<3>,
        positions: &Positions,
        mask: Option<Tensor<2, Bool>>,
        pass: &Pass,
    ) -> Tensor<3> {
        let Shape {
            heads,
            is_gated,
            dropout: [hidden, probabilities],
            place,
        } = self.shape;
        let Own { own, rest } = &self.attention;
        let planes = own.forward(rest.LayerNorm.forward(x.clone(), pass), pass);
        let drop = pass.drop_at(probabilities, place);
        let context = attend(planes, heads, positions, mask, drop, pass);
        let y = rest.output.dense.forward(context, pass);
        let x = residual_sum(y, pass.drop_at(hidden, place + 1), x);
        let y = self.LayerNorm.forward(x.clone(), pass);
        let wide = if is_gated {
            gated(self.intermediate.dense.forward(y, pass), Gate::Silu)
        } else {
            self.intermediate.dense.forward_gelu(y, pass)
        };
        let y = self.output.dense.forward(wide, pass);
        residual_sum(y, pass.drop_at(hidden, place + 2), x)
    }
}

/// All layers, and the norm behind them.
#[derive(Module, Debug)]
pub(super) struct Layers {
    layer: Vec<Layer>,
    emb_layer_norm_after: LayerNorm,
}

impl Layers {
    pub(super) fn build(config: &EsmConfig, builder: &mut Builder<'_>) -> Result<Self, Error> {
        let layers = 0..config.num_hidden_layers;
        let layer = layers
            .map(|index| Layer::build(index, config, builder))
            .collect::<Result<_, _>>()?;
        let (width, epsilon) = (config.hidden_size, config.layer_norm_eps);
        let name = "esm.encoder.emb_layer_norm_after";
        Ok(Self {
            layer,
            emb_layer_norm_after: builder.norm(name, width, epsilon)?,
        })
    }

    /// Runs every layer as [`through`] does.
    pub(super) fn forward(
        &self,
        x: Tensor<3>,
        positions: &Positions,
        mask: Option<Tensor<2, Bool>>,
        pass: &Pass,
        seen: &mut dyn FnMut(&Tensor<3>),
    ) -> Tensor<3> {
        let forward = |layer: &Layer, x| layer.forward(x, positions, mask.clone(), pass);
        let norm = Some(&self.emb_layer_norm_after);
        through(&self.layer, norm, x, forward, pass, seen)
    }
}
