//! Muon over named matrices.

use burn::tensor::{Tensor, TensorData};
use dissensus_layers as layers;

use super::{is_on_host, slice, slice_mut};

/// One step of a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update {
    pub(crate) constants: layers::Muon,
    pub(crate) rate: f64,
    /// What the gradient is multiplied with.
    pub(crate) factor: f64,
}

/// Whether a parameter is a matrix between hidden states: two axes, inside one of the numbered layers.
///
/// Tables, the head and whatever has one axis are not: their rows are tokens or positions, or there are none.
pub(crate) fn is_hidden_matrix(name: &str, shape: &[usize]) -> bool {
    let numbered = name.split('.').any(|part| part.parse::<usize>().is_ok());
    numbered && shape.len() == 2
}

/// What becomes of a flat matrix `[inputs, outputs]` and of its momentum.
pub(super) fn step(
    values: Tensor<1>,
    gradient: Tensor<1>,
    momentum: Tensor<1>,
    shape: [usize; 2],
    update: Update,
) -> (Tensor<1>, Tensor<1>) {
    if is_on_host(&values) {
        fused(values, gradient, momentum, shape, update)
    } else {
        plain(values, gradient, momentum, shape, update)
    }
}

/// On slices, with threaded products.
fn fused(
    values: Tensor<1>,
    gradient: Tensor<1>,
    momentum: Tensor<1>,
    [inputs, outputs]: [usize; 2],
    update: Update,
) -> (Tensor<1>, Tensor<1>) {
    let device = values.device();
    let gradient = gradient.into_data();
    let [mut values, mut momentum] = [values, momentum].map(Tensor::into_data);
    let matrix = layers::MatrixParameter {
        values: slice_mut(&mut values),
        gradient: slice(&gradient),
        momentum: slice_mut(&mut momentum),
        inputs,
        outputs,
    };
    update
        .constants
        .step(update.rate, update.factor, vec![matrix]);
    let back = |data: TensorData| Tensor::from_data(data, &device);
    (back(values), back(momentum))
}

/// With tensor operations, on any device.
fn plain(
    values: Tensor<1>,
    gradient: Tensor<1>,
    momentum: Tensor<1>,
    shape: [usize; 2],
    update: Update,
) -> (Tensor<1>, Tensor<1>) {
    let (keep, new) = (update.constants.momentum, 1.0 - update.constants.momentum);
    let gradient = gradient * update.factor;
    let momentum = momentum * keep + gradient.clone() * new;
    let ahead = momentum.clone() * keep + gradient * new;
    let direction = orthogonalized(ahead.reshape(shape)).reshape([shape[0] * shape[1]]);
    let rate = update.rate * layers::Muon::scale(shape[0], shape[1]);
    let kept = values * (1.0 - update.rate * update.constants.weight_decay);
    (kept - direction * rate, momentum)
}

fn orthogonalized(x: Tensor<2>) -> Tensor<2> {
    let [rows, columns] = x.dims();
    if rows > columns {
        return orthogonalized(x.transpose()).transpose();
    }
    let norm = x.clone().square().sum().sqrt();
    let norm = norm.clamp_min(layers::Muon::SMALLEST_NORM);
    let mut x = x / norm.reshape([1, 1]);
    let [a, b, c] = layers::Muon::QUINTIC;
    for _ in 0..layers::Muon::ITERATIONS {
        let gram = x.clone().matmul(x.clone().transpose());
        let mixed = gram.clone() * b + gram.clone().matmul(gram) * c;
        x = x.clone() * a + mixed.matmul(x);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_fused_step_is_the_plain_step() {
        for shape in [[4, 6], [6, 4], [5, 5]] {
            let count = shape[0] * shape[1];
            let draw = |seed: usize| -> Tensor<1> {
                let value = |i: usize| ((i * 37 + seed * 11) % 17) as f32 / 8.0 - 1.0;
                let values: Vec<f32> = (0..count).map(value).collect();
                Tensor::from_data(&values[..], &Device::flex())
            };
            let update = Update {
                constants: layers::Muon {
                    weight_decay: 0.1,
                    ..layers::Muon::default()
                },
                rate: 0.05,
                factor: 0.5,
            };
            let mut left = (draw(1), draw(2) * 0.0);
            let mut right = left.clone();
            for t in 0..4 {
                left = fused(left.0, draw(10 + t), left.1, shape, update);
                right = plain(right.0, draw(10 + t), right.1, shape, update);
            }
            for (left, right) in [(left.0, right.0), (left.1, right.1)] {
                let (left, right) = (left.into_data(), right.into_data());
                for (l, r) in slice(&left).iter().zip(slice(&right)) {
                    assert!((l - r).abs() < 1e-5, "{shape:?}: {l} is not {r}");
                }
            }
        }
    }

    #[test]
    fn matrices_of_numbered_layers_are_hidden_ones() {
        let hidden = [
            (
                "bert.encoder.layer.0.attention.self.query.weight",
                &[8, 8][..],
            ),
            ("bert.encoder.layer.11.output.dense.weight", &[32, 8]),
        ];
        let others = [
            ("bert.encoder.layer.0.attention.self.query.bias", &[8][..]),
            ("bert.embeddings.word_embeddings.weight", &[40, 8]),
            ("cls.predictions.transform.dense.weight", &[8, 8]),
        ];
        assert!(
            hidden
                .iter()
                .all(|(name, shape)| is_hidden_matrix(name, shape))
        );
        assert!(
            !others
                .iter()
                .any(|(name, shape)| is_hidden_matrix(name, shape))
        );
    }
}
