//! Parameters on their way from a source into modules.

use burn::module::Param;
use burn::tensor::{Device, Tensor};
use dissensus_lm::{Error, ParameterSource, Start, parameter};

use super::{LayerNorm, Linear, Table};

/// Where the parameters of a model come from, and where they go.
pub(crate) struct Builder<'a> {
    pub(crate) source: &'a mut dyn ParameterSource,
    pub(crate) device: &'a Device,
}

impl Builder<'_> {
    pub(crate) fn parameter<const D: usize>(
        &mut self,
        name: &str,
        shape: [usize; D],
        start: Start,
    ) -> Result<Param<Tensor<D>>, Error> {
        parameter(self.source, name, shape, start, self.device)
    }

    /// `x·W + b` from `[inputs, outputs]`.
    pub(crate) fn linear(&mut self, name: &str, shape: [usize; 2]) -> Result<Linear, Error> {
        self.maybe_biased(name, shape, true)
    }

    /// `x·W + b`, or `x·W`.
    pub(crate) fn maybe_biased(
        &mut self,
        name: &str,
        shape: [usize; 2],
        has_bias: bool,
    ) -> Result<Linear, Error> {
        let weight = self.parameter(&format!("{name}.weight"), shape, Start::Gaussian)?;
        let bias = if has_bias {
            Some(self.parameter(&format!("{name}.bias"), [shape[1]], Start::Zeros)?)
        } else {
            None
        };
        Ok(Linear::new(weight, bias, name))
    }

    pub(crate) fn norm(
        &mut self,
        name: &str,
        width: usize,
        epsilon: f64,
    ) -> Result<LayerNorm, Error> {
        let weight = self.parameter(&format!("{name}.weight"), [width], Start::Ones)?;
        let bias = self.parameter(&format!("{name}.bias"), [width], Start::Zeros)?;
        Ok(LayerNorm::new(weight, bias, epsilon, name))
    }

    pub(crate) fn table(
        &mut self,
        name: &str,
        shape: [usize; 2],
        start: Start,
    ) -> Result<Table, Error> {
        let weight = self.parameter(&format!("{name}.weight"), shape, start)?;
        Ok(Table::new(weight, name))
    }
}
