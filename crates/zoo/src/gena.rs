//! GENA-LM: BERT with norms in front of each half layer.

mod config;
mod draws;
mod layers;
mod model;
mod names;
mod roles;

pub use config::GenaConfig;
pub use model::Gena;
