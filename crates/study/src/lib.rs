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
//! | [`Sequences`], [`Place`], [`sequences`] | documents as token ids |
//! | [`AnalysisSet`], [`Ground`], [`Window`] | what the members are asked, and where it stands in the documents |
//! | [`distributions`], [`embeddings`], [`fisher`], [`fisher_by_batch`] | the measures |
//! | [`Oracle`], [`Cuts`] | what a perfect model of a known source would have said |
//! | [`ContextUse`], [`tokens_changed_by_substitution`] | how far the members look, and how much the cutting matters |
//! | [`Information`] | the Fisher information of one model, by the fastest route its device has |
//! | [`Follow`], [`Taken`] | the same every so many steps of training |
//! | [`write()`], [`printed`], [`Curve`] | tables, figures, page, JSON |
//! | [`sweep()`], [`Grid`], [`Swept`] | ensembles on a grid of sources: entropy against distance |
//! | [`Correlation`], [`correlations`], [`sweep_printed`], [`write_sweep`] | what each measure follows over the grid |
//! | [`Observer`], [`Stage`] | follows a study |
//!
//! What it does not do: print, look at a clock, or download anything.

mod arm;
mod audit;
mod case;
mod context;
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
mod sweep;

pub use arm::{Arm, Data};
pub use audit::{Audited, audit};
pub use context::{ContextUse, tokens_changed_by_substitution};
pub use encode::{Place, Sequences, sequences};
pub use error::Error;
pub use follow::{Follow, Taken};
pub use information::Information;
pub use input::{Documents, Input};
pub use measure::{
    AnalysisSet, Cuts, Ground, LEVEL, Oracle, Window, distributions, embeddings, fisher,
    fisher_by_batch,
};
pub use observer::{Observer, Stage};
pub use options::Options;
pub use present::{Curve, Figure, printed, write};
pub use run::{Found, Outcome, run};
pub use sweep::{Correlation, Grid, Swept, correlations, sweep, sweep_printed, write_sweep};
