//! Attention that sees no later position.

use std::sync::Arc;

use burn::tensor::Tensor;
use dissensus_kernels::causal_attention::{CausalAttention, Projected};

use crate::fused::{Array, Fused, apply, fusable};
use crate::product::Precision;
use crate::{Dropout, plain};

/// Which keys the queries of a causal attention see, and how many heads there are.
#[derive(Debug, Clone)]
pub struct Causal {
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values, which divide those of the queries: query head `i` reads key head
    /// `i/(heads/key_heads)`.
    pub key_heads: usize,
    /// Of each query, row-major `[batch, time]`, the first key that it sees; it sees those from
    /// there to its own. All up to its own if none.
    pub first: Option<Arc<[u32]>>,
}

/// `dropout(softmax(Q_h·K_gᵀ/√d)) · V_g` for each head `h` of the queries and the head `g` of keys
/// and values that it shares, over the keys from the first that a query sees to its own.
///
/// The probabilities are never stored: the backward pass computes them again. Keys that no query of
/// a block sees cost nothing.
///
/// # Shapes
/// `queries` `[batch, time, heads·d]`, `keys` and `values` `[batch, time, key_heads·d]`, result as
/// the queries. Dropout row `((b·heads + h)·time + t)`, column: the key's position.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Causal, causal_attention, product::Precision};
/// let device = Device::flex();
/// let alike = Tensor::<3>::ones([1, 3, 1], &device);
/// let values = Tensor::<3>::from_data([[[3.0], [5.0], [10.0]]], &device);
/// let causal = Causal { heads: 1, key_heads: 1, first: None };
/// let y = causal_attention(alike.clone(), alike, values, causal, None, Precision::Single);
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [3.0, 4.0, 6.0]); // means of what came
/// ```
///
/// # Panics
/// If the shapes do not fit, or a query sees no key.
#[must_use]
pub fn causal_attention(
    queries: Tensor<3>,
    keys: Tensor<3>,
    values: Tensor<3>,
    causal: Causal,
    dropout: Option<Dropout>,
    precision: Precision,
) -> Tensor<3> {
    let [batch, time, width] = queries.dims();
    let Causal {
        heads, key_heads, ..
    } = causal;
    assert!(
        heads > 0
            && key_heads > 0
            && width.is_multiple_of(heads)
            && heads.is_multiple_of(key_heads),
        "causal attention: {heads} heads do not divide the width {width}, or {key_heads} key heads them"
    );
    let head = width / heads;
    for shared in [&keys, &values] {
        assert_eq!(
            shared.dims(),
            [batch, time, key_heads * head],
            "causal attention: keys or values do not fit the queries"
        );
    }
    let dropout = dropout.filter(|d| !d.is_identity());
    if !(fusable(&queries) && fusable(&keys) && fusable(&values)) {
        return plain::causal_attention(queries, keys, values, causal, dropout);
    }
    let op = Op(CausalAttention {
        batch,
        time,
        heads,
        key_heads,
        head,
        first: causal.first,
        dropout,
        precision,
    });
    apply(op, [queries.into(), keys.into(), values.into()])
}

#[derive(Debug)]
struct Op(CausalAttention);

/// Projections, context and log-sums of the scores.
#[derive(Debug, Clone)]
struct Saved {
    projected: [Array; 3],
    context: Array,
    log_sums: Arc<[f32]>,
}

fn projected(arrays: &[Array; 3]) -> Projected<'_> {
    let [queries, keys, values] = arrays.each_ref().map(Array::slice);
    Projected {
        queries,
        keys,
        values,
    }
}

impl Fused<3> for Op {
    type Saved = Saved;

    fn forward(&self, arrays: [Array; 3]) -> Array {
        let (context, _) = self.0.forward(projected(&arrays));
        Array::new(context, arrays[0].shape())
    }

    fn forward_saving(&self, arrays: [Array; 3]) -> (Array, Saved) {
        let (context, log_sums) = self.0.forward(projected(&arrays));
        let context = Array::new(context, arrays[0].shape());
        let saved = Saved {
            projected: arrays,
            context: context.clone(),
            log_sums: log_sums.into(),
        };
        (context, saved)
    }

    fn backward(&self, saved: Saved, g: Array, _: [bool; 3]) -> [Option<Array>; 3] {
        let context = saved.context.slice();
        let sees = projected(&saved.projected);
        let found = self.0.backward(sees, context, &saved.log_sums, g.slice());
        let [queries, keys, values] = saved.projected.each_ref().map(Array::shape);
        [
            Some(Array::new(found.queries, queries)),
            Some(Array::new(found.keys, keys)),
            Some(Array::new(found.values, values)),
        ]
    }
}
