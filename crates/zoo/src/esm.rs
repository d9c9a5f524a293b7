//! ESM as the Nucleotide Transformer has it: v1 with learnt positions, v2 with rotary positions and
//! gated units.

mod config;
mod draws;
mod embeddings;
mod layers;
mod model;
mod names;
mod roles;

pub use config::EsmConfig;
pub use model::Esm;
