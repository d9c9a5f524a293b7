//! How do I run every measure of the study on ensembles of masked-language models, and report it?
//!
//! For each [`Arm`] (data under a tokenizer) an ensemble is trained in a folder; then the output distributions, the static
//! embeddings and the Fisher information of its members are measured, untrained and trained, against chance, with
//! intervals over members.
//!
//! ```
//! use dissensus_study::{Arm, Options};
//! let options = Options::default();
//! assert_eq!(options.arms, Arm::STUDY_A);
//! assert_eq!((options.members, options.max_length), (3, 128));
//! assert!(options.validate().is_ok());
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`run`], [`Options`], [`Outcome`] | the whole study, resumable |
//! | [`audit`], [`Audited`] | the same measures on models somebody else trained |
//! | [`Arm`], [`Data`], [`Input`] | what is trained on |
//! | [`Sequences`], [`sequences`] | documents as token ids |
//! | [`AnalysisSet`], [`distributions`], [`embeddings`], [`fisher`], [`fisher_by_batch`] | the measures |
//! | [`Information`] | the Fisher information of one model, by the fastest route its device has |
//! | [`Follow`], [`Taken`] | the same every so many steps of training |
//! | [`write()`], [`printed`], [`Curve`] | tables, figures, page, JSON |
//! | [`Observer`], [`Stage`] | follows a study |
//!
//! What it does not do: print, look at a clock, or download anything.

mod arm;
mod audit;
mod encode;
mod error;
mod follow;
mod information;
mod input;
mod measure;
mod observer;
mod options;
mod present;
mod run;

pub use arm::{Arm, Data};
pub use audit::{Audited, audit};
pub use encode::{Sequences, sequences};
pub use error::Error;
pub use follow::{Follow, Taken};
pub use information::Information;
pub use input::{Documents, Input};
pub use measure::{AnalysisSet, LEVEL, distributions, embeddings, fisher, fisher_by_batch};
pub use observer::{Observer, Stage};
pub use options::Options;
pub use present::{Curve, Figure, printed, write};
pub use run::{Found, Outcome, run};
