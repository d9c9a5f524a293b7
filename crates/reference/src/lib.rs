//! How well does a model-free predictor do on a sequence?
//!
//! A language model's loss means little without a yardstick. Context tree weighting and a copy model code a sequence in one
//! pass and bound its entropy rate from above; a two-sided context mixture predicts each symbol from both its sides and is the
//! fair reference for a masked language model; block entropies and Lempel–Ziv complexity are the classical estimates.
//!
//! ```
//! use dissensus_reference::{ContextTree, code_length};
//! use dissensus_source::{Alphabet, Markov, Source};
//!
//! let source = Markov::random(Alphabet::dna(), 2, 1.6, 7)?; // 1.6 bits per symbol
//! let symbols = source.document(1, 0, 100_000);
//! let length = code_length(&mut ContextTree::new(4, 8)?, symbols.into_iter().map(Some), 2_000);
//! let bits = length.bits_per_symbol();
//! assert!(bits.low < 1.61 && bits.high > 1.59 && (bits.value - 1.6).abs() < 0.02, "{bits}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`survey`], [`SurveyParams`], [`SurveyRow`], [`Side`] | all of the following on one sequence |
//! | [`ContextTree`], [`ContextTreeParams`] | context tree weighting, up to depth 24, 2 to 256 letters |
//! | [`CopyModel`], [`CopyModelParams`] | context models with copies of earlier stretches, direct and inverted |
//! | [`TwoSided`], [`TwoSidedParams`] | a masked symbol from its left and right contexts |
//! | [`BlockCounts`], [`BlockEntropy`], [`block_entropy`], [`conditional_entropy`], [`conditional_entropy_nsb`] | block entropies: plug-in, Miller–Madow, Grassberger, NSB |
//! | [`lempel_ziv`], [`LempelZiv`] | the parse of 1976 and match lengths |
//! | [`Predictor`], [`code_length`], [`CodeLength`], [`BitsPerSymbol`] | code lengths with intervals over blocks |
//! | [`Error`] | what is refused |
//!
//! Symbols are numbers below the alphabet's size; `None` is an interruption such as a run of N and is not coded. The crate
//! reads no files and knows no letters. One-sided code lengths bound the entropy rate, not the loss of a masked language
//! model, which sees both sides.
//!
//! References: Willems, Shtarkov & Tjalkens, *The context-tree weighting method: basic properties* (1995). Cao, Dix,
//! Allison & Mears, *A simple statistical algorithm for biological sequence compression* (2007). Lempel & Ziv, *On the
//! complexity of finite sequences* (1976). Grassberger, *Entropy estimates from insufficient samplings* (2003). Nemenman,
//! Shafee & Bialek, *Entropy and inference, revisited* (2002).

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
pub use survey::{Side, SurveyParams, SurveyRow, survey};
pub use two_sided::{TwoSided, TwoSidedParams};
