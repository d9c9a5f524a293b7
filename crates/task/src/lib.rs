//! Tasks: what is to be told apart, and which sequences may be learned from?
//!
//! A task is a list of sequences of DNA with a class each and, mostly, a published split. This
//! crate opens the layouts in which such tasks are published, makes folds of them, and names the
//! sequences that stand on both sides of a split: whoever learned them by heart knows part of the
//! answer.
//!
//! ```
//! use dissensus_task::{FoldParams, Part, Task};
//!
//! let folder = tempfile::tempdir()?;
//! let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
//! // As GUE is published. The first tested sequence is the reverse complement of one that is
//! // learned from.
//! write(
//!     "train.csv",
//!     "sequence,label\nACGGTACCATTTGCAAGCAT,1\nGATTACAGATTACAGATTAC,0\nCCCCTTTTCCCCTTTTCCCC,0\n",
//! )?;
//! write("dev.csv", "sequence,label\nTGCATGCCGTAATCGGATTC,1\n")?;
//! write("test.csv", "sequence,label\nATGCTTGCAAATGGTACCGT,1\nGGGGGAAAAAGGGGGAAAAA,0\n")?;
//! let task = Task::open(folder.path())?;
//! assert_eq!(
//!     [Part::Train, Part::Validation, Part::Test].map(|part| task.rows(part).len()),
//!     [3, 1, 2]
//! );
//! let folds = task.folds(&FoldParams::default())?;
//! assert_eq!((folds.leaks[0].train, folds.leaks[0].test), (0, 4));
//! let fold = folds.folds.iter().next().expect("one fold");
//! assert_eq!(fold.train, [1, 2]); // the other is not learned from
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Task`], [`Part`] | sequences, classes, split, groups; where they come from |
//! | [`Task::open`] | a table, a FASTA file, a manifest, or a folder of a published benchmark |
//! | [`Manifest`], [`Columns`] | name, source, licence, files and columns of a task, as TOML |
//! | [`FoldParams`], [`TaskFolds`], [`OnLeak`] | folds of a task, and what leaks across them |
//!
//! It holds one class per sequence, fetches nothing and knows no model.
//!
//! References: Zhou et al., "DNABERT-2: Efficient Foundation Model and Benchmark for Multi-Species
//! Genome" (2024), for GUE; Dalla-Torre et al., "Nucleotide Transformer: building and evaluating
//! robust foundation models for human genomics" (2025); Grešová et al., "Genomic benchmarks: a
//! collection of datasets for genomic sequence classification" (2023).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod error;
mod fold;
mod folder;
mod manifest;
mod read;
mod task;

pub use error::Error;
pub use fold::{FoldParams, OnLeak, TaskFolds};
pub use manifest::{Columns, Manifest};
pub use task::{Part, Task};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
