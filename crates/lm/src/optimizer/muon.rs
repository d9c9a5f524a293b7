//! Muon over named matrices.

use burn::tensor::Tensor;
use dissensus_layers as layers;

/// One step of a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update {
    pub(crate) constants: layers::Muon,
    pub(crate) rate: f64,
    /// What the gradient is multiplied with.
    pub(crate) factor: f64,
}

/// Whether a parameter is a matrix between hidden states: two axes, inside one of the numbered
/// layers.
///
/// Tables, the head and whatever has one axis are not: their rows are tokens or positions, or there
/// are none.
pub(crate) fn is_hidden_matrix(name: &str, shape: &[usize]) -> bool {
    let numbered = name.split('.').any(|part| part.parse::<usize>().is_ok());
    numbered && shape.len() == 2
}

/// What becomes of a flat matrix `[inputs, outputs]` and of its momentum, with tensor operations,
/// on any device.
pub(super) fn plain(
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
