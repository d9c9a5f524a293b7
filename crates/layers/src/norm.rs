//! Layer norm, with dropout and residual in the same pass.

use burn::tensor::Tensor;

use crate::{Dropout, Tapped, plain};

/// The parameters of a layer norm: `y = γ·(x − mean)/√(variance + ε) + β` over the last axis, variance divided by `n`.
#[derive(Debug, Clone)]
pub struct Norm {
    /// `γ`, `[width]`.
    pub gamma: Tensor<1>,
    /// `β`, `[width]`.
    pub beta: Tensor<1>,
    /// `ε`.
    pub epsilon: f64,
    /// Who watches.
    pub tap: Option<Tapped>,
}

/// `y = γ·(x − mean)/√(variance + ε) + β` over the last axis.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Norm, layer_norm};
/// let device = Device::flex();
/// let norm = Norm {
///     gamma: Tensor::ones([2], &device),
///     beta: Tensor::zeros([2], &device),
///     epsilon: 0.0,
///     tap: None,
/// };
/// let y = layer_norm(Tensor::<2>::from_data([[1.0, 3.0]], &device), norm).into_data();
/// assert_eq!(y.to_vec::<f32>().unwrap(), [-1.0, 1.0]);
/// ```
///
/// # Panics
/// If the width of `x` is not that of the norm.
pub fn layer_norm<const D: usize>(x: Tensor<D>, norm: Norm) -> Tensor<D> {
    plain::layer_norm(x, norm)
}

/// `layer_norm(residual + dropout(x))`, the end of each half of a post-norm encoder layer.
///
/// # Panics
/// If the shapes do not fit.
pub fn residual_layer_norm<const D: usize>(
    x: Tensor<D>,
    dropout: Option<Dropout>,
    residual: Tensor<D>,
    norm: Norm,
) -> Tensor<D> {
    plain::residual_layer_norm(x, dropout, residual, norm)
}
