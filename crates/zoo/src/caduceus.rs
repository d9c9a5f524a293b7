//! Caduceus: state-space layers that read in both directions, on one strand (Ph) or on both with
//! shared parameters (PS).

mod complement;
mod config;
mod draws;
mod layers;
mod mixer;
mod model;
mod names;
mod roles;
mod strands;

pub use config::{CaduceusConfig, InitializerConfig, Rank, StateSpaceConfig};
pub use model::{Caduceus, CaduceusGraph};
