//! Models of the crate `lm` as predictors and embedders.

mod encoder;
mod predictors;

pub use encoder::{PooledEncoder, View, frame_of};
pub use predictors::{CausalModel, MaskedModel, score_model};
