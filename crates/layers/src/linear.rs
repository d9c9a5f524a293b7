//! Linear maps, with bias and GELU in the same pass.

mod map;
mod planes;

use burn::tensor::Tensor;

use crate::fused::{Array, Fused, apply, fusable};
use crate::{Mode, WeightLayout, plain};
use dissensus_kernels::elementwise::{gelu_all, gelu_backward};
use map::Linear;
use planes::Planes;

/// `y = x·W + b`.
///
/// # Shapes
/// `x` `[…, inputs]`, `weight` `[inputs, outputs]` (as burn stores it), `bias` `[outputs]`, `y`
/// `[…, outputs]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::linear;
/// let device = Device::flex();
/// let x = Tensor::<2>::from_data([[1.0, 2.0]], &device);
/// let weight = Tensor::<2>::from_data([[1.0, 0.0, 3.0], [0.0, 1.0, 4.0]], &device);
/// let bias = Tensor::<1>::from_data([10.0, 20.0, 30.0], &device);
/// let y = linear(x, weight, bias, None).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [11.0, 22.0, 41.0]);
/// ```
///
/// # Panics
/// If the shapes do not fit.
pub fn linear<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    mode: impl Into<Mode>,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&weight) && fusable(&bias)) {
        return plain::linear(x, weight, bias);
    }
    let op = Linear::new(
        x.dims(),
        weight.dims(),
        WeightLayout::InputsByOutputs,
        false,
        mode.into(),
    );
    apply(op, [x.into(), weight.into(), bias.into()])
}

/// `y = x·W`: [`linear`] without a bias, so that an observer sees none either.
///
/// # Shapes
/// `x` `[…, inputs]`, `weight` `[inputs, outputs]`, `y` `[…, outputs]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn linear_without_bias<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    mode: impl Into<Mode>,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&weight)) {
        return plain::linear_without_bias(x, weight);
    }
    let layout = WeightLayout::InputsByOutputs;
    let op = Linear::new(x.dims(), weight.dims(), layout, false, mode.into()).without_bias();
    apply(op, [x.into(), weight.into()])
}

/// `y = GELU(x·W + b)` with the exact `GELU(z) = z·Φ(z) = ½·z·(1 + erf(z/√2))`.
///
/// # Shapes
/// As [`linear`]. The hook sees the linear map: output gradients before the GELU.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::linear_gelu;
/// let device = Device::flex();
/// let one = Tensor::<2>::from_data([[1.0]], &device);
/// let y = linear_gelu(one.clone(), one, Tensor::<1>::zeros([1], &device), None);
/// assert!((y.into_scalar::<f32>() - 0.841_344_7).abs() < 1e-6); // Φ(1)
/// ```
///
/// # Panics
/// If the shapes do not fit.
pub fn linear_gelu<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    mode: impl Into<Mode>,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&weight) && fusable(&bias)) {
        return plain::linear_gelu(x, weight, bias);
    }
    let op = Linear::new(
        x.dims(),
        weight.dims(),
        WeightLayout::InputsByOutputs,
        true,
        mode.into(),
    );
    apply(op, [x.into(), weight.into(), bias.into()])
}

/// `y = x·Eᵀ + b`: the output layer over a table with one row per output, tied or not.
///
/// # Shapes
/// `x` `[…, width]`, `table` `[entries, width]`, `bias` `[entries]`, `y` `[…, entries]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn decoder<const D: usize>(
    x: Tensor<D>,
    table: Tensor<2>,
    bias: Tensor<1>,
    mode: impl Into<Mode>,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&table) && fusable(&bias)) {
        return plain::decoder(x, table, bias);
    }
    let op = Linear::new(
        x.dims(),
        table.dims(),
        WeightLayout::OutputsByInputs,
        false,
        mode.into(),
    );
    apply(op, [x.into(), table.into(), bias.into()])
}

/// A weight `[inputs, outputs]`, its bias `[outputs]` and how the map runs.
#[derive(Debug, Clone)]
pub struct Affine {
    /// `[inputs, outputs]`.
    pub weight: Tensor<2>,
    /// `[outputs]`.
    pub bias: Tensor<1>,
    /// Observer and precision.
    pub mode: Mode,
}

/// Queries, keys and values in one pass: plane `i` of the result is `x·Wᵢ + bᵢ`.
///
/// # Shapes
/// `x` `[batch, time, width]`, each weight `[width, width]`, result `[3, batch, time, width]`,
/// which [`crate::attention`] takes as it is.
///
/// # Panics
/// If the shapes do not fit.
#[must_use]
pub fn qkv(x: Tensor<3>, query: Affine, key: Affine, value: Affine) -> Tensor<4> {
    let parts = [query, key, value];
    if !(fusable(&x) && parts.iter().all(|a| fusable(&a.weight) && fusable(&a.bias))) {
        let [query, key, value] = parts;
        return plain::qkv(x, query, key, value);
    }
    let planes = parts.each_ref().map(|a| {
        let layout = WeightLayout::InputsByOutputs;
        Linear::new(x.dims(), a.weight.dims(), layout, false, a.mode.clone())
    });
    let [q, k, v] = parts;
    let op = Planes { planes };
    let inputs = [
        x.into(),
        q.weight.into(),
        q.bias.into(),
        k.weight.into(),
        k.bias.into(),
        v.weight.into(),
        v.bias.into(),
    ];
    apply(op, inputs)
}

/// `GELU(x) = ½·x·(1 + erf(x/√2))`, exactly, element by element.
#[must_use]
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !fusable(&x) {
        return plain::gelu(x);
    }
    apply(Gelu, [x.into()])
}

/// GELU alone.
#[derive(Debug)]
struct Gelu;

impl Fused<1> for Gelu {
    type Saved = Array;

    fn forward(&self, [x]: [Array; 1]) -> Array {
        Array::new(gelu_all(x.slice()), x.shape())
    }

    fn forward_saving(&self, [x]: [Array; 1]) -> (Array, Array) {
        (self.forward([x.clone()]), x)
    }

    fn backward(&self, x: Array, g: Array, _: [bool; 1]) -> [Option<Array>; 1] {
        [Some(Array::new(
            gelu_backward(x.slice(), g.slice()),
            x.shape(),
        ))]
    }
}
