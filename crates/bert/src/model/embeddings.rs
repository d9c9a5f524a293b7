//! Words, positions and types, summed; normalised where norms stand behind.
#![allow(
    non_snake_case,
    reason = "fields carry the names that transformers gives the parameters"
)]

use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor};
use dissensus_layers::{Lookup, dropout, embedding, layer_norm};
use dissensus_lm::{Batch, Error, ParameterSource, Pass, Start, parameter};

use super::norm::LayerNorm;
use crate::{Config, NormPlacement, PositionEncoding};

/// A table `[entries, width]`.
#[derive(Module, Debug)]
struct Table {
    weight: Param<Tensor<2>>,
    #[module(skip)]
    name: String,
}

impl Table {
    fn build(
        name: &str,
        shape: [usize; 2],
        start: Start,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let name = format!("bert.embeddings.{name}");
        let weight = parameter(source, &format!("{name}.weight"), shape, start, device)?;
        Ok(Self { weight, name })
    }

    fn lookup(&self, ids: Tensor<2, Int>, pass: &Pass) -> Lookup {
        Lookup {
            table: self.weight.val(),
            ids,
            hook: pass.hooked(&self.name),
        }
    }
}

/// The first hidden state.
#[derive(Module, Debug)]
pub(crate) struct Embeddings {
    word_embeddings: Table,
    /// None where attention is told the positions.
    position_embeddings: Option<Table>,
    token_type_embeddings: Table,
    LayerNorm: Option<LayerNorm>,
    #[module(skip)]
    dropout: f64,
}

impl Embeddings {
    pub(crate) fn build(
        config: &Config,
        source: &mut dyn ParameterSource,
        device: &Device,
    ) -> Result<Self, Error> {
        let width = config.hidden_size;
        let mut table =
            |name, entries, start| Table::build(name, [entries, width], start, source, device);
        let (longest, learnt) = (
            config.max_position_embeddings,
            config.positions() == PositionEncoding::Absolute,
        );
        Ok(Self {
            word_embeddings: table("word_embeddings", config.vocab_size, Start::Words)?,
            position_embeddings: learnt
                .then(|| table("position_embeddings", longest, Start::Gaussian))
                .transpose()?,
            token_type_embeddings: table(
                "token_type_embeddings",
                config.type_vocab_size,
                Start::Gaussian,
            )?,
            LayerNorm: LayerNorm::where_placed(
                NormPlacement::Behind,
                || "bert.embeddings.LayerNorm".into(),
                config,
                source,
                device,
            )?,
            dropout: config.hidden_dropout_prob,
        })
    }

    /// The word table `[V, H]`.
    pub(crate) fn table(&self) -> Tensor<2> {
        self.word_embeddings.weight.val()
    }

    pub(crate) fn forward(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        let device = self.table().device().inner();
        let ids = batch.id_tensor(&device);
        let types = ids.zeros_like(); // every token is of type 0
        let mut lookups = vec![self.word_embeddings.lookup(ids, pass)];
        if let Some(positions) = &self.position_embeddings {
            lookups.push(positions.lookup(batch.position_tensor(&device), pass));
        }
        lookups.push(self.token_type_embeddings.lookup(types, pass));
        let sum = embedding(lookups);
        let embedded = match &self.LayerNorm {
            Some(norm) => layer_norm(sum, norm.norm(pass)),
            None => sum,
        };
        match pass.drop_at(self.dropout, 0) {
            Some(drop) => dropout(embedded, drop),
            None => embedded,
        }
    }
}
