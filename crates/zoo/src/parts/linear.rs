//! A linear map's parameters.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use dissensus_layers::{Affine, linear, linear_gelu, linear_without_bias};
use dissensus_lm::Pass;

/// `y = x·W + b`, or `x·W`.
#[derive(Module, Debug)]
pub(crate) struct Linear {
    /// `[inputs, outputs]`.
    weight: Param<Tensor<2>>,
    /// `[outputs]`.
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    name: String,
}

impl Linear {
    pub(super) fn new(
        weight: Param<Tensor<2>>,
        bias: Option<Param<Tensor<1>>>,
        name: &str,
    ) -> Self {
        let name = name.to_string();
        Self { weight, bias, name }
    }

    /// Width of the result.
    pub(crate) fn outputs(&self) -> usize {
        self.weight.dims()[1]
    }

    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>, pass: &Pass) -> Tensor<D> {
        let mode = pass.mode(&self.name);
        match &self.bias {
            Some(bias) => linear(x, self.weight.val(), bias.val(), mode),
            None => linear_without_bias(x, self.weight.val(), mode),
        }
    }

    pub(crate) fn forward_gelu<const D: usize>(&self, x: Tensor<D>, pass: &Pass) -> Tensor<D> {
        let Affine { weight, bias, mode } = self.affine(pass);
        linear_gelu(x, weight, bias, mode)
    }

    /// The parameters for an operation over several maps at once; a map without a bias has one of
    /// zeros.
    pub(crate) fn affine(&self, pass: &Pass) -> Affine {
        let weight = self.weight.val();
        let bias = match &self.bias {
            Some(bias) => bias.val(),
            None => Tensor::zeros([weight.dims()[1]], &weight.device()),
        };
        Affine {
            weight,
            bias,
            mode: pass.mode(&self.name),
        }
    }
}

/// What published code calls a linear map that is a module of its own.
#[derive(Module, Debug)]
pub(crate) struct Dense {
    pub(crate) dense: Linear,
}
