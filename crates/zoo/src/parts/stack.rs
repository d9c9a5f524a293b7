//! Layers one after the other.

use burn::tensor::Tensor;
use dissensus_lm::Pass;

use super::LayerNorm;

/// Runs layers and shows what leaves each; what leaves the last is normalised where there is a norm
/// for it.
pub(crate) fn through<L>(
    layers: &[L],
    norm: Option<&LayerNorm>,
    x: Tensor<3>,
    forward: impl Fn(&L, Tensor<3>) -> Tensor<3>,
    pass: &Pass,
    seen: &mut dyn FnMut(&Tensor<3>),
) -> Tensor<3> {
    let mut x = x;
    for (index, layer) in layers.iter().enumerate() {
        x = forward(layer, x);
        if index + 1 < layers.len() {
            seen(&x);
        }
    }
    let last = match norm {
        Some(norm) => norm.forward(x, pass),
        None => x,
    };
    seen(&last);
    last
}
