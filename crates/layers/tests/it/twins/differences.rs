//! Central differences of the fused operations themselves.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_layers::product::Precision;
use dissensus_layers::{Dropout, Norm, attention, cross_entropy, linear_gelu, residual_layer_norm};

use super::common::{constant, leaf, numbers, values};

/// Compares the gradient at a leaf of this shape with central differences of `f`, summed with fixed
/// weights.
pub fn check<const D: usize, const E: usize>(
    shape: [usize; D],
    f: impl Fn(Tensor<D>) -> Tensor<E>,
) {
    let x = leaf(shape, 1);
    let y = f(x.clone());
    let weights = constant(y.dims(), 99, &y.device());
    let gradients = (y * weights.clone()).sum().backward();
    let gradient = values(x.grad(&gradients).expect("a gradient"));
    let (start, step) = (numbers(shape.iter().product(), 1), 5e-3f32);
    let weights = values(weights);
    let at = |i: usize, by: f32| {
        let mut moved = start.clone();
        moved[i] += by;
        let y = values(f(Tensor::from_data(
            TensorData::new(moved, shape),
            &Device::flex(),
        )));
        y.iter()
            .zip(&weights)
            .map(|(y, w)| f64::from(*y) * f64::from(*w))
            .sum::<f64>()
    };
    for (i, g) in gradient.iter().enumerate() {
        let difference = (at(i, step) - at(i, -step)) / f64::from(2.0 * step);
        assert!(
            (difference - f64::from(*g)).abs() < 2e-3 * difference.abs().max(1.0),
            "{i}: {difference} {g}"
        );
    }
}

#[test]
fn linear_gelu_follows_its_differences() {
    let device = Device::flex();
    check([2, 3, 4], |x| {
        linear_gelu(
            x,
            constant([4, 5], 2, &device),
            constant([5], 3, &device),
            None,
        )
    });
}

#[test]
fn layer_norm_follows_its_differences() {
    let device = Device::flex();
    check([2, 2, 6], |x| {
        let (gamma, beta) = (constant([6], 2, &device), constant([6], 3, &device));
        let norm = Norm {
            gamma,
            beta,
            epsilon: 1e-3,
            hook: None,
        };
        residual_layer_norm(
            x,
            Some(Dropout::new(0.3, 2)),
            constant([2, 2, 6], 4, &device),
            norm,
        )
    });
}

#[test]
fn attention_follows_its_differences() {
    check([3, 1, 5, 4], |x| {
        attention(x, 2, None, Some(Dropout::new(0.2, 2)), Precision::Single)
    });
}

#[test]
fn cross_entropy_follows_its_differences() {
    check([3, 5], |x| {
        cross_entropy(
            x,
            Tensor::<1, Int>::from_data([4i64, 0, 2], &Device::flex()),
        )
    });
}
