//! A layer norm's parameters.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use dissensus_layers::{Norm, layer_norm};
use dissensus_lm::Pass;

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
    pub(super) fn new(
        weight: Param<Tensor<1>>,
        bias: Param<Tensor<1>>,
        epsilon: f64,
        name: &str,
    ) -> Self {
        Self {
            weight,
            bias,
            epsilon,
            name: name.to_string(),
        }
    }

    pub(crate) fn norm(&self, pass: &Pass) -> Norm {
        Norm {
            gamma: self.weight.val(),
            beta: self.bias.val(),
            epsilon: self.epsilon,
            hook: pass.hooked(&self.name),
        }
    }

    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>, pass: &Pass) -> Tensor<D> {
        layer_norm(x, self.norm(pass))
    }
}
