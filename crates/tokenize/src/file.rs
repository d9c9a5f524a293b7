//! Hugging Face tokenizer files.

mod folder;
mod model;
mod names;
mod post_processor;
mod read;
mod save;
mod settings;
mod word_piece;

pub use folder::{load, parse};
pub(crate) use model::{BpeModel, Model, Ordered};
pub(crate) use names::with_unk;
pub(crate) use post_processor::framing_of;
pub use save::Exported;
pub(crate) use save::save;
pub(crate) use settings::{TokenizerSettings, isolated, single_symbols};
