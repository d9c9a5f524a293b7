//! How sure is a number?
//!
//! A mean over five ensemble members, a rate of agreement, an area under a curve: each is one draw of a random
//! quantity. This crate puts an interval around it, names its chance level and tests it.
//!
//! Five members give five entropies; the jackknife over members is the interval of their mean:
//!
//! ```
//! use dissensus_stats::jackknife_mean;
//!
//! let entropy = jackknife_mean(&[3.0, 3.2, 2.9, 3.1, 3.3], 0.95)?;
//! assert!((entropy.value - 3.1).abs() < 1e-12);
//! assert!((entropy.standard_error - 0.005_f64.sqrt()).abs() < 1e-12); // s/sqrt(n), s^2 = 0.025
//! # Ok::<(), dissensus_stats::Error>(())
//! ```
//!
//! | item | answers |
//! |---|---|
//! | [`Estimate`] | a value with its standard error and interval |
//! | [`jackknife`], [`jackknife_mean`], [`jackknife_pairs`], [`jackknife_with`] | leave one member out; pairs share members |
//! | [`bootstrap()`], [`bootstrap_blocks`] | draw units, or blocks of them (sequences), with replacement |
//! | [`permutation_test`], [`paired_permutation_test`] | would chance do as much: all permutations, or a sample of them |
//! | [`chance_corrected`] | (observed − null)/(1 − null) |
//! | [`auroc`], [`auroc_delong`], [`auroc_bootstrap`] | does a score order two classes |
//! | [`auprc`], [`auprc_bootstrap`] | the same by precision and recall |
//! | [`Confusion`] | accuracy, Matthews correlation, F1 of predicted classes |
//! | [`spearman`], [`average_ranks`] | rank correlation, with ties |
//! | [`benjamini_hochberg`] | many tests at once |
//!
//! References: Efron and Tibshirani, An Introduction to the Bootstrap (1993); the source of each function stands with it.
//!
//! It reads no files, prints nothing, and draws randomness only from the seed it is given.

mod area;
mod bootstrap;
mod chance;
mod confusion;
mod error;
mod estimate;
mod jackknife;
mod multiple;
mod permutation;
mod rank;

pub use area::{auprc, auprc_bootstrap, auroc, auroc_bootstrap, auroc_delong};
pub use bootstrap::{Resampling, bootstrap, bootstrap_blocks};
pub use chance::chance_corrected;
pub use confusion::Confusion;
pub use error::Error;
pub use estimate::Estimate;
pub use jackknife::{jackknife, jackknife_mean, jackknife_pairs, jackknife_with};
pub use multiple::benjamini_hochberg;
pub use permutation::{PermutationTest, Permutations, paired_permutation_test, permutation_test};
pub use rank::{average_ranks, spearman};
