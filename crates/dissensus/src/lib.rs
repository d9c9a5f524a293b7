//! Every crate of the workspace behind one feature each: which question do you have, and which
//! crate answers it?
//!
//! No feature is on by default:
//! `dissensus = { version = "0.1", features = ["divergence", "stats"] }` takes those two and what
//! they need. `full` takes all; `cuda`, `wgpu`, `vulkan` and `ndarray` choose devices, `bed`,
//! `genbank`, `parquet` and `hessboost` what single crates offer, of those that are taken.
//!
//! ```
//! # #[cfg(all(feature = "divergence", feature = "stats"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use dissensus::divergence::{Distribution, entropy_bits};
//! use dissensus::stats::jackknife_mean;
//!
//! // Two members' predictions of one base, flat and certain of two: 2 bits and 1 bit.
//! let flat = entropy_bits(&Distribution::new(&[0.25; 4])?);
//! let of_two = entropy_bits(&Distribution::new(&[0.5, 0.5, 0.0, 0.0])?);
//! assert_eq!(jackknife_mean(&[flat, of_two], 0.95)?.value, 1.5);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "divergence", feature = "stats")))]
//! # fn main() {}
//! ```
//!
//! | feature | question |
//! |---|---|
//! | `corpus` | how are texts and sequences read, cleaned, split? |
//! | `tokenize` | into which tokens? |
//! | `source` | what is the entropy of a source one knows? |
//! | `reference` | how well does a predictor do that only reads? |
//! | `divergence` | how flat are predictions, how far apart are members? |
//! | `alignment` | how alike are embedding tables? |
//! | `stats` | how sure is a number? |
//! | `probe` | what do frozen features tell? |
//! | `task` | which labelled sequences, folded without leaks? |
//! | `variant` | does a model notice a changed base? |
//! | `report` | how are results kept, drawn and shown? |
//! | `layers`, `lm`, `bert`, `zoo` | operations, the contract of a model and its training, BERT, published genomic models |
//! | `fisher` | where does the Fisher information sit? |
//! | `ensemble` | how are matched members trained? |
//! | `measure`, `study` | every measure of models; the studies |
//!
//! It has no logic of its own and adds no limits to those of the crates.

#[cfg(feature = "alignment")]
#[doc(inline)]
pub use dissensus_alignment as alignment;
#[cfg(feature = "bert")]
#[doc(inline)]
pub use dissensus_bert as bert;
#[cfg(feature = "corpus")]
#[doc(inline)]
pub use dissensus_corpus as corpus;
#[cfg(feature = "divergence")]
#[doc(inline)]
pub use dissensus_divergence as divergence;
#[cfg(feature = "ensemble")]
#[doc(inline)]
pub use dissensus_ensemble as ensemble;
#[cfg(feature = "finetune")]
#[doc(inline)]
pub use dissensus_finetune as finetune;
#[cfg(feature = "fisher")]
#[doc(inline)]
pub use dissensus_fisher as fisher;
#[cfg(feature = "input")]
#[doc(inline)]
pub use dissensus_input as input;
#[cfg(feature = "layers")]
#[doc(inline)]
pub use dissensus_layers as layers;
#[cfg(feature = "lm")]
#[doc(inline)]
pub use dissensus_lm as lm;
#[cfg(feature = "measure")]
#[doc(inline)]
pub use dissensus_measure as measure;
#[cfg(feature = "probe")]
#[doc(inline)]
pub use dissensus_probe as probe;
#[cfg(feature = "reference")]
#[doc(inline)]
pub use dissensus_reference as reference;
#[cfg(feature = "report")]
#[doc(inline)]
pub use dissensus_report as report;
#[cfg(feature = "source")]
#[doc(inline)]
pub use dissensus_source as source;
#[cfg(feature = "stats")]
#[doc(inline)]
pub use dissensus_stats as stats;
#[cfg(feature = "study")]
#[doc(inline)]
pub use dissensus_study as study;
#[cfg(feature = "task")]
#[doc(inline)]
pub use dissensus_task as task;
#[cfg(feature = "tokenize")]
#[doc(inline)]
pub use dissensus_tokenize as tokenize;
#[cfg(feature = "transfer")]
#[doc(inline)]
pub use dissensus_transfer as transfer;
#[cfg(feature = "variant")]
#[doc(inline)]
pub use dissensus_variant as variant;

#[cfg(feature = "zoo")]
#[doc(inline)]
pub use dissensus_zoo as zoo;

/// The README's Rust snippets, run as doctests.
#[cfg(all(doctest, feature = "full"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
