//! How alike two embedding tables are: top-k Jaccard, local Spearman, Procrustes, CKA, against chance.

mod cca;
mod cka;
mod compare;
mod contextual;
mod error;
mod factor;
mod hsic;
mod local_spearman;
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
pub use compare::{Aligned, Comparison, Pair, Plan, compare};
pub use contextual::{Cloud, LayerAgreement, compare_layers};
pub use error::Error;
pub use local_spearman::{LocalSpearman, SPEARMAN_NEIGHBOURS, Ties, local_spearman};
pub use nearest::{Neighbour, nearest};
pub use overlap::{OVERLAP_NEIGHBOURS, Overlap, top_k_overlap};
pub use procrustes::{Consensus, Fit, Judged, Procrustes};
pub use retrieval::{Retrieval, UnitMatching, match_units, retrieval};
pub use score::Score;
pub use table::Table;
pub use tables::{Dropped, Reason, Tables};
