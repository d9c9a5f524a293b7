//! The first hidden state of BERT's relatives.
#![allow(
    non_snake_case,
    reason = "fields carry the names that published code gives the parameters"
)]

use burn::module::Module;
use burn::tensor::Tensor;
use dissensus_layers::{dropout, embedding};
use dissensus_lm::{Batch, Error, Pass, Start};

use super::{Builder, LayerNorm, Table};

/// Rows of the tables, and the norm behind their sum.
pub(crate) struct EmbeddingShape {
    pub(crate) words: usize,
    /// How the table of words begins.
    pub(crate) start: Start,
    /// None where positions have no table.
    pub(crate) positions: Option<usize>,
    pub(crate) types: usize,
    pub(crate) width: usize,
    pub(crate) epsilon: f64,
    /// Rate of dropout behind the norm.
    pub(crate) dropout: f64,
}

/// Words, positions where they have a table, and types, summed and normalised.
#[derive(Module, Debug)]
pub(crate) struct Embeddings {
    word_embeddings: Table,
    position_embeddings: Option<Table>,
    token_type_embeddings: Table,
    LayerNorm: LayerNorm,
    #[module(skip)]
    dropout: f64,
}

impl Embeddings {
    pub(crate) fn build(shape: EmbeddingShape, builder: &mut Builder<'_>) -> Result<Self, Error> {
        let width = shape.width;
        let mut table = |name: &str, rows, start| {
            let name = format!("bert.embeddings.{name}");
            builder.table(&name, [rows, width], start)
        };
        let words = table("word_embeddings", shape.words, shape.start)?;
        let position = |rows| table("position_embeddings", rows, Start::Gaussian);
        Ok(Self {
            word_embeddings: words,
            position_embeddings: shape.positions.map(position).transpose()?,
            token_type_embeddings: table("token_type_embeddings", shape.types, Start::Gaussian)?,
            LayerNorm: builder.norm("bert.embeddings.LayerNorm", width, shape.epsilon)?,
            dropout: shape.dropout,
        })
    }

    /// The word table `[V, H]`.
    pub(crate) fn table(&self) -> Tensor<2> {
        self.word_embeddings.values()
    }

    pub(crate) fn forward(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        let device = self.table().device().inner();
        let ids = batch.id_tensor(&device);
        let types = ids.zeros_like(); // every token is of type 0
        let mut parts = vec![self.word_embeddings.lookup(ids, pass)];
        if let Some(table) = &self.position_embeddings {
            parts.push(table.lookup(batch.position_tensor(&device), pass));
        }
        parts.push(self.token_type_embeddings.lookup(types, pass));
        let normalized = self.LayerNorm.forward(embedding(parts), pass);
        match pass.drop_at(self.dropout, 0) {
            Some(drop) => dropout(normalized, drop),
            None => normalized,
        }
    }
}
