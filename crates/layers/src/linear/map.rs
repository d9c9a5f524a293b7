//! One linear map as a fused operation.

use crate::fused::{Array, Fused};
use crate::{Hooked, Mode, Rows, Seen, WeightLayout};
use dissensus_kernels::affine::{Map, affine, affine_gelu, affine_gelu_saving};
use dissensus_kernels::elementwise::{column_sums, gelu_backward, gelu_backward_in_place};
use dissensus_kernels::product::{Matrix, Threads, product};

/// One linear map: sizes, options, observer.
#[derive(Debug)]
pub(crate) struct Linear {
    /// Shape of `x`, the last axis apart.
    outer: Vec<usize>,
    pub(super) rows: Rows,
    pub(super) fan_in: usize,
    pub(super) fan_out: usize,
    layout: WeightLayout,
    gelu: bool,
    has_bias: bool,
    mode: Mode,
}

impl Linear {
    pub(super) fn new<const D: usize>(
        x: [usize; D],
        weight: [usize; 2],
        layout: WeightLayout,
        gelu: bool,
        mode: Mode,
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
            has_bias: true,
            mode,
        }
    }

    /// The same map, whose observer is told that it has no bias.
    pub(super) fn without_bias(self) -> Self {
        Self {
            has_bias: false,
            ..self
        }
    }

    pub(super) fn output_shape(&self) -> Vec<usize> {
        let mut shape = self.outer.clone();
        shape.push(self.fan_out);
        shape
    }

    pub(super) fn inputs<'a>(&self, x: &'a [f32]) -> Matrix<'a> {
        Matrix::row_major(x, self.rows.count(), self.fan_in).at(self.mode.precision)
    }

    pub(super) fn outputs<'a>(&self, y: &'a [f32]) -> Matrix<'a> {
        Matrix::row_major(y, self.rows.count(), self.fan_out).at(self.mode.precision)
    }

    /// The weight as `[inputs, outputs]`.
    pub(super) fn weight<'a>(&self, weight: &'a [f32]) -> Matrix<'a> {
        let weight = match self.layout {
            WeightLayout::InputsByOutputs => Matrix::row_major(weight, self.fan_in, self.fan_out),
            WeightLayout::OutputsByInputs => {
                Matrix::row_major(weight, self.fan_out, self.fan_in).transposed()
            }
        };
        weight.at(self.mode.precision)
    }

    fn operands<'a>(
        &self,
        x: &'a Array,
        weight: &'a Array,
        bias: &'a Array,
    ) -> (Matrix<'a>, Map<'a>) {
        let map = (self.weight(weight.slice()), bias.slice());
        (self.inputs(x.slice()), map)
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
        let Some(Hooked { name, hook }) = &self.mode.hook else {
            return true;
        };
        let seen = Seen::Linear {
            inputs,
            output_gradients,
            rows: self.rows,
            fan_in: self.fan_in,
            fan_out: self.fan_out,
            layout: self.layout,
            has_bias: self.has_bias,
        };
        hook.seen(name, seen);
        hook.wants_parameter_gradients()
    }

    /// Gradients of weight and bias, where wanted.
    pub(super) fn parameter_gradients(
        &self,
        x: &[f32],
        g: &[f32],
        wanted: [bool; 2],
    ) -> [Option<Array>; 2] {
        let own = self.report(x, g);
        [
            (own && wanted[0]).then(|| self.weight_gradient(x, g)),
            (own && wanted[1]).then(|| Array::new(column_sums(g, self.fan_out), [self.fan_out])),
        ]
    }
}

/// Inputs, weight and, with GELU, the values before it.
#[derive(Debug, Clone)]
pub(crate) struct LinearSaved {
    x: Array,
    weight: Array,
    before: Option<Array>,
}

impl Fused<3> for Linear {
    type Saved = LinearSaved;

    fn forward(&self, [x, weight, bias]: [Array; 3]) -> Array {
        let (x, map) = self.operands(&x, &weight, &bias);
        let y = if self.gelu {
            affine_gelu(x, map)
        } else {
            affine(x, [map])
        };
        Array::new(y, self.output_shape())
    }

    fn forward_saving(&self, [x, weight, bias]: [Array; 3]) -> (Array, LinearSaved) {
        let (inputs, map) = self.operands(&x, &weight, &bias);
        let (y, before) = if self.gelu {
            let (z, y) = affine_gelu_saving(inputs, map);
            (y, Some(Array::new(z, self.output_shape())))
        } else {
            (affine(inputs, [map]), None)
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

/// Without a bias.
impl Fused<2> for Linear {
    type Saved = LinearSaved;

    fn forward(&self, [x, weight]: [Array; 2]) -> Array {
        let bias = Array::new(vec![0.0; self.fan_out], [self.fan_out]);
        Fused::<3>::forward(self, [x, weight, bias])
    }

    fn forward_saving(&self, [x, weight]: [Array; 2]) -> (Array, LinearSaved) {
        let bias = Array::new(vec![0.0; self.fan_out], [self.fan_out]);
        Fused::<3>::forward_saving(self, [x, weight, bias])
    }

    fn backward(&self, saved: LinearSaved, g: Array, [x, w]: [bool; 2]) -> [Option<Array>; 2] {
        let [x, weight, _] = Fused::<3>::backward(self, saved, g, [x, w, false]);
        [x, weight]
    }
}
