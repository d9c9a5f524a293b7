//! Matched ensembles of language models: how do N members with the same data and different seeds
//! get trained, stored, resumed and read back?
//!
//! A run is a folder. A process killed at any moment leaves a folder that [`train`] continues, to
//! the same bytes as a run that was never killed. Every file that is read back is checked first:
//! [`train`] makes again what is not as it was written, from the last checkpoint, and [`Run`]
//! refuses it.
//!
//! ```text
//! run/
//!   config.toml               the plan and a checksum of the data
//!   MANIFEST                  checksums of the plan and of the tokenizer
//!   lock                      held while a process works here
//!   tokenizer/                as `AutoTokenizer.from_pretrained` opens it
//!   member-0/
//!     init/  trained/         folders for `BertForMaskedLM.from_pretrained`, with the tokenizer
//!                             and a MANIFEST of all files
//!     history.csv             one row a step
//!     evaluations.csv         one row an evaluation
//!     MANIFEST                checksums of both, once the member is finished
//!     state/checkpoint-N/     model, moments, position and checksums, to resume from
//!   member-1/ …
//! ```
//!
//! ```
//! use dissensus_bert::Config;
//! use dissensus_ensemble::{Coupling, Plan};
//! let plan = Plan::<Config> { members: 3, ..Plan::default() };
//! let (first, second) = (plan.seeds_of(0), plan.seeds_of(1));
//! assert_eq!((first.order, first.masks), (second.order, second.masks));
//! assert_ne!((first.init, first.dropout), (second.init, second.dropout));
//! let published = Plan { coupling: Coupling::AsPublished, ..plan };
//! assert_ne!(published.seeds_of(0).masks, published.seeds_of(1).masks);
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Plan`], [`Coupling`] | what is trained, and what the members share |
//! | [`train`], [`Existing`], [`Outcome`] | starts or continues a run |
//! | [`train_members`] | the same by several processes, some members each |
//! | [`EnsembleObserver`] | follows it |
//! | [`Run`], [`MemberState`] | a run read back |
//! | [`StepRow`], [`EvaluationRow`] | the rows of the histories |
//!
//! What it does not do: choose data, measure anything, or start processes on other machines.

mod card;
mod error;
mod folder;
mod history;
mod lock;
mod member;
mod observer;
mod plan;
mod run;
mod side_by_side;

pub use error::Error;
pub use folder::MemberState;
pub use history::{EvaluationRow, StepRow};
pub use observer::EnsembleObserver;
pub use plan::{Coupling, Plan};
pub use run::{Existing, Outcome, Run, train, train_members};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
