//! Three linear maps of one input as a fused operation.

use super::map::Linear;
use crate::fused::{Array, Fused};
use dissensus_kernels::affine::affine;
use dissensus_kernels::product::sum_of_products;

/// Three linear maps of one input, their outputs stacked.
#[derive(Debug)]
pub(super) struct Planes {
    pub(super) planes: [Linear; 3],
}

impl Planes {
    fn outputs(&self, inputs: &[Array; 7]) -> Array {
        let map = |i: usize| {
            let weight = self.planes[i].weight(inputs[1 + 2 * i].slice());
            (weight, inputs[2 + 2 * i].slice())
        };
        let x = self.planes[0].inputs(inputs[0].slice());
        let stacked = affine(x, [map(0), map(1), map(2)]);
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
        for (i, linear) in self.planes.iter().enumerate() {
            let g = &g.slice()[i * plane..][..plane];
            let wanted_here = [wanted[1 + 2 * i], wanted[2 + 2 * i]];
            let [weight_gradient, bias_gradient] =
                linear.parameter_gradients(x.slice(), g, wanted_here);
            gradients[1 + 2 * i] = weight_gradient;
            gradients[2 + 2 * i] = bias_gradient;
        }
        let term = |i: usize| {
            let linear = &self.planes[i];
            (
                linear.outputs(&g.slice()[i * plane..][..plane]),
                linear.weight(weights[i].slice()).transposed(),
            )
        };
        gradients[0] =
            wanted[0].then(|| Array::new(sum_of_products(&[term(0), term(1), term(2)]), x.shape()));
        gradients
    }
}
