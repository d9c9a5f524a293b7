//! BERT as a masked-language model: how well does it predict masked tokens, and how is it trained,
//! saved and read back?
//!
//! BERT (Devlin et al. 2019) as `transformers` defines it, its trainer, and what the analyses need
//! of it. Sequences come in as token ids; this crate knows no text and no tokenizer.
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
//! | [`Config`], [`NormPlacement`], [`PositionEncoding`] | the shape of a model, with the names of `config.json`, and its presets; where its norms stand and how its positions enter |
//! | [`MaskedLm`] | the model; a [`MaskedLanguageModel`] and a [`TrainableModel`] |
//! | [`MaskedLm::load`], [`MaskedLm::save`] | Hugging Face folders |
//! | [`Recipe`] | how to train, chosen once: as the paper does, or what learns most in a given time |
//!
//! What every language model has comes from `dissensus-lm` and is named here too, so that BERT and
//! its training are one dependency: batches, masking, predictions, the trainer, devices.
//!
//! A [`MaskedLm`] is a burn module: visitors, mappers and records work on it, under the parameter
//! names of `transformers`. It computes on the device its parameters are on; the features
//! `ndarray`, `cuda`, `wgpu` and `vulkan` add devices.
//!
//! What it does not do: no tokenization, no next-sentence head, no causal attention, no relative
//! positions.
//!
//! References: Devlin et al. 2019 (BERT); Loshchilov and Hutter 2019 (AdamW); Jordan et al. 2024
//! (Muon).

mod config;
mod error;
mod folder;
mod model;
mod names;
mod recipe;
mod roles;

pub use dissensus_lm::{
    Batch, Best, Budget, Data, Decay, Devices, Encoder, Evaluated, Evaluation, Masked,
    MaskedLanguageModel, Masking, ModelConfig, MuonConfig, Observer, Pass, Precision, Predicted,
    Seeds, Sizes, Step, TrainableModel, TrainingConfig, device, devices, evaluate,
    mean_hidden_states, parameter_shapes, parameter_values, predict, write_atomically,
};

pub use config::{Config, NormPlacement, PRESETS, PositionEncoding};
pub use error::Error;
pub use model::MaskedLm;
pub use recipe::Recipe;

/// The trainer of a [`MaskedLm`].
pub type Trainer<O = Masking> = dissensus_lm::Trainer<MaskedLm, O>;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
