//! Linear maps, with bias and GELU in the same pass.

use burn::tensor::Tensor;

use crate::fused::{Array, Fused, apply, fusable};
use crate::kernel::elementwise::{
    add_bias, add_bias_gelu, add_bias_gelu_in_place, column_sums, gelu_all, gelu_backward,
    gelu_backward_in_place,
};
use crate::kernel::product::{Matrix, Threads, Update, product, product_into, stacked};
use crate::{Rows, Seen, Tapped, WeightLayout, plain};

/// `y = x·W + b`.
///
/// # Shapes
/// `x` `[…, inputs]`, `weight` `[inputs, outputs]` (as burn stores it), `bias` `[outputs]`, `y` `[…, outputs]`.
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
    tap: Option<Tapped>,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&weight) && fusable(&bias)) {
        return plain::linear(x, weight, bias);
    }
    let op = Linear::new(
        x.dims(),
        weight.dims(),
        WeightLayout::InputsByOutputs,
        false,
        tap,
    );
    apply(op, [x.into(), weight.into(), bias.into()])
}

/// `y = GELU(x·W + b)` with the exact `GELU(z) = z·Φ(z) = ½·z·(1 + erf(z/√2))`.
///
/// # Shapes
/// As [`linear`]. The tap sees the linear map: output gradients before the GELU.
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
    tap: Option<Tapped>,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&weight) && fusable(&bias)) {
        return plain::linear_gelu(x, weight, bias);
    }
    let op = Linear::new(
        x.dims(),
        weight.dims(),
        WeightLayout::InputsByOutputs,
        true,
        tap,
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
    tap: Option<Tapped>,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&table) && fusable(&bias)) {
        return plain::decoder(x, table, bias);
    }
    let op = Linear::new(
        x.dims(),
        table.dims(),
        WeightLayout::OutputsByInputs,
        false,
        tap,
    );
    apply(op, [x.into(), table.into(), bias.into()])
}

/// A weight `[inputs, outputs]`, its bias `[outputs]` and, if wanted, the observer of the operation.
#[derive(Debug, Clone)]
pub struct Affine {
    /// `[inputs, outputs]`.
    pub weight: Tensor<2>,
    /// `[outputs]`.
    pub bias: Tensor<1>,
    /// Who watches.
    pub tap: Option<Tapped>,
}

/// Queries, keys and values in one pass: plane `i` of the result is `x·Wᵢ + bᵢ`.
///
/// # Shapes
/// `x` `[batch, time, width]`, each weight `[width, width]`, result `[3, batch, time, width]`, which
/// [`crate::attention`] takes as it is.
///
/// # Panics
/// If the shapes do not fit.
pub fn qkv(x: Tensor<3>, query: Affine, key: Affine, value: Affine) -> Tensor<4> {
    let parts = [query, key, value];
    if !(fusable(&x) && parts.iter().all(|a| fusable(&a.weight) && fusable(&a.bias))) {
        let [query, key, value] = parts;
        return plain::qkv(x, query, key, value);
    }
    let planes = parts.each_ref().map(|a| {
        let layout = WeightLayout::InputsByOutputs;
        Linear::new(x.dims(), a.weight.dims(), layout, false, a.tap.clone())
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
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !fusable(&x) {
        return plain::gelu(x);
    }
    apply(Gelu, [x.into()])
}

/// One linear map: sizes, options, observer.
#[derive(Debug)]
struct Linear {
    /// Shape of `x`, the last axis apart.
    outer: Vec<usize>,
    rows: Rows,
    fan_in: usize,
    fan_out: usize,
    layout: WeightLayout,
    gelu: bool,
    tap: Option<Tapped>,
}

impl Linear {
    fn new<const D: usize>(
        x: [usize; D],
        weight: [usize; 2],
        layout: WeightLayout,
        gelu: bool,
        tap: Option<Tapped>,
    ) -> Self {
        let [fan_in, fan_out] = match layout {
            WeightLayout::InputsByOutputs => weight,
            WeightLayout::OutputsByInputs => [weight[1], weight[0]],
        };
        assert_eq!(
            x[D - 1],
            fan_in,
            "linear: the width of the input is not that of the weight"
        );
        Self {
            outer: x[..D - 1].to_vec(),
            rows: Rows::of(x),
            fan_in,
            fan_out,
            layout,
            gelu,
            tap,
        }
    }

    fn output_shape(&self) -> Vec<usize> {
        let mut shape = self.outer.clone();
        shape.push(self.fan_out);
        shape
    }

    fn inputs<'a>(&self, x: &'a [f32]) -> Matrix<'a> {
        Matrix::row_major(x, self.rows.count(), self.fan_in)
    }

    fn outputs<'a>(&self, y: &'a [f32]) -> Matrix<'a> {
        Matrix::row_major(y, self.rows.count(), self.fan_out)
    }

    /// The weight as `[inputs, outputs]`.
    fn weight<'a>(&self, weight: &'a [f32]) -> Matrix<'a> {
        match self.layout {
            WeightLayout::InputsByOutputs => Matrix::row_major(weight, self.fan_in, self.fan_out),
            WeightLayout::OutputsByInputs => {
                Matrix::row_major(weight, self.fan_out, self.fan_in).transposed()
            }
        }
    }

    fn product(&self, x: &[f32], weight: &[f32]) -> Vec<f32> {
        product(self.inputs(x), self.weight(weight), Threads::All)
    }

    fn weight_gradient(&self, x: &[f32], g: &[f32]) -> Array {
        match self.layout {
            WeightLayout::InputsByOutputs => {
                let data = product(self.inputs(x).transposed(), self.outputs(g), Threads::All);
                Array::new(data, [self.fan_in, self.fan_out])
            }
            WeightLayout::OutputsByInputs => {
                let data = product(self.outputs(g).transposed(), self.inputs(x), Threads::All);
                Array::new(data, [self.fan_out, self.fan_in])
            }
        }
    }

    /// Shows the observer what this map saw; whether the parameters want gradients of their own.
    fn report(&self, inputs: &[f32], output_gradients: &[f32]) -> bool {
        let Some(Tapped { name, tap }) = &self.tap else {
            return true;
        };
        let seen = Seen::Linear {
            inputs,
            output_gradients,
            rows: self.rows,
            fan_in: self.fan_in,
            fan_out: self.fan_out,
            layout: self.layout,
        };
        tap.seen(name, seen);
        tap.wants_parameter_gradients()
    }

    /// Gradients of weight and bias, where wanted.
    fn parameter_gradients(&self, x: &[f32], g: &[f32], wanted: [bool; 2]) -> [Option<Array>; 2] {
        let own = self.report(x, g);
        [
            (own && wanted[0]).then(|| self.weight_gradient(x, g)),
            (own && wanted[1]).then(|| Array::new(column_sums(g, self.fan_out), [self.fan_out])),
        ]
    }
}

