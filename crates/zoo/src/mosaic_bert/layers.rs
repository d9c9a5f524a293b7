//! The stack of layers of a MosaicBERT model.
#![allow(
    non_snake_case,
    reason = "fields carry the names that published code gives the parameters"
)]

use burn::module::Module;
use burn::tensor::{Bool, Tensor};
use dissensus_layers::{Gate, dropout, gated, residual_layer_norm};
use dissensus_lm::{Error, Pass};

use super::MosaicBertConfig;
use crate::parts::{Builder, LayerNorm, Linear, Own, Positions, Projections, attend};

/// The projections, which files keep as one map.
#[derive(Module, Debug)]
struct Joined {
    Wqkv: Projections,
}

/// `LayerNorm(x + Dropout(W·context + b))`.
#[derive(Module, Debug)]
struct Output {
    dense: Linear,
    LayerNorm: LayerNorm,
}

/// What stands beside the projections of an attention.
#[derive(Module, Debug)]
struct AttentionParts {
    output: Output,
}

/// The gated feed-forward network, with its norm.
#[derive(Module, Debug)]
struct FeedForward {
    gated_layers: Linear,
    wo: Linear,
    layernorm: LayerNorm,
}

/// Attention, then feed-forward, each added to what it read and normalised.
#[derive(Module, Debug)]
struct Layer {
    attention: Own<Joined, AttentionParts>,
    mlp: FeedForward,
    #[module(skip)]
    heads: usize,
    /// Of the hidden states, and of the attention's probabilities.
    #[module(skip)]
    dropout: [f64; 2],
    #[module(skip)]
    place: u64,
}

impl Layer {
    fn build(
        index: usize,
        config: &MosaicBertConfig,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let name = format!("bert.encoder.layer.{index}");
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let epsilon = config.layer_norm_eps;
        let joined = format!("{name}.attention.self.Wqkv");
        let output = format!("{name}.attention.output");
        let attention = Own {
            own: Joined {
                Wqkv: Projections::build(&joined, width, builder)?,
            },
            rest: AttentionParts {
                output: Output {
                    dense: builder.linear(&format!("{output}.dense"), [width, width])?,
                    LayerNorm: builder.norm(&format!("{output}.LayerNorm"), width, epsilon)?,
                },
            },
        };
        let gates = format!("{name}.mlp.gated_layers");
        let mlp = FeedForward {
            gated_layers: builder.maybe_biased(&gates, [width, 2 * inner], false)?,
            wo: builder.linear(&format!("{name}.mlp.wo"), [inner, width])?,
            layernorm: builder.norm(&format!("{name}.mlp.layernorm"), width, epsilon)?,
        };
        Ok(Self {
            attention,
            mlp,
            heads: config.num_attention_heads,
            dropout: [
                config.hidden_dropout_prob,
                config.attention_probs_dropout_prob,
            ],
            place: 1 + 3 * index as u64, // place 0 is the embeddings' dropout
        })
    }

    fn forward(
        &self,
        x: Tensor<3>,
        positions: &Positions,
        mask: Option<Tensor<2, Bool>>,
        pass: &Pass,
    ) -> Tensor<3> {
        let [hidden, probabilities] = self.dropout;
        let Own { own, rest } = &self.attention;
        let planes = own.Wqkv.forward(x.clone(), pass);
        let drop = pass.drop_at(probabilities, self.place);
        let context = attend(planes, self.heads, positions, mask, drop, pass);
        let y = rest.output.dense.forward(context, pass);
        let drop = pass.drop_at(hidden, self.place + 1);
        let x = residual_layer_norm(y, drop, x, rest.output.LayerNorm.norm(pass));
        let mut y = gated(self.mlp.gated_layers.forward(x.clone(), pass), Gate::Gelu);
        // The published network drops its inner units, not its result.
        if let Some(drop) = pass.drop_at(hidden, self.place + 2) {
            y = dropout(y, drop);
        }
        let y = self.mlp.wo.forward(y, pass);
        residual_layer_norm(y, None, x, self.mlp.layernorm.norm(pass))
    }
}

/// All layers.
#[derive(Module, Debug)]
pub(super) struct Layers {
    layer: Vec<Layer>,
}

impl Layers {
    pub(super) fn build(
        config: &MosaicBertConfig,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let layers = 0..config.num_hidden_layers;
        let layer = layers
            .map(|index| Layer::build(index, config, builder))
            .collect::<Result<_, _>>()?;
        Ok(Self { layer })
    }

    /// Runs every layer and shows what leaves each.
    pub(super) fn forward(
        &self,
        x: Tensor<3>,
        positions: &Positions,
        mask: Option<Tensor<2, Bool>>,
        pass: &Pass,
        seen: &mut dyn FnMut(&Tensor<3>),
    ) -> Tensor<3> {
        self.layer.iter().fold(x, |x, layer| {
            let state = layer.forward(x, positions, mask.clone(), pass);
            seen(&state);
            state
        })
    }
}
