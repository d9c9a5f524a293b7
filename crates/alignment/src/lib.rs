//! Similarity of embedding tables: how alike are two of them, against chance?
//!
//! Independently trained members share no basis, so their tables are compared by what a change of
//! basis leaves alone: who is near to whom, and how well one table can be turned onto the other.
//! Every value stands beside what unrelated tables of the same shape would give, because at large k
//! or small V that is a lot.
//!
//! ```
//! use dissensus_alignment::{ComparisonParams, EmbeddingTable, EmbeddingTables, compare};
//!
//! // Ten points on a circle, and the same circle turned by a right angle and doubled.
//! let point = |i: usize| (0.2 * (i as f32).powf(1.3)).sin_cos();
//! let a = (0..10).flat_map(|i| [point(i).0, point(i).1]).collect();
//! let b = (0..10).flat_map(|i| [-2.0 * point(i).1, 2.0 * point(i).0]).collect();
//! let tables =
//!     EmbeddingTables::new(vec![EmbeddingTable::new(a, 2)?, EmbeddingTable::new(b, 2)?])?;
//!
//! let found = compare(&tables, &ComparisonParams::for_rows(tables.rows()))?;
//! let pair = &found.pairs[0];
//! assert_eq!(pair.overlap[1].score.value, 1.0); // k = 3
//! assert!((pair.overlap[1].score.chance.unwrap() - 0.2262).abs() < 1e-4);
//! assert!(pair.procrustes.unwrap().disparity.value < 1e-6);
//! # Ok::<(), dissensus_alignment::Error>(())
//! ```
//!
//! | item | what it is |
//! |---|---|
//! | [`EmbeddingTable`], [`EmbeddingTables`] | checked tables, from memory or NumPy files; rows that are zero, special or never seen are dropped by name |
//! | [`compare`], [`ComparisonParams`], [`TableComparison`] | every measure of every pair of many tables in one blocked pass |
//! | [`top_k_overlap`] | Jaccard index of nearest neighbours, a list of k |
//! | [`local_spearman`] | rank correlation within neighbourhoods, a list of k, both directions or one |
//! | [`Procrustes`], [`Fit`], [`Consensus`] | orthogonal alignment of two tables, judged on held-out rows, or of many onto their mean |
//! | [`cka()`], [`MinibatchCka`] | linear and Gaussian kernel alignment, biased and debiased |
//! | [`svcca`] | canonical correlations |
//! | [`retrieval()`], [`match_units`] | finding partners by cosine and CSLS; matching columns |
//! | [`nearest()`] | nearest tokens of a token |
//! | [`RowMovements`], [`MovedRow`] | tokens that move most between two tables, with their nearest tokens in each |
//! | [`EmbeddingGeometry`], [`compare_layers`] | uniformity, anisotropy, effective rank and more of contextual embeddings, layer by layer |
//! | [`Score`], [`chance`], [`null`] | values beside their chance level: analytic, by permutation, Gaussian |
//!
//! Accuracy. Overlap and rank correlation use cosines that are `f32` products of rows normalised in
//! `f64`: neighbours closer than about 1e-6 may change places. Procrustes, linear CKA and CCA on
//! `nalgebra` matrices are `f64` throughout; inside [`compare`] they start from `f32` products of
//! 512 rows summed in `f64`, right to about 1e-6, as is the Gaussian kernel everywhere. Results are
//! the same bits for any number of threads.
//!
//! What it does not do: train or embed anything, approximate neighbours, or put intervals around
//! values (members are the unit of resampling, and the pairs of a [`TableComparison`] are what a
//! jackknife needs).
//!
//! References: Schönemann, Psychometrika 31 (1966); Gower, Psychometrika 40 (1975); Kornblith et
//! al., ICML 2019; Song et al., JMLR 13 (2012); Nguyen et al., ICLR 2021; Raghu et al., NeurIPS
//! 2017; Conneau et al., ICLR 2018; Wang and Isola, ICML 2020.

mod cca;
mod cka;
mod compare;
mod contextual;
mod error;
mod factor;
mod file;
mod hsic;
mod hypergeometric;
mod local_spearman;
mod moved;
mod nearest;
mod neighbourhoods;
mod overlap;
mod points;
mod polar;
mod procrustes;
mod product;
mod ranking;
mod rbf;
mod retrieval;
mod score;
mod spearman;
mod table;
mod tables;

pub mod chance;
pub mod null;

pub use cca::{CanonicalCorrelations, svcca};
pub use cka::{CkaScores, Estimator, Kernel, MinibatchCka, cka};
pub use compare::{Aligned, ComparisonParams, Pair, TableComparison, compare};
pub use contextual::{EmbeddingGeometry, LayerAgreement, compare_layers};
pub use error::Error;
pub use local_spearman::{LocalSpearman, SPEARMAN_NEIGHBOURS, Ties, local_spearman};
pub use moved::{MovedRow, RowMovements};
pub use nearest::{Neighbour, nearest};
pub use overlap::{OVERLAP_NEIGHBOURS, Overlap, top_k_overlap};
pub use procrustes::{Consensus, Fit, HeldOutFit, Procrustes};
pub use retrieval::{Retrieval, UnitMatching, match_units, retrieval};
pub use score::Score;
pub use table::EmbeddingTable;
pub use tables::{Dropped, EmbeddingTables, Reason};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
