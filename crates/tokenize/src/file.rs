//! Hugging Face tokenizer files.

mod folder;
mod model;
mod shell;

pub use folder::{load, parse};
pub(crate) use folder::{save, with_unk};
pub(crate) use model::{BpeModel, Model, Ordered};
pub(crate) use shell::{Shell, single_symbols};
