//! MosaicBERT as DNABERT-2 has it: norms behind each half layer, ALiBi, gated units, no positions
//! in the embeddings.

mod alibi;
mod config;
mod draws;
mod layers;
mod model;
mod names;
mod roles;

pub use alibi::alibi_slopes;
pub use config::MosaicBertConfig;
pub use model::MosaicBert;
