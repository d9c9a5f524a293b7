//! Statistics of measures and predictions: intervals, tests, scores. How sure is a number?
//!
//! A mean over five ensemble members, a rate of agreement, an area under a curve: each is one draw
//! of a random quantity. This crate puts an interval around it, names its chance level and tests
//! it.
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
//! | [`Estimate`] | a value with its standard error and interval; [`Estimate::within`] a range |
//! | [`jackknife`], [`jackknife_mean`], [`jackknife_with`] | leave one unit out |
//! | [`jackknife_pairs`] | the same over members, for values of pairs, which share members |
//! | [`bootstrap()`], [`bootstrap_blocks`] | draw units, or clusters of them, with replacement |
//! | [`bootstrap_nested`] | draw at every level: tasks, their folds, the seeds of a fold |
//! | [`BootstrapParams`], [`BootstrapEstimate`] | how often; with resamples that have no value |
//! | [`permutation_test`], [`paired_permutation_test`] | would chance do as much |
//! | [`Permutations`], [`PermutationTest`] | all of them or a sample; the outcome |
//! | [`chance_corrected`] | (observed − null)/(1 − null) |
//! | [`proportion_exact`], [`proportion_wilson`] | a rate, valid at 0 and 1 too |
//! | [`auroc`], [`auroc_delong`], [`auroc_bootstrap`] | does a score order two classes |
//! | [`AreaEstimate`], [`AreaInterval`] | an area with its interval, and how that was found |
//! | [`auprc`], [`auprc_bootstrap`] | the same by precision and recall |
//! | [`Confusion`] | accuracy, Matthews correlation, F1 of predicted classes |
//! | [`ClassPredictions`], [`OneVersusRest`] | Brier score, calibration, areas of many classes |
//! | [`risk_coverage`], [`RiskCoverage`], [`RiskPoint`], [`surest`] | leaving out the least sure |
//! | [`spearman`], [`average_ranks`] | rank correlation, with ties |
//! | [`benjamini_hochberg`] | many tests at once |
//! | [`Error`] | what is refused |
//!
//! It reads no files, prints nothing, and draws randomness only from the seed it is given. It fits
//! no models and knows no measures: values come in as slices.
//!
//! References: Efron and Tibshirani, *An Introduction to the Bootstrap* (1993); the source of each
//! function stands with it.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod area;
mod bootstrap;
mod chance;
mod confusion;
mod error;
mod estimate;
mod jackknife;
mod multiple;
mod nested;
mod permutation;
mod predictions;
mod proportion;
mod rank;
mod risk;
mod scale;

pub use area::{
    AreaEstimate, AreaInterval, auprc, auprc_bootstrap, auroc, auroc_bootstrap, auroc_delong,
};
pub use bootstrap::{BootstrapEstimate, BootstrapParams, bootstrap, bootstrap_blocks};
pub use chance::chance_corrected;
pub use confusion::Confusion;
pub use error::Error;
pub use estimate::Estimate;
pub use jackknife::{jackknife, jackknife_mean, jackknife_pairs, jackknife_with};
pub use multiple::benjamini_hochberg;
pub use nested::bootstrap_nested;
pub use permutation::{PermutationTest, Permutations, paired_permutation_test, permutation_test};
pub use predictions::{ClassPredictions, OneVersusRest};
pub use proportion::{proportion_exact, proportion_wilson};
pub use rank::{average_ranks, spearman};
pub use risk::{RiskCoverage, RiskPoint, risk_coverage, surest};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
