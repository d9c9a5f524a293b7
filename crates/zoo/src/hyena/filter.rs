//! The taps of a long convolution, from a small network that reads the time.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use dissensus_layers::{beside, sine};
use dissensus_lm::{Constant, Error, Pass, Start};

use super::HyenaDnaConfig;
use super::positions::Positions;
use crate::parts::{Builder, Linear};

/// `k = maps_n(sin(f ⊙ … sin(f ⊙ maps_0(z)))) ⊙ (e^(−t·|δ|) + 0.05)`, and the weight of the present
/// itself.
#[derive(Module, Debug)]
pub(super) struct Filter {
    bias: Param<Tensor<1>>,
    /// `[1, O]`; none where they are not trained.
    freq: Option<Param<Tensor<2>>>,
    maps: Vec<Linear>,
    #[module(skip)]
    positions: Arc<Positions>,
    #[module(skip)]
    frequency: f64,
    #[module(skip)]
    name: String,
}

/// What the filters of layers with the same constants read of the time.
pub(super) struct Read {
    positions: Arc<Positions>,
    features: Tensor<2>,
    windows: Tensor<2>,
}

impl Filter {
    pub(super) fn build(
        name: &str,
        config: &HyenaDnaConfig,
        before: Option<&Arc<Positions>>,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let (inputs, order) = (config.emb_dim, config.filter_order);
        let bias = builder.parameter(&format!("{name}.bias"), [config.d_model], Start::Zeros)?;
        let freq = if config.train_freq {
            Some(builder.parameter(&format!("{name}.freq"), [1, order], Start::Ones)?)
        } else {
            None
        };
        let mut maps = vec![builder.linear(&format!("{name}.maps.0"), [inputs, order])?];
        for inner in 1..=config.num_inner_mlps {
            maps.push(builder.linear(&format!("{name}.maps.{inner}"), [order, order])?);
        }
        let last = format!("{name}.maps.{}", maps.len());
        maps.push(builder.maybe_biased(&last, [order, config.d_model], false)?);
        Ok(Self {
            bias,
            freq,
            maps,
            positions: Positions::build(name, config, builder.source, before)?,
            frequency: config.activation_freq,
            name: name.to_string(),
        })
    }

    pub(super) fn positions(&self) -> &Arc<Positions> {
        &self.positions
    }

    /// The weight of the present, `[H]`.
    pub(super) fn bias(&self) -> Tensor<1> {
        self.bias.val()
    }

    /// The taps `[T, H]`; they do not depend on the input. `read` is what the filter before has
    /// read, and then this one.
    pub(super) fn taps(&self, time: usize, read: &mut Option<Read>, pass: &Pass) -> Tensor<2> {
        let device = self.bias().device().inner();
        let same = |read: &Read| Arc::ptr_eq(&read.positions, &self.positions);
        let here = match read.take().filter(same) {
            Some(read) => read,
            None => Read {
                positions: Arc::clone(&self.positions),
                features: self.positions.features(time, &device),
                windows: self.positions.windows(time, &device),
            },
        };
        let bias = self.bias();
        let mut a = beside(here.features.clone(), &bias);
        let windows = beside(here.windows.clone(), &bias);
        *read = Some(here);
        let frequencies = self.frequencies(&self.bias().device());
        for (index, map) in self.maps.iter().enumerate() {
            a = map.forward(a, pass);
            if index + 1 < self.maps.len() {
                a = sine(a, frequencies.clone());
            }
        }
        a * windows
    }

    fn frequencies(&self, device: &Device) -> Tensor<1> {
        match (&self.freq, self.maps[0].outputs()) {
            (Some(freq), outputs) => freq.val().reshape([outputs]),
            (None, outputs) => Tensor::full([outputs], self.frequency, device),
        }
    }

    pub(super) fn constants(&self, config: &HyenaDnaConfig) -> Vec<Constant> {
        self.positions.constants(&self.name, config)
    }
}
