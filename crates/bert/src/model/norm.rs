//! A layer norm's parameters.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use dissensus_layers::Norm;
use dissensus_lm::{Error, ParameterSource, Pass, Start, parameter};

use crate::{Config, NormPlacement};

/// `y = weight·x̂ + bias`.
#[derive(Module, Debug)]
pub(crate) struct LayerNorm {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
    #[module(skip)]
    name: String,
}

impl LayerNorm {
    /// The norm of a place, if the norms stand there.
    pub(crate) fn where_placed(
        place: NormPlacement,
        name: impl FnOnce() -> String,
        config: &Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Option<Self>, Error> {
        if config.norm() == place {
            Self::build(name(), config, source, device).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(crate) fn build(
        name: String,
        config: &Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let shape = [config.hidden_size];
        let weight = parameter(
            source,
            &format!("{name}.weight"),
            shape,
            Start::Ones,
            device,
        )?;
        let bias = parameter(source, &format!("{name}.bias"), shape, Start::Zeros, device)?;
        Ok(Self {
            weight,
            bias,
            epsilon: config.layer_norm_eps,
            name,
        })
    }

    pub(crate) fn norm(&self, pass: &Pass) -> Norm {
        Norm {
            gamma: self.weight.val(),
            beta: self.bias.val(),
            epsilon: self.epsilon,
            hook: pass.hooked(&self.name),
        }
    }
}
