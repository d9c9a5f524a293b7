//! Paired transfer studies: was pretraining worth it?
//!
//! A model is worth its pretraining on a task if it beats its own random twins there: same shape,
//! same tokenizer, same budget, same folds. This crate knows which runs such a study consists of
//! ([`CellPlan`]), keeps what came of each in a file of its own ([`CellFolder`]), so that any
//! number of processes can share the work, and says what one arm has over another ([`gains`]). It
//! runs nothing itself and knows no model.
//!
//! ```
//! use dissensus_transfer::{TransferArm, CellPlan, Method};
//! let plan = CellPlan {
//!     models: vec!["char".into()],
//!     tasks: vec![("promoters".into(), 2)],
//!     methods: vec![Method::FineTuned],
//!     arms: vec![TransferArm::Pretrained, TransferArm::Random],
//!     seeds: vec![0, 1, 2],
//! };
//! assert_eq!(plan.cells()?.len(), 12); // 2 folds × 2 arms × 3 seeds
//! # Ok::<(), dissensus_transfer::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`TransferArm`], [`Method`] | what the weights come from; how a model is asked |
//! | [`CellKey`], [`TransferCell`], [`CellOutcome`] | one model on one fold of one task with one seed, and what came of it |
//! | [`CellPlan`] | every cell of a study, and the share of one of several processes |
//! | [`TransferCells`], [`CellFolder`] | many cells; a folder with a file for each |
//! | [`gains`], [`GainParams`], [`TransferGain`], [`TaskGain`], [`OutcomeCounts`] | what one arm has over another, task by task and over tasks |
//! | [`score_table`], [`gain_table`] | scores beside the bases that each model saw; gains |
//! | [`against_diagonal`], [`by_dimension`] | figures: one arm against another; score by number of features |
//!
//! Intervals draw at every level (task, fold, seed); with one or two tasks they are too short, as
//! any bootstrap's is. A run that never left chance is counted and in no mean, so a gain is one
//! *given that both learned*: read it beside the counts.
//!
//! References: "Tokenization to Transfer: Do Genomic Foundation Models Learn Good Representations?"
//! (ICLR 2026); Davison and Hinkley, *Bootstrap Methods and their Application* (1997), section 3.8;
//! Benjamini and Hochberg 1995.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod arm;
mod cell;
mod cells;
mod error;
mod gain;
mod plan;
mod show;

pub use arm::{Method, TransferArm};
pub use cell::{CellKey, CellOutcome, TransferCell};
pub use cells::{CellFolder, TransferCells};
pub use error::Error;
pub use gain::{GainParams, OutcomeCounts, TaskGain, TransferGain, gains};
pub use plan::CellPlan;
pub use show::{against_diagonal, by_dimension, gain_table, score_table};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
