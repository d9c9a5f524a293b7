//! Fine-tuning a language model: how well does it tell classes of sequences apart when all of it
//! may learn?
//!
//! An encoder of `dissensus-lm`, whichever its architecture, gets a linear head over its pooled
//! hidden states. The learning rate is chosen on validation rows alone; the test rows are looked at
//! once. A run that never leaves chance is reported as one.
//!
//! ```
//! use burn::tensor::Device;
//! use dissensus_bert::{Config, MaskedLm};
//! use dissensus_finetune::{Examples, FineTuneParams, FineTuneSetup, TuneOutcome, fine_tune};
//! use dissensus_probe::{Folds, Labels};
//! use std::ops::ControlFlow;
//!
//! // Sequences whose class is the token that stands in them twice.
//! let ids: Vec<Vec<u32>> =
//!     (0..120).map(|i| vec![2, 5 + i % 2, 7 + i % 5, 5 + i % 2, 3]).collect();
//! let labels = Labels::new((0..120).map(|i| i % 2).collect(), 2)?;
//! let examples = Examples::new(ids, labels)?;
//! let folds = Folds::new(120, [((0..60).collect(), (60..90).collect(), (90..120).collect())])?;
//! let encoder =
//!     MaskedLm::new(&Config::preset("micro")?.with_vocabulary(12, 1), 1, &Device::flex())?;
//! let params =
//!     FineTuneParams::default().with_rates([1e-2]).with_epochs(8, Some(3)).with_batch(10);
//! let setup = FineTuneSetup {
//!     encoder: &encoder,
//!     examples: &examples,
//!     fold: folds.iter().next().expect("one fold"),
//!     without: &[2, 3],
//!     params: &params,
//!     seed: 0,
//!     folder: None,
//! };
//! let tuned = fine_tune(&setup, &mut || ControlFlow::Continue(()))?.expect("not interrupted");
//! assert_eq!(tuned.outcome, TuneOutcome::Learned);
//! assert_eq!(tuned.scores.map(|scores| scores.accuracy), Some(1.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`fine_tune`], [`FineTuneSetup`], [`FineTuneParams`], [`Tuned`] | what is tuned on what, and how |
//! | [`FineTuned`], [`TuneOutcome`], [`RateTrial`], [`GainOverChance`] | what came of it |
//! | [`Examples`] | sequences of ids with a class each |
//! | [`Classifier`], [`ClassifierConfig`], [`HeadConfig`] | the model: trained, saved and opened as any other |
//! | [`Pooling`] | from the states of tokens to one of a sequence |
//! | [`class_probabilities`], [`pooled_features`] | what a tuned model says; what a probe of frozen features sees |
//!
//! The metrics are those of `dissensus-probe`. A sequence must fit the model: longer ones are an
//! error here, not cut.
//!
//! What it does not do: no low-rank adapters, no regression, no several labels a sequence, no
//! tokenization.
//!
//! References: "Tokenization to Transfer: Do Genomic Foundation Models Learn Good Representations?"
//! (ICLR 2026) for the protocol; Mosbach, Andriushchenko and Klakow, "On the Stability of
//! Fine-tuning BERT" (2021), for runs that never leave chance.

mod chance;
mod classifier;
mod config;
mod error;
mod examples;
mod names;
mod objective;
mod params;
mod pooling;
mod predict;
mod run;

pub use chance::GainOverChance;
pub use classifier::Classifier;
pub use config::{ClassifierConfig, HeadConfig};
pub use error::Error;
pub use examples::Examples;
pub use params::{FineTuneParams, Tuned};
pub use pooling::Pooling;
pub use predict::{class_probabilities, pooled_features};
pub use run::{FineTuneSetup, FineTuned, RateTrial, TuneOutcome, fine_tune};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
