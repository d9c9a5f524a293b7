//! Folders of weights: safetensors and pickles, whole or in shards.

mod file;
mod index;
mod matrix;
mod names;
mod number;
mod pickle;
mod read;
mod safetensors;
mod tensors;
mod write;

pub(crate) use file::{Format, TensorFile};
pub use matrix::StoredMatrix;
pub use names::{TensorPart, WeightNames};
pub use read::{StoredWeights, stored_integers, tensor_shapes};
pub use tensors::Tensors;
pub use write::ModelFolder;
