//! HyenaDNA: next bases from long convolutions whose taps a small network computes.

mod config;
mod draws;
mod filter;
mod layers;
mod model;
mod names;
mod positions;
mod roles;

pub use config::HyenaDnaConfig;
pub use model::HyenaDna;
