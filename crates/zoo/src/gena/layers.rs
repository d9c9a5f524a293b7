//! The stack of layers of a GENA-LM model.

use burn::module::Module;
use burn::tensor::{Bool, Tensor};
use dissensus_layers::residual_sum;
use dissensus_lm::{Error, Pass};

use super::GenaConfig;
use crate::parts::{Builder, Dense, LayerNorm, Own, Positions, Projections, attend, through};

/// What stands beside the projections of an attention.
#[derive(Module, Debug)]
struct AttentionParts {
    output: Dense,
}

/// Attention, then feed-forward, each behind a norm and added to what it read.
#[derive(Module, Debug)]
struct Layer {
    pre_attention_ln: LayerNorm,
    attention: Own<Projections, AttentionParts>,
    post_attention_ln: LayerNorm,
    intermediate: Dense,
    output: Dense,
    #[module(skip)]
    heads: usize,
    /// Of the hidden states, and of the attention's probabilities.
    #[module(skip)]
    dropout: [f64; 2],
    #[module(skip)]
    place: u64,
}

impl Layer {
    fn build(index: usize, config: &GenaConfig, builder: &mut Builder<'_>) -> Result<Self, Error> {
        let name = format!("bert.encoder.layer.{index}");
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let epsilon = config.layer_norm_eps;
        let own = Projections::build(&format!("{name}.attention.self"), width, builder)?;
        let mut norm = |which: &str| builder.norm(&format!("{name}.{which}"), width, epsilon);
        let (before, after) = (norm("pre_attention_ln")?, norm("post_attention_ln")?);
        let mut dense = |which: &str, shape| {
            let dense = builder.linear(&format!("{name}.{which}.dense"), shape)?;
            Ok::<_, Error>(Dense { dense })
        };
        let output = dense("attention.output", [width, width])?;
        Ok(Self {
            pre_attention_ln: before,
            attention: Own {
                own,
                rest: AttentionParts { output },
            },
            post_attention_ln: after,
            intermediate: dense("intermediate", [width, inner])?,
            output: dense("output", [inner, width])?,
            heads: config.num_attention_heads,
            dropout: [
                config.hidden_dropout_prob,
                config.attention_probs_dropout_prob,
            ],
            place: 1 + 3 * index as u64, // place 0 is the embeddings' dropout
        })
    }

    fn forward(&self, x: Tensor<3>, mask: Option<Tensor<2, Bool>>, pass: &Pass) -> Tensor<3> {
        let [hidden, probabilities] = self.dropout;
        let Own { own, rest } = &self.attention;
        let planes = own.forward(self.pre_attention_ln.forward(x.clone(), pass), pass);
        let drop = pass.drop_at(probabilities, self.place);
        let context = attend(planes, self.heads, &Positions::Embedded, mask, drop, pass);
        let y = rest.output.dense.forward(context, pass);
        let x = residual_sum(y, pass.drop_at(hidden, self.place + 1), x);
        let y = self.post_attention_ln.forward(x.clone(), pass);
        let wide = self.intermediate.dense.forward_gelu(y, pass);
        let y = self.output.dense.forward(wide, pass);
        residual_sum(y, pass.drop_at(hidden, self.place + 2), x)
    }
}

/// All layers, and the norm behind them where there is one.
#[derive(Module, Debug)]
pub(super) struct Layers {
    layer: Vec<Layer>,
    last_layer_ln: Option<LayerNorm>,
}

impl Layers {
    pub(super) fn build(config: &GenaConfig, builder: &mut Builder<'_>) -> Result<Self, Error> {
        let layers = 0..config.num_hidden_layers;
        let layer = layers
            .map(|index| Layer::build(index, config, builder))
            .collect::<Result<_, _>>()?;
        let (name, width) = ("bert.encoder.last_layer_ln", config.hidden_size);
        let last_layer_ln = if config.has_last_norm() {
            Some(builder.norm(name, width, config.layer_norm_eps)?)
        } else {
            None
        };
        Ok(Self {
            layer,
            last_layer_ln,
        })
    }

    /// Runs every layer as [`through`] does.
    pub(super) fn forward(
        &self,
        x: Tensor<3>,
        mask: Option<Tensor<2, Bool>>,
        pass: &Pass,
        seen: &mut dyn FnMut(&Tensor<3>),
    ) -> Tensor<3> {
        let forward = |layer: &Layer, x| layer.forward(x, mask.clone(), pass);
        let norm = self.last_layer_ln.as_ref();
        through(&self.layer, norm, x, forward, pass, seen)
    }
}
