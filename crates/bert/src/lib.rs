//! How well can a masked-language model guess hidden tokens, and how is it trained, saved and read back?
//!
//! BERT (Devlin et al. 2019) as `transformers` defines it, its trainer, and what the analyses need of it. Sequences come
//! in as token ids; this crate knows no text and no tokenizer.
//!
//! ```
//! use burn::tensor::Device;
//! use dissensus_bert::{Config, Masking, MaskedLm, evaluate};
//! let config = Config::preset("tiny")?.with_vocabulary(64, 1);
//! let model = MaskedLm::new(&config, 7, &Device::flex())?;
//! let masking = Masking::analysis(64, 4, &[0, 1, 2, 3, 4]);
//! let masked = masking.mask_all(&[[10, 11, 12, 13, 14, 15]], 1)?;
//! let fresh = evaluate(&model, &masked, 8)?;
//! assert!((fresh.loss - 64f64.ln()).abs() < 0.5); // an untrained model guesses uniformly: ln V
//! # Ok::<(), dissensus_bert::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Config`], [`NormPlacement`] | the shape of a model, with the names of `config.json`, and its presets; where its norms stand |
//! | [`MaskedLm`], [`Batch`], [`Pass`] | the model, sequences side by side, dropout and observers of a pass |
//! | [`MaskedLm::load`], [`MaskedLm::save`] | Hugging Face folders |
//! | [`Masking`], [`Masked`] | which tokens are hidden, in training and in the analyses |
//! | [`Trainer`], [`TrainingConfig`], [`Data`], [`Observer`] | training step by step, with checkpoints that resume to the same bits |
//! | [`MuonConfig`], [`Decay`] | Muon for the matrices of the layers; how the rate falls |
//! | [`MaskedLm::logits_at_hidden`], [`predict`], [`evaluate`] | logits at hidden positions, of one pass and chunk by chunk; loss and accuracy |
//! | [`MaskedLm::word_embeddings`], [`MaskedLm::mean_hidden_states`] | what the model has made of tokens and sequences |
//! | [`Precision`] | what products keep of their factors in training |
//! | [`parameter_values`], [`parameter_shapes`] | parameters by name |
//! | [`device()`], [`devices`] | a device, or several, by name |
//! | [`write_atomically`] | a file that is whole or absent |
//!
//! A [`MaskedLm`] is a burn module: visitors, mappers and records work on it, under the parameter names of
//! `transformers`. It computes on the device its parameters are on; the features `ndarray`, `cuda`, `wgpu` and
//! `vulkan` add devices.
//!
//! What it does not do: no tokenization, no next-sentence head, no causal attention, no relative positions.
//!
//! References: Devlin et al. 2019 (BERT); Loshchilov and Hutter 2019 (AdamW); Jordan et al. 2024 (Muon).

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

pub use dissensus_layers::product::Precision;

pub use analysis::{Evaluation, Predicted, evaluate, predict};
pub use batch::Batch;
pub use config::{Config, NormPlacement, PRESETS};
pub use device::{device, devices};
pub use error::Error;
pub use files::write_atomically;
pub use masking::{Masked, Masking};
pub use model::{MaskedLm, Pass};
pub use parameters::{parameter_shapes, parameter_values};
pub use trainer::{
    Best, Budget, Data, Decay, Evaluated, MuonConfig, Observer, Seeds, Step, Trainer,
    TrainingConfig,
};