/// Inputs, weight and, with GELU, the values before it.
#[derive(Debug, Clone)]
struct LinearSaved {
    x: Array,
    weight: Array,
    before: Option<Array>,
}

impl Fused<3> for Linear {
    type Saved = LinearSaved;

    fn forward(&self, [x, weight, bias]: [Array; 3]) -> Array {
        let mut y = self.product(x.slice(), weight.slice());
        if self.gelu {
            add_bias_gelu_in_place(&mut y, bias.slice());
        } else {
            add_bias(&mut y, bias.slice());
        }
        Array::new(y, self.output_shape())
    }

    fn forward_saving(&self, [x, weight, bias]: [Array; 3]) -> (Array, LinearSaved) {
        let mut z = self.product(x.slice(), weight.slice());
        let (y, before) = if self.gelu {
            let y = add_bias_gelu(&mut z, bias.slice());
            (y, Some(Array::new(z, self.output_shape())))
        } else {
            add_bias(&mut z, bias.slice());
            (z, None)
        };
        (
            Array::new(y, self.output_shape()),
            LinearSaved { x, weight, before },
        )
    }

    fn backward(&self, saved: LinearSaved, mut g: Array, wanted: [bool; 3]) -> [Option<Array>; 3] {
        if let Some(before) = saved.before {
            match g.unique() {
                Some(g) => gelu_backward_in_place(before.slice(), g),
                None => g = Array::new(gelu_backward(before.slice(), g.slice()), g.shape()),
            }
        }
        let [weight, bias] =
            self.parameter_gradients(saved.x.slice(), g.slice(), [wanted[1], wanted[2]]);
        let input = wanted[0].then(|| {
            let weight = self.weight(saved.weight.slice()).transposed();
            Array::new(
                product(self.outputs(g.slice()), weight, Threads::All),
                saved.x.shape(),
            )
        });
        [input, weight, bias]
    }
}

/// Three linear maps of one input, their outputs stacked.
#[derive(Debug)]
struct Planes {
    planes: [Linear; 3],
}

impl Planes {
    fn outputs(&self, inputs: &[Array; 7]) -> Array {
        let pair = |i: usize| {
            let linear = &self.planes[i];
            (
                linear.inputs(inputs[0].slice()),
                linear.weight(inputs[1 + 2 * i].slice()),
            )
        };
        let mut stacked = stacked([pair(0), pair(1), pair(2)]);
        let plane = stacked.len() / 3;
        for (i, y) in stacked.chunks_exact_mut(plane.max(1)).enumerate() {
            add_bias(y, inputs[2 + 2 * i].slice());
        }
        let mut shape = self.planes[0].output_shape();
        shape.insert(0, 3);
        Array::new(stacked, shape)
    }
}

impl Fused<7> for Planes {
    type Saved = (Array, [Array; 3]);

    fn forward(&self, inputs: [Array; 7]) -> Array {
        self.outputs(&inputs)
    }

    fn forward_saving(&self, inputs: [Array; 7]) -> (Array, Self::Saved) {
        let outputs = self.outputs(&inputs);
        let [x, query, _, key, _, value, _] = inputs;
        (outputs, (x, [query, key, value]))
    }

    fn backward(
        &self,
        (x, weights): Self::Saved,
        g: Array,
        wanted: [bool; 7],
    ) -> [Option<Array>; 7] {
        let mut gradients = [const { None }; 7];
        let plane = g.slice().len() / 3;
        let mut input = Vec::new();
        for (i, (linear, weight)) in self.planes.iter().zip(&weights).enumerate() {
            let g = &g.slice()[i * plane..][..plane];
            let wanted_here = [wanted[1 + 2 * i], wanted[2 + 2 * i]];
            let [weight_gradient, bias_gradient] =
                linear.parameter_gradients(x.slice(), g, wanted_here);
            gradients[1 + 2 * i] = weight_gradient;
            gradients[2 + 2 * i] = bias_gradient;
            let (g, weight) = (
                linear.outputs(g),
                linear.weight(weight.slice()).transposed(),
            );
            if wanted[0] && i == 0 {
                input = product(g, weight, Threads::All);
            } else if wanted[0] {
                product_into(
                    &mut input,
                    linear.fan_in,
                    g,
                    weight,
                    Update::Add,
                    Threads::All,
                );
            }
        }
        gradients[0] = wanted[0].then(|| Array::new(input, x.shape()));
        gradients
    }
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
