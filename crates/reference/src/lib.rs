//! Entropies of sequences without a model: how well does a predictor do that learns as it reads?
//!
//! A language model's loss means little without a yardstick. Context tree weighting and a copy
//! model code a sequence in one pass and bound its entropy rate from above; a two-sided context
//! mixture predicts each symbol from both its sides and is the fair reference for a masked language
//! model; block entropies and Lempel–Ziv complexity are the classical estimates.
//!
//! ```
//! use dissensus_reference::{ContextTree, code_length};
//!
//! // Tosses of a coin as 0 or 1, each told again as 2 or 3: half a bit a symbol.
//! let mut state = 1u32;
//! let mut toss = || {
//!     state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
//!     (state >> 31) as u8
//! };
//! let symbols: Vec<u8> = (0..20_000).flat_map(|_| { let t = toss(); [t, t + 2] }).collect();
//! let mut tree = ContextTree::new(4, 4)?;
//! let length = code_length(&mut tree, symbols.into_iter().map(Some), 2_000)?;
//! let bits = length.bits_per_symbol()?;
//! assert!(bits.value > 0.49 && bits.value < 0.51, "{bits}");
//! # Ok::<(), dissensus_reference::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`survey`], [`SurveyParams`], [`SurveyRow`], [`BoundKind`] | all of the following on one sequence |
//! | [`ContextTree`], [`ContextTreeParams`] | context tree weighting, up to depth 24, 2 to 256 letters |
//! | [`CopyModel`], [`CopyModelParams`] | context models with copies of earlier segments, direct and inverted |
//! | [`TwoSided`], [`TwoSidedParams`] | a masked symbol from its left and right contexts |
//! | [`BlockCounts`], [`BlockEntropy`], [`block_entropy`] | block entropies with bias corrections |
//! | [`conditional_entropy`], [`conditional_entropy_nsb`] | of the next symbol given those before |
//! | [`lempel_ziv`], [`LempelZiv`] | the parse of 1976 and match lengths |
//! | [`Predictor`], [`code_length`], [`CodeLength`], [`BitsPerSymbol`] | code lengths with intervals over blocks |
//! | [`Error`] | what is refused |
//!
//! Symbols are numbers below the alphabet's size; `None` is an interruption such as a run of N and
//! is not coded. The crate reads no files and knows no letters. One-sided code lengths bound the
//! entropy rate, not the loss of a masked language model, which sees both sides.
//!
//! References: Willems, Shtarkov & Tjalkens, *The context-tree weighting method: basic properties*
//! (1995). Cao, Dix, Allison & Mears, *A simple statistical algorithm for biological sequence
//! compression* (2007). Lempel & Ziv, *On the complexity of finite sequences* (1976). Grassberger,
//! *Entropy estimates from insufficient samplings* (2003). Nemenman, Shafee & Bialek, *Entropy and
//! inference, revisited* (2002).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod block_entropy;
mod code_length;
mod context_tree;
mod copy_model;
mod error;
mod lempel_ziv;
mod survey;
mod two_sided;

pub use block_entropy::{
    BlockCounts, BlockEntropy, block_entropy, conditional_entropy, conditional_entropy_nsb,
};
pub use code_length::{BitsPerSymbol, CodeLength, Predictor, code_length};
pub use context_tree::{ContextTree, ContextTreeParams};
pub use copy_model::{CopyModel, CopyModelParams};
pub use error::Error;
pub use lempel_ziv::{LempelZiv, lempel_ziv};
pub use survey::{BoundKind, SurveyParams, SurveyRow, survey};
pub use two_sided::{TwoSided, TwoSidedParams};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
