//! Language models, whatever their architecture: what do the analyses and a trainer ask of one?
//!
//! The traits that an architecture implements, and everything that follows from them: sequences
//! side by side, masks, predictions, loss, pooled hidden states, folders of weights, devices, and a
//! trainer. Sequences come in as token ids; this crate knows no text and no tokenizer.
//!
//! ```
//! use burn::tensor::Device;
//! use dissensus_bert::{Config, MaskedLm};
//! use dissensus_lm::{Masking, TrainableModel, evaluate};
//! let config = Config::preset("tiny")?.with_vocabulary(64, 1);
//! let model = MaskedLm::fresh(&config, 7, &Device::flex())?;
//! let masking = Masking::analysis(64, 4, &[0, 1, 2, 3, 4]);
//! let masked = masking.mask_all(&[[10, 11, 12, 13, 14, 15]], 1)?;
//! let fresh = evaluate(&model, &masked, 8)?;
//! assert!((fresh.loss - 64f64.ln()).abs() < 0.5); // an untrained model guesses uniformly: ln V
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Encoder`], [`MaskedLanguageModel`], [`CausalLanguageModel`] | what the analyses ask of a model; object-safe |
//! | [`TrainableModel`], [`ModelConfig`] | what training and storing a model ask of its architecture |
//! | [`ParameterRole`], [`ParameterKind`], [`ModelPart`], [`TiedTable`] | what a parameter is for |
//! | [`Sizes`], [`Batch`], [`Pass`] | sizes of a model, sequences side by side, dropout and observers of a pass |
//! | [`Masking`], [`Masked`] | which tokens are masked, in training and in the analyses |
//! | [`predict`], [`evaluate`], [`evaluate_next`], [`mean_hidden_states`] | logits at masked positions, loss and accuracy, pooled states |
//! | [`pool()`], [`Pool`], [`Over`], [`batch_padded_left`], [`batch_seeing_padding`] | one vector a sequence; padding as published studies treat it |
//! | [`Trainer`], [`TrainingConfig`], [`Data`], [`SequenceSet`], [`Observer`] | training step by step, with checkpoints that resume to the same bits |
//! | [`MuonConfig`], [`Decay`] | Muon for the matrices of the layers; how the rate falls |
//! | [`Objective`], [`NextToken`] | what a model is trained to predict |
//! | [`ParameterSource`], [`FreshWeights`], [`StoredWeights`], [`Constant`] | where the values of parameters come from; arrays beside them |
//! | [`WeightNames`], [`TensorPart`], [`ModelFolder`], [`tensor_shapes`], [`StoredMatrix`] | how files name parameters; a model on its way into a folder; what a folder holds; one matrix of it |
//! | [`Precision`], [`Bf16Way`] | what products keep of their factors in training; what this CPU has for products of bf16 |
//! | [`parameter_values`], [`parameter_shapes`] | parameters by name |
//! | [`device()`], [`devices()`], [`Devices`] | a device, or several, by name |
//! | [`write_atomically`] | a file that is whole or absent |
//!
//! The features `ndarray`, `cuda`, `wgpu` and `vulkan` add devices.
//!
//! What it does not do: no architecture of its own (`dissensus-bert` has one), no tokenization, no
//! measure.
//!
//! References: Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers for
//! Language Understanding" (masking); Loshchilov and Hutter 2019, "Decoupled Weight Decay
//! Regularization" (AdamW); Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural
//! networks".

mod analysis;
mod batch;
mod device;
mod devices;
mod error;
mod files;
mod masking;
mod model;
mod objective;
mod optimizer;
mod parameters;
mod pass;
mod pool;
mod role;
mod source;
mod trainer;
mod weights;

pub use dissensus_layers::product::{Bf16Way, Precision};

pub use analysis::{Evaluation, Predicted, evaluate, evaluate_next, mean_hidden_states, predict};
pub use batch::Batch;
pub use device::device;
pub use devices::{Devices, devices};
pub use error::Error;
pub use files::write_atomically;
pub use masking::{Masked, Masking};
pub use model::{
    CausalLanguageModel, Encoder, MaskedLanguageModel, ModelConfig, Sizes, TrainableModel,
};
pub use objective::{NextToken, Objective};
pub use parameters::{parameter_shapes, parameter_values};
pub use pass::Pass;
pub use pool::{Over, Pool, batch_padded_left, batch_seeing_padding, pool};
pub use role::{ModelPart, ParameterKind, ParameterRole, TiedTable};
pub use source::{Constant, FreshWeights, ParameterSource, Start, parameter};
pub use trainer::{
    Best, Budget, Data, Decay, Evaluated, MuonConfig, Observer, Seeds, SequenceSet, Step, Trainer,
    TrainingConfig,
};
pub use weights::{
    ModelFolder, StoredMatrix, StoredWeights, TensorPart, Tensors, WeightNames, stored_integers,
    tensor_shapes,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
