//! What the families' modules are made of.
#![allow(
    dead_code,
    unused_imports,
    reason = "a build without some families leaves their parts unused"
)]

mod attention;
mod builder;
mod config;
mod embeddings;
mod head;
mod keys;
mod level;
mod linear;
mod norm;
mod own;
mod positions;
mod roles;
mod rows;
mod stack;
mod table;

pub(crate) use attention::{Positions, Projections, attend};
pub(crate) use builder::Builder;
pub(crate) use config::{
    Common, Ignored, LARGEST, UNLIMITED, check, check_common, check_deviation, check_epsilon,
    check_padding, check_rate, check_sizes, config_json,
};
pub(crate) use embeddings::{EmbeddingShape, Embeddings};
pub(crate) use head::{Decoder, Predictions};
pub(crate) use keys::needed_bert_key;
pub(crate) use level::Level;
pub(crate) use linear::{Dense, Linear};
pub(crate) use norm::LayerNorm;
pub(crate) use own::Own;
pub(crate) use positions::kept;
pub(crate) use roles::{around_layers, embedding_kind, projection_kind, tied_words};
pub(crate) use rows::rows_at;
pub(crate) use stack::through;
pub(crate) use table::Table;
