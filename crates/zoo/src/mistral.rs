//! Mistral over single characters: next bases from attention that looks back, with rotary positions
//! and shared keys.

mod config;
mod draws;
mod layers;
mod model;
mod names;
mod roles;

pub use config::MistralConfig;
pub use model::Mistral;
