//! The stack of layers of a HyenaDNA model.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use dissensus_layers::{
    Direction, Taps, gelu_tanh, long_convolution, residual_sum, short_convolution,
};
use dissensus_lm::{Constant, Error, Pass, Start};

use super::HyenaDnaConfig;
use super::filter::{Filter, Read};
use crate::parts::{Builder, LayerNorm, Linear};

/// Three taps a channel.
#[derive(Module, Debug)]
struct ShortFilter {
    /// `[3H, 1, 3]`.
    weight: Param<Tensor<3>>,
    bias: Param<Tensor<1>>,
}

/// The operator between its maps.
#[derive(Module, Debug)]
struct Mixer {
    in_proj: Linear,
    short_filter: ShortFilter,
    out_proj: Linear,
    filter_fn: Filter,
}

#[derive(Module, Debug)]
struct FeedForward {
    fc1: Linear,
    fc2: Linear,
}

/// Operator, then feed-forward, each behind a norm and added to what it read.
#[derive(Module, Debug)]
pub(super) struct Layer {
    norm1: LayerNorm,
    mixer: Mixer,
    norm2: LayerNorm,
    mlp: FeedForward,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    place: u64,
}

/// Of the norms in the layers, whatever the configuration says.
const EPSILON: f64 = 1e-5;

impl Layer {
    fn build(
        index: usize,
        config: &HyenaDnaConfig,
        before: Option<&Self>,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let name = format!("hyena.backbone.layers.{index}");
        let (width, inner) = (config.d_model, config.inner());
        let mixer = format!("{name}.mixer");
        let taps = [3 * width, 1, config.short_filter_order];
        let before = before.map(|layer| layer.mixer.filter_fn.positions());
        Ok(Self {
            norm1: builder.norm(&format!("{name}.norm1"), width, EPSILON)?,
            mixer: Mixer {
                in_proj: builder.linear(&format!("{mixer}.in_proj"), [width, 3 * width])?,
                short_filter: ShortFilter {
                    weight: builder.parameter(
                        &format!("{mixer}.short_filter.weight"),
                        taps,
                        Start::Gaussian,
                    )?,
                    bias: builder.parameter(
                        &format!("{mixer}.short_filter.bias"),
                        [3 * width],
                        Start::Zeros,
                    )?,
                },
                out_proj: builder.linear(&format!("{mixer}.out_proj"), [width, width])?,
                filter_fn: Filter::build(&format!("{mixer}.filter_fn"), config, before, builder)?,
            },
            norm2: builder.norm(&format!("{name}.norm2"), width, EPSILON)?,
            mlp: FeedForward {
                fc1: builder.linear(&format!("{name}.mlp.fc1"), [width, inner])?,
                fc2: builder.linear(&format!("{name}.mlp.fc2"), [inner, width])?,
            },
            dropout: config.hyena_dropout,
            place: index as u64,
        })
    }

    fn forward(&self, x: Tensor<3>, read: &mut Option<Read>, pass: &Pass) -> Tensor<3> {
        let [_, time, _] = x.dims();
        let Mixer {
            in_proj,
            short_filter,
            out_proj,
            filter_fn,
        } = &self.mixer;
        let parts = in_proj.forward(self.norm1.forward(x.clone(), pass), pass);
        let weight = short_filter.weight.val();
        let [channels, _, count] = weight.dims();
        let taps = Taps {
            weight: weight.reshape([channels, count]),
            bias: Some(short_filter.bias.val()),
        };
        let parts = short_convolution(parts, taps, Direction::Rightwards);
        let drop = pass.drop_at(self.dropout, self.place);
        let taps = filter_fn.taps(time, read, pass);
        let mixed = long_convolution(parts, taps, filter_fn.bias(), drop);
        let x = residual_sum(out_proj.forward(mixed, pass), None, x);
        let y = self
            .mlp
            .fc1
            .forward(self.norm2.forward(x.clone(), pass), pass);
        residual_sum(self.mlp.fc2.forward(gelu_tanh(y), pass), None, x)
    }

    pub(super) fn constants(&self, config: &HyenaDnaConfig) -> Vec<Constant> {
        self.mixer.filter_fn.constants(config)
    }
}

/// All layers.
pub(super) fn build(
    config: &HyenaDnaConfig,
    builder: &mut Builder<'_>,
) -> Result<Vec<Layer>, Error> {
    let mut layers: Vec<Layer> = Vec::with_capacity(config.n_layer);
    for index in 0..config.n_layer {
        layers.push(Layer::build(index, config, layers.last(), builder)?);
    }
    Ok(layers)
}

/// Runs every layer and shows what leaves each.
pub(super) fn forward(
    layers: &[Layer],
    x: Tensor<3>,
    pass: &Pass,
    seen: &mut dyn FnMut(&Tensor<3>),
) -> Tensor<3> {
    let (mut x, mut read) = (x, None);
    for layer in layers {
        x = layer.forward(x, &mut read, pass);
        seen(&x);
    }
    x
}
