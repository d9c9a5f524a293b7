//! How alike two embedding tables are: top-k Jaccard, local Spearman, Procrustes, CKA, against chance.

mod compare;
mod error;
mod local_spearman;
mod nearest;
mod neighbourhoods;
mod overlap;
mod polar;
mod procrustes;
mod product;
mod ranking;
mod score;
mod spearman;
mod table;
mod tables;

pub mod chance;

pub use compare::{Aligned, Comparison, Pair, Plan, compare};
pub use error::Error;
pub use local_spearman::{LocalSpearman, SPEARMAN_NEIGHBOURS, Ties, local_spearman};
pub use nearest::{Neighbour, nearest};
pub use overlap::{OVERLAP_NEIGHBOURS, Overlap, top_k_overlap};
pub use procrustes::{Fit, Judged, Procrustes};
pub use score::Score;
pub use table::Table;
pub use tables::{Dropped, Reason, Tables};
