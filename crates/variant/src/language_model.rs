//! Models of the crate `lm` as predictors and embedders.

mod encoder;
mod predictors;

pub use encoder::{PooledEncoder, View};
pub use predictors::{CausalModel, MaskedModel, score_model};
