//! The stack of layers of a Mistral model.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use dissensus_layers::{
    Causal, Rotation, causal_attention, residual_sum, rms_norm, rotary, silu_gate,
};
use dissensus_lm::{Batch, Error, Pass, Start};

use super::MistralConfig;
use crate::parts::{Builder, Linear};

/// `γ·x/√(mean(x²) + ε)`.
#[derive(Module, Debug)]
pub(super) struct RmsNorm {
    weight: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl RmsNorm {
    pub(super) fn build(
        name: &str,
        config: &MistralConfig,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let name = format!("{name}.weight");
        Ok(Self {
            weight: builder.parameter(&name, [config.hidden_size], Start::Ones)?,
            epsilon: config.rms_norm_eps,
        })
    }

    pub(super) fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        rms_norm(x, self.weight.val(), self.epsilon)
    }
}

#[derive(Module, Debug)]
struct Attention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    o_proj: Linear,
}

#[derive(Module, Debug)]
struct FeedForward {
    gate_proj: Linear,
    up_proj: Linear,
    down_proj: Linear,
}

/// Attention, then feed-forward, each behind a norm and added to what it read.
#[derive(Module, Debug)]
pub(super) struct Layer {
    self_attn: Attention,
    mlp: FeedForward,
    input_layernorm: RmsNorm,
    post_attention_layernorm: RmsNorm,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    place: u64,
}

/// What the tokens of a batch see, and where they stand.
pub(super) struct BatchContext {
    causal: Causal,
    rotation: Rotation,
}

impl BatchContext {
    pub(super) fn of(batch: &Batch, config: &MistralConfig) -> Self {
        let positions = batch.token_positions();
        let longest = positions.iter().max().map_or(0, |&last| last as usize + 1);
        let window = config.sliding_window.filter(|&window| window < longest);
        let first = window.map(|window| first_keys(&positions, batch.time(), window as u32));
        Self {
            causal: Causal {
                heads: config.num_attention_heads,
                key_heads: config.key_heads(),
                first,
            },
            rotation: Rotation::new(config.theta() as f32, config.head(), positions),
        }
    }
}

/// Of each token the first of its row that stands less than a window before it. Positions behind
/// the end of a short row, which need not ascend, see themselves.
fn first_keys(positions: &[u32], time: usize, window: u32) -> Arc<[u32]> {
    let mut first = Vec::with_capacity(positions.len());
    for row in positions.chunks(time.max(1)) {
        let mut from = 0;
        for (query, here) in row.iter().enumerate() {
            let is_far = |there: u32| u64::from(there) + u64::from(window) <= u64::from(*here);
            while from < query && is_far(row[from]) {
                from += 1;
            }
            first.push(from as u32);
        }
    }
    first.into()
}

impl Layer {
    pub(super) fn build(
        index: usize,
        config: &MistralConfig,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let name = format!("model.layers.{index}");
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let queries = config.num_attention_heads * config.head();
        let keys = config.key_heads() * config.head();
        let mut map = |which: &str, shape| {
            builder.maybe_biased(&format!("{name}.{which}_proj"), shape, false)
        };
        let self_attn = Attention {
            q_proj: map("self_attn.q", [width, queries])?,
            k_proj: map("self_attn.k", [width, keys])?,
            v_proj: map("self_attn.v", [width, keys])?,
            o_proj: map("self_attn.o", [queries, width])?,
        };
        let mlp = FeedForward {
            gate_proj: map("mlp.gate", [width, inner])?,
            up_proj: map("mlp.up", [width, inner])?,
            down_proj: map("mlp.down", [inner, width])?,
        };
        let mut norm = |which: &str| RmsNorm::build(&format!("{name}.{which}"), config, builder);
        Ok(Self {
            self_attn,
            mlp,
            input_layernorm: norm("input_layernorm")?,
            post_attention_layernorm: norm("post_attention_layernorm")?,
            dropout: config.attention_dropout,
            place: index as u64,
        })
    }

    pub(super) fn forward(&self, x: Tensor<3>, sight: &BatchContext, pass: &Pass) -> Tensor<3> {
        let Attention {
            q_proj,
            k_proj,
            v_proj,
            o_proj,
        } = &self.self_attn;
        let y = self.input_layernorm.forward(x.clone());
        let turned = |map: &Linear| rotary(map.forward(y.clone(), pass), 1, sight.rotation.clone());
        let (queries, keys) = (turned(q_proj), turned(k_proj));
        let values = v_proj.forward(y.clone(), pass);
        let drop = pass.drop_at(self.dropout, self.place);
        let causal = sight.causal.clone();
        let context = causal_attention(queries, keys, values, causal, drop, pass.precision());
        let x = residual_sum(o_proj.forward(context, pass), None, x);
        let y = self.post_attention_layernorm.forward(x.clone());
        let gates = self.mlp.gate_proj.forward(y.clone(), pass);
        let wide = silu_gate(self.mlp.up_proj.forward(y, pass), gates);
        residual_sum(self.mlp.down_proj.forward(wide, pass), None, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_counted_in_positions() {
        assert_eq!(first_keys(&[0, 1, 2, 3, 4], 5, 2)[..], [0, 0, 1, 2, 3]);
        assert_eq!(
            first_keys(&[0, 1, 9, 10, 5, 6, 7, 8], 4, 3)[..],
            [0, 0, 2, 2, 0, 0, 0, 1]
        );
        assert_eq!(first_keys(&[8, 9, 0, 0], 4, 1)[..], [0, 1, 1, 1]); // filling behind the end
    }
}
