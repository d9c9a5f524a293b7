//! Projections and attention with the positions of each family.

use burn::module::Module;
use burn::tensor::{Bool, Tensor};
use dissensus_layers::{
    Distances, Dropout, Rotation, attention, attention_with_distances, qkv, rotary,
};
use dissensus_lm::{Error, Pass};

use super::{Builder, Linear};

/// The three projections.
#[derive(Module, Debug)]
pub(crate) struct Projections {
    query: Linear,
    key: Linear,
    value: Linear,
}

impl Projections {
    /// `name.query`, `name.key` and `name.value`, each `[width, width]`.
    pub(crate) fn build(
        name: &str,
        width: usize,
        builder: &mut Builder<'_>,
    ) -> Result<Self, Error> {
        let mut map = |which: &str| builder.linear(&format!("{name}.{which}"), [width, width]);
        Ok(Self {
            query: map("query")?,
            key: map("key")?,
            value: map("value")?,
        })
    }

    /// `[3, batch, time, width]`.
    pub(crate) fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<4> {
        qkv(
            x,
            self.query.affine(pass),
            self.key.affine(pass),
            self.value.affine(pass),
        )
    }
}

/// How positions enter the attention.
#[derive(Debug, Clone)]
pub(crate) enum Positions {
    /// Not at all: they are in the embeddings.
    Embedded,
    /// Queries and keys are turned.
    Rotary(Rotation),
    /// Scores fall with distance.
    Alibi(Distances),
}

/// The context of projections.
pub(crate) fn attend(
    planes: Tensor<4>,
    heads: usize,
    positions: &Positions,
    mask: Option<Tensor<2, Bool>>,
    drop: Option<Dropout>,
    pass: &Pass,
) -> Tensor<3> {
    let precision = pass.precision();
    match positions {
        Positions::Embedded => attention(planes, heads, mask, drop, precision),
        Positions::Rotary(rotation) => {
            let turned = rotary(planes, 2, rotation.clone());
            attention(turned, heads, mask, drop, precision)
        }
        Positions::Alibi(distances) => {
            attention_with_distances(planes, heads, mask, distances.clone(), drop, precision)
        }
    }
}
