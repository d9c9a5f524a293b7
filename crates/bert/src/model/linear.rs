//! A linear map's parameters.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use dissensus_layers::{Affine, linear, linear_gelu};
use dissensus_lm::{Error, ParameterSource, Pass, Start, parameter};

/// `y = x·W + b`.
#[derive(Module, Debug)]
pub(crate) struct Linear {
    /// `[inputs, outputs]`.
    weight: Param<Tensor<2>>,
    /// `[outputs]`.
    bias: Param<Tensor<1>>,
    #[module(skip)]
    name: String,
}

impl Linear {
    pub(crate) fn build(
        name: String,
        shape: [usize; 2],
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let weight = parameter(
            source,
            &format!("{name}.weight"),
            shape,
            Start::Gaussian,
            device,
        )?;
        let bias = parameter(
            source,
            &format!("{name}.bias"),
            [shape[1]],
            Start::Zeros,
            device,
        )?;
        Ok(Self { weight, bias, name })
    }

    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>, pass: &Pass) -> Tensor<D> {
        linear(x, self.weight.val(), self.bias.val(), pass.mode(&self.name))
    }

    pub(crate) fn forward_gelu<const D: usize>(&self, x: Tensor<D>, pass: &Pass) -> Tensor<D> {
        linear_gelu(x, self.weight.val(), self.bias.val(), pass.mode(&self.name))
    }

    /// The parameters for an operation over several maps at once.
    pub(crate) fn affine(&self, pass: &Pass) -> Affine {
        Affine {
            weight: self.weight.val(),
            bias: self.bias.val(),
            mode: pass.mode(&self.name),
        }
    }
}
