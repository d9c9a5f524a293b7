//! Probes of frozen features: what can be read off what a model computed?
//!
//! A pretrained model is of use to a task if a small classifier does better on its hidden states
//! than on those of the same model at random weights, or on k-mer counts. This crate takes matrices
//! (one row per example) and classes, fits such classifiers on some rows, scores them on others and
//! says how sure the score is. It knows no model.
//!
//! Sequences whose class is whether they hold the motif `TATA`: counts of 4-mers show it and a
//! logistic regression reads it off; the GC content does not tell.
//!
//! ```
//! use dissensus_probe::{
//!     EvaluateParams, Folds, Labels, LogisticParams, Metric, Strands, evaluate, gc_content,
//!     kmer_frequencies, paired_differences,
//! };
//!
//! // 64 sequences of 16 bases with as many of each base in both classes.
//! let sequences: Vec<String> = (0..64)
//!     .map(|i| {
//!         let motif = if i % 2 == 0 { "TATA" } else { "TTAA" };
//!         format!("{}{motif}{}", "GC".repeat(i % 5), "CG".repeat(6 - i % 5))
//!     })
//!     .collect();
//! let labels = Labels::new((0..64).map(|i| i % 2).collect(), 2)?;
//! let folds = Folds::stratified(&labels, 4, 0)?;
//! let score = |features| {
//!     evaluate(&LogisticParams::default(), &features, &labels, &folds, &EvaluateParams::default())
//! };
//! let kmers = score(kmer_frequencies(&sequences, 4, Strands::Written)?)?;
//! let gc = score(gc_content(&sequences, 1)?)?;
//! let area = |report: &dissensus_probe::ProbeReport| {
//!     report.get(Metric::Auroc).map(|found| found.estimate.value)
//! };
//! assert_eq!((area(&kmers), area(&gc)), (Some(1.0), Some(0.5)));
//! let gain = paired_differences(&kmers, &gc, &EvaluateParams::default().bootstrap)?;
//! assert!(gain.iter().any(|of| of.metric == Metric::Auroc && of.estimate.value == 0.5));
//! # Ok::<(), dissensus_probe::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Features`], [`Labels`] | rows × columns, finite; one class per row, with names |
//! | [`RidgeParams`], [`LogisticParams`], [`TreesParams`], [`MajorityClass`] | the probes; each is a [`Probe`] |
//! | [`Ridge`], [`Logistic`], [`BoostedTrees`] | what they become when fitted |
//! | [`Standardizer`], [`Reduction`] | scaling by training rows; PCA or random directions, so that models of any width compare at one |
//! | [`Folds`] | k-fold, stratified, group-aware and fixed splits |
//! | [`evaluate`], [`ProbeReport`] | cross-validation; every [`Metric`] with interval, chance and majority baseline |
//! | [`paired_differences`], [`gain_over`] | one probe less another, or less the mean of others, on the same rows |
//! | [`FeatureComparison`], [`FeatureGain`] | several features of the same rows side by side |
//! | [`scores`], [`Scores`] | the metrics of given predictions |
//! | [`kmer_frequencies`], [`one_hot`], [`gc_content`] | features that need no model |
//! | [`FeatureCache`], [`FeatureKey`] | features on disk, by what they depend on |
//! | [`near_duplicates`], [`across`], [`similarity_groups`] | sequences that are nearly one, those parted by a split, groups that keep them together |
//!
//! Intervals are percentile bootstraps over *groups* of test rows: chromosomes, families of similar
//! sequences, matched pairs. Rows are groups of their own where no others are named, and then rows
//! that resemble one another make intervals too narrow.
//!
//! Trees are boosted by XGBoost's formulas. Its rate is not scikit-learn's: for several classes
//! XGBoost takes 2p(1 − p) as second derivative, so its 0.1 takes steps of half the length. The
//! feature `hessboost` adds a second engine, which cuts columns into bins (of the crate of that
//! name).
//!
//! It chooses no parameter by itself: penalty, depth and rounds are the caller's, to be chosen on
//! validation rows. It fine-tunes nothing, reads no task files and holds all features in memory, in
//! double precision.
//!
//! References: Alain and Bengio, "Understanding Intermediate Layers Using Linear Classifier Probes"
//! (2017); Chen and Guestrin, "XGBoost: A Scalable Tree Boosting System" (2016); Guo et al., "On
//! Calibration of Modern Neural Networks" (2017); "Tokenization to Transfer: Do Genomic Foundation
//! Models Learn Good Representations?" (ICLR 2026). The bits of every result are the same on any
//! number of threads.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod baseline;
mod cache;
mod error;
mod evaluate;
mod features;
mod fold;
mod kmer;
mod labels;
mod logistic;
mod probe;
mod product;
mod reduce;
mod ridge;
mod scale;
mod score;
mod sketch;
mod trees;

pub use baseline::{Strands, gc_content, kmer_frequencies, one_hot};
pub use cache::{FeatureCache, FeatureKey};
pub use error::Error;
pub use evaluate::{
    Difference, EvaluateParams, FeatureComparison, FeatureGain, FoldReport, Measured, NamedReport,
    ProbeReport, evaluate, evaluate_fold, gain_over, paired_differences,
};
pub use features::Features;
pub use fold::{Fold, Folds};
pub use labels::Labels;
pub use logistic::{ClassWeight, Logistic, LogisticParams};
pub use probe::{Fitted, MajorityClass, Probe, ProbeOutcome};
pub use reduce::{Projection, Reduction};
pub use ridge::{Ridge, RidgeParams};
pub use scale::Standardizer;
pub use score::{Metric, Scores, scores};
pub use sketch::{Leak, NearDuplicate, SketchParams, across, near_duplicates, similarity_groups};
#[cfg(feature = "hessboost")]
pub use trees::HistogramTrees;
pub use trees::{BoostedTrees, Node, Tree, TreeEngine, TreesParams};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
