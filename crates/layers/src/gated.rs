//! Gated units.

use burn::tensor::Tensor;
pub use dissensus_kernels::gated::Gate;
use dissensus_kernels::gated::{gated as forward, gated_backward};

use crate::fused::{Array, Fused, apply, fusable};
use crate::plain;

/// `f(gate) ⊙ value`, the gates being the first half of the last axis and the values the second:
/// the middle of a gated feed-forward network (GEGLU, SwiGLU).
///
/// # Shapes
/// `x` `[…, 2·width]`, result `[…, width]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Gate, gated};
/// let x = Tensor::<2>::from_data([[0.0, 100.0, 7.0, 3.0]], &Device::flex());
/// let y = gated(x, Gate::Gelu).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [0.0, 300.0]);
/// ```
///
/// # Panics
/// If the last axis is odd.
#[must_use]
pub fn gated<const D: usize>(x: Tensor<D>, gate: Gate) -> Tensor<D> {
    let whole = x.dims()[D - 1];
    assert!(
        whole > 0 && whole.is_multiple_of(2),
        "gated: a last axis of {whole} has no halves"
    );
    if !fusable(&x) {
        return plain::gated(x, gate);
    }
    let mut shape = x.dims().to_vec();
    shape[D - 1] = whole / 2;
    apply(Gated { gate, shape }, [x.into()])
}

/// A gated unit whose result has this shape.
#[derive(Debug)]
struct Gated {
    gate: Gate,
    shape: Vec<usize>,
}

impl Gated {
    fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or_default()
    }
}

impl Fused<1> for Gated {
    type Saved = Array;

    fn forward(&self, [x]: [Array; 1]) -> Array {
        let y = forward(x.slice(), self.width(), self.gate);
        Array::new(y, self.shape.clone())
    }

    fn forward_saving(&self, [x]: [Array; 1]) -> (Array, Array) {
        (self.forward([x.clone()]), x)
    }

    fn backward(&self, x: Array, g: Array, _: [bool; 1]) -> [Option<Array>; 1] {
        let gradient = gated_backward(x.slice(), g.slice(), self.width(), self.gate);
        [Some(Array::new(gradient, x.shape()))]
    }
}
