//! Multi-head self-attention between projections.

use burn::tensor::{Bool, Tensor};

use crate::{Dropout, plain};

/// `concat_h( dropout(softmax(Q_h·K_hᵀ/√d)) · V_h )`, head `h` being columns `h·d … (h+1)·d` with `d = width/heads`.
///
/// The probabilities are never stored: the backward pass computes them again.
///
/// # Shapes
/// `qkv` `[3, batch, time, width]` (queries, keys, values, see [`crate::qkv`]), `mask` `[batch, time]` (true where the
/// key is a token, false where it is padding), result `[batch, time, width]`. A sequence without any token gives zeros.
/// Dropout row `((b·heads + h)·time + t)`, column: the key's position.
///
/// # Panics
/// If `heads` does not divide the width, or the shapes do not fit.
pub fn attention(
    qkv: Tensor<4>,
    heads: usize,
    mask: Option<Tensor<2, Bool>>,
    dropout: Option<Dropout>,
) -> Tensor<3> {
    plain::attention(qkv, heads, mask, dropout)
}
