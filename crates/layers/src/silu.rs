//! Softplus, and SiLU alone and as a gate.

use burn::tensor::Tensor;
use dissensus_kernels::activation::{
    silu_all, silu_backward, silu_gate as gate, silu_gate_backward, softplus_all, softplus_backward,
};

use crate::fused::{Array, Fused, apply, fusable};
use crate::plain;

/// `ln(1 + e^x)`, element by element.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::softplus;
/// let y = softplus(Tensor::<1>::from_data([0.0, 30.0], &Device::flex())).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [std::f32::consts::LN_2, 30.0]);
/// ```
#[must_use]
pub fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !fusable(&x) {
        return plain::softplus(x);
    }
    apply(Function::Softplus, [x.into()])
}

/// `SiLU(x) = x/(1 + e^−x)`, element by element.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::silu;
/// let y = silu(Tensor::<1>::from_data([0.0, 200.0], &Device::flex())).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [0.0, 200.0]);
/// ```
#[must_use]
pub fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !fusable(&x) {
        return plain::silu(x);
    }
    apply(Function::Silu, [x.into()])
}

/// A function of one element.
#[derive(Debug, Clone, Copy)]
enum Function {
    Softplus,
    Silu,
}

impl Fused<1> for Function {
    type Saved = Array;

    fn forward(&self, [x]: [Array; 1]) -> Array {
        let y = match self {
            Self::Softplus => softplus_all(x.slice()),
            Self::Silu => silu_all(x.slice()),
        };
        Array::new(y, x.shape())
    }

    fn forward_saving(&self, [x]: [Array; 1]) -> (Array, Array) {
        (self.forward([x.clone()]), x)
    }

    fn backward(&self, x: Array, g: Array, _: [bool; 1]) -> [Option<Array>; 1] {
        let gradient = match self {
            Self::Softplus => softplus_backward(x.slice(), g.slice()),
            Self::Silu => silu_backward(x.slice(), g.slice()),
        };
        [Some(Array::new(gradient, x.shape()))]
    }
}

/// `x ⊙ SiLU(z)`: [`gated()`](crate::gated()) where gates and values are two tensors.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::silu_gate;
/// let of = |x: [f32; 2]| Tensor::<1>::from_data(x, &Device::flex());
/// let y = silu_gate(of([3.0, 5.0]), of([100.0, 0.0])).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [300.0, 0.0]);
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
pub fn silu_gate<const D: usize>(x: Tensor<D>, z: Tensor<D>) -> Tensor<D> {
    assert_eq!(x.dims(), z.dims(), "gate: the shapes differ");
    if !(fusable(&x) && fusable(&z)) {
        return plain::silu_gate(x, z);
    }
    apply(SiluGate, [x.into(), z.into()])
}

/// The gate of two arrays.
#[derive(Debug)]
struct SiluGate;

impl Fused<2> for SiluGate {
    type Saved = [Array; 2];

    fn forward(&self, [x, z]: [Array; 2]) -> Array {
        Array::new(gate(x.slice(), z.slice()), x.shape())
    }

    fn forward_saving(&self, inputs: [Array; 2]) -> (Array, [Array; 2]) {
        (self.forward(inputs.clone()), inputs)
    }

    fn backward(&self, [x, z]: [Array; 2], g: Array, _: [bool; 2]) -> [Option<Array>; 2] {
        let (to_x, to_z) = silu_gate_backward(x.slice(), z.slice(), g.slice());
        let shape = x.shape();
        [
            Some(Array::new(to_x, shape.clone())),
            Some(Array::new(to_z, shape)),
        ]
    }
}
