//! Three linear maps of one input as a fused operation.

use super::map::Linear;
use crate::fused::{Array, Fused};
use crate::kernel::elementwise::add_bias;
use crate::kernel::product::{Threads, Update, product, product_into, stacked};

/// Three linear maps of one input, their outputs stacked.
#[derive(Debug)]
pub(super) struct Planes {
    pub(super) planes: [Linear; 3],
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
