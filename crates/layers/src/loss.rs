//! Softmax cross-entropy.

use burn::tensor::{Int, Tensor};

use crate::plain;

/// `nll_m = log Σ_v exp(logits[m, v]) − logits[m, targets[m]]`, in nats, one per row.
///
/// # Shapes
/// `logits` `[m, vocabulary]`, `targets` `[m]`, result `[m]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::cross_entropy;
/// let device = Device::flex();
/// let nll = cross_entropy(Tensor::zeros([1, 4], &device), Tensor::from_data([2], &device));
/// assert!((nll.into_scalar::<f32>() - 4f32.ln()).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a target is not below the vocabulary, or the lengths differ.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    plain::cross_entropy(logits, targets)
}
