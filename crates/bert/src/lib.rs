//! BERT masked-language model: configuration, training, checkpoints, Hugging Face import and export.

mod analysis;
mod batch;
mod config;
mod device;
mod error;
mod files;
mod folder;
mod masking;
mod model;
mod optimizer;
mod parameters;
mod trainer;

pub use analysis::{Evaluation, Predicted, evaluate, predict};
pub use batch::Batch;
pub use config::{Config, PRESETS};
pub use device::device;
pub use error::Error;
pub use masking::{Masked, Masking};
pub use model::{MaskedLm, Pass};
pub use parameters::{parameter_shapes, parameter_values};
pub use trainer::{Best, Budget, Data, Evaluated, Observer, Seeds, Step, Trainer, TrainingConfig};
