//! RMS norm.

use burn::tensor::Tensor;
use dissensus_kernels::rms::RmsNorm;

use crate::fused::{Array, Fused, apply, fusable};
use crate::plain;

/// `y = γ ⊙ x/√(mean(x²) + ε)` over the last axis.
///
/// No observer sees it.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::rms_norm;
/// let x = Tensor::<2>::from_data([[7.0, 1.0]], &Device::flex());
/// let y = rms_norm(x, Tensor::from_data([1.0, 10.0], &Device::flex()), 0.0).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [1.4, 2.0]); // √25
/// ```
///
/// # Panics
/// If the width of `x` is not that of `γ`.
#[must_use]
pub fn rms_norm<const D: usize>(x: Tensor<D>, gamma: Tensor<1>, epsilon: f64) -> Tensor<D> {
    let width = x.dims()[D - 1];
    assert_eq!(gamma.dims(), [width], "RMS norm: the width of gamma");
    if !(fusable(&x) && fusable(&gamma)) {
        return plain::rms_norm(x, gamma, epsilon);
    }
    let norm = RmsNorm {
        width,
        epsilon: epsilon as f32,
    };
    apply(norm, [x.into(), gamma.into()])
}

impl Fused<2> for RmsNorm {
    type Saved = [Array; 2];

    fn forward(&self, [x, gamma]: [Array; 2]) -> Array {
        let y = RmsNorm::forward(self, x.slice(), gamma.slice());
        Array::new(y, x.shape())
    }

    fn forward_saving(&self, inputs: [Array; 2]) -> (Array, [Array; 2]) {
        (Fused::forward(self, inputs.clone()), inputs)
    }

    fn backward(&self, [x, gamma]: [Array; 2], g: Array, wanted: [bool; 2]) -> [Option<Array>; 2] {
        let input = wanted[0].then(|| {
            let input = self.backward_input(x.slice(), gamma.slice(), g.slice());
            Array::new(input, x.shape())
        });
        let weight = wanted[1].then(|| {
            let weight = self.backward_weight(x.slice(), g.slice());
            Array::new(weight, gamma.shape())
        });
        [input, weight]
    }
}
