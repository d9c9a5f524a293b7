//! Multi-head self-attention between projections.

use burn::tensor::{Bool, Tensor};

use std::sync::Arc;

use crate::fused::{Array, Fused, apply, fusable};
use crate::product::Precision;
use crate::{Dropout, plain};
pub use dissensus_kernels::attention::Distances;
use dissensus_kernels::attention::{self as kernel, Attention};

/// `concat_h( dropout(softmax(Q_h·K_hᵀ/√d)) · V_h )`, head `h` being columns `h·d … (h+1)·d` with
/// `d = width/heads`.
///
/// The probabilities are never stored: the backward pass computes them again.
///
/// # Shapes
/// `qkv` `[3, batch, time, width]` (queries, keys, values, see [`crate::qkv`]), `mask`
/// `[batch, time]` (true where the key is a token, false where it is padding), result
/// `[batch, time, width]`. A sequence without any token gives zeros. Dropout row
/// `((b·heads + h)·time + t)`, column: the key's position. The precision is that of the factors of
/// all products.
///
/// # Panics
/// If `heads` does not divide the width, or the shapes do not fit.
#[must_use]
pub fn attention(
    qkv: Tensor<4>,
    heads: usize,
    mask: Option<Tensor<2, Bool>>,
    dropout: Option<Dropout>,
    precision: Precision,
) -> Tensor<3> {
    attend(qkv, heads, mask, None, dropout, precision)
}

/// [`attention`] whose scores fall with the distance of query and key (ALiBi):
/// `softmax(Q_h·K_hᵀ/√d − m_h·|tᵢ − tⱼ|)` with the slope `m_h` of each head and the positions `t`
/// of the tokens.
///
/// # Shapes
/// As [`attention`]; slopes `[heads]`, positions `[batch, time]`.
///
/// # Panics
/// If the shapes do not fit.
#[must_use]
pub fn attention_with_distances(
    qkv: Tensor<4>,
    heads: usize,
    mask: Option<Tensor<2, Bool>>,
    distances: Distances,
    dropout: Option<Dropout>,
    precision: Precision,
) -> Tensor<3> {
    attend(qkv, heads, mask, Some(distances), dropout, precision)
}

fn attend(
    qkv: Tensor<4>,
    heads: usize,
    mask: Option<Tensor<2, Bool>>,
    distances: Option<Distances>,
    dropout: Option<Dropout>,
    precision: Precision,
) -> Tensor<3> {
    let [planes, batch, time, width] = qkv.dims();
    assert_eq!(planes, 3, "attention: expected queries, keys and values");
    assert!(
        heads > 0 && width % heads == 0,
        "attention: {heads} heads do not divide the width {width}"
    );
    if let Some(mask) = &mask {
        assert_eq!(
            mask.dims(),
            [batch, time],
            "attention: the mask is not [batch, time]"
        );
    }
    if !fusable(&qkv) {
        return plain::attention_of(qkv, heads, mask, distances, dropout);
    }
    let mask = mask.map(|mask| mask.into_data().iter::<bool>().collect());
    let op = Attention {
        batch,
        time,
        heads,
        width,
        mask,
        dropout,
        precision,
        distances,
    };
    apply(op, [qkv.into()])
}

/// Projections, context and log-sums of the scores.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    qkv: Array,
    context: Array,
    log_sums: Arc<[f32]>,
}

impl Fused<1> for Attention {
    type Saved = Saved;

    fn forward(&self, [qkv]: [Array; 1]) -> Array {
        let (context, _) = kernel::forward(self, qkv.slice());
        Array::new(context, [self.batch, self.time, self.width])
    }

    fn forward_saving(&self, [qkv]: [Array; 1]) -> (Array, Saved) {
        let (context, log_sums) = kernel::forward(self, qkv.slice());
        let context = Array::new(context, [self.batch, self.time, self.width]);
        let saved = Saved {
            qkv,
            context: context.clone(),
            log_sums: log_sums.into(),
        };
        (context, saved)
    }

    fn backward(&self, saved: Saved, g: Array, _: [bool; 1]) -> [Option<Array>; 1] {
        let Saved {
            qkv,
            context,
            log_sums,
        } = saved;
        let gradient = kernel::backward(self, qkv.slice(), context.slice(), &log_sums, g.slice());
        [Some(Array::new(gradient, qkv.shape()))]
    }
}
