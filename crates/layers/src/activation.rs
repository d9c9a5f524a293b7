//! Functions of single elements that some models have in place of GELU.

use burn::tensor::Tensor;
use dissensus_kernels::elementwise as kernel;

use crate::fused::{Array, Fused, apply, fusable};
use crate::plain;

/// `½x(1 + tanh(√(2/π)·(x + 0.044715·x³)))`: the approximation of GELU that GPT-2 and HyenaDNA are
/// trained with.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::gelu_tanh;
/// let y = gelu_tanh(Tensor::<1>::from_data([1.0], &Device::flex()));
/// assert!((y.into_scalar::<f32>() - 0.841_192).abs() < 1e-6); // 0.841345 is the exact one
/// ```
#[must_use]
pub fn gelu_tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !fusable(&x) {
        return plain::gelu_tanh(x);
    }
    apply(GeluTanh, [x.into()])
}

/// `sin(f ⊙ x)`, a frequency for each column.
///
/// # Shapes
/// `x` `[rows, width]`, `frequencies` `[width]`.
///
/// # Panics
/// If the shapes do not fit.
#[must_use]
pub fn sine(x: Tensor<2>, frequencies: Tensor<1>) -> Tensor<2> {
    assert_eq!(
        x.dims()[1..],
        frequencies.dims(),
        "sine: expected a frequency a column"
    );
    if !(fusable(&x) && fusable(&frequencies)) {
        return plain::sine(x, frequencies);
    }
    apply(Sine, [x.into(), frequencies.into()])
}

#[derive(Debug)]
struct GeluTanh;

impl Fused<1> for GeluTanh {
    type Saved = Array;

    fn forward(&self, [x]: [Array; 1]) -> Array {
        Array::new(kernel::gelu_tanh_all(x.slice()), x.shape())
    }

    fn forward_saving(&self, [x]: [Array; 1]) -> (Array, Array) {
        (self.forward([x.clone()]), x)
    }

    fn backward(&self, x: Array, g: Array, _: [bool; 1]) -> [Option<Array>; 1] {
        let gradient = kernel::gelu_tanh_backward(x.slice(), g.slice());
        [Some(Array::new(gradient, x.shape()))]
    }
}

#[derive(Debug)]
struct Sine;

impl Fused<2> for Sine {
    type Saved = [Array; 2];

    fn forward(&self, [x, frequencies]: [Array; 2]) -> Array {
        Array::new(kernel::sine(x.slice(), frequencies.slice()), x.shape())
    }

    fn forward_saving(&self, inputs: [Array; 2]) -> (Array, [Array; 2]) {
        (self.forward(inputs.clone()), inputs)
    }

    fn backward(&self, [x, frequencies]: [Array; 2], g: Array, _: [bool; 2]) -> [Option<Array>; 2] {
        let (to_x, to_frequencies) =
            kernel::sine_backward(x.slice(), frequencies.slice(), g.slice());
        [
            Some(Array::new(to_x, x.shape())),
            Some(Array::new(to_frequencies, frequencies.shape())),
        ]
    }
}
