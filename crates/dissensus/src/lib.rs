//! Every crate of the workspace behind one feature each; no logic of its own.
//!
//! No feature is on by default; `full` turns all of them on. `cuda`, `wgpu`, `vulkan` and `ndarray` add devices to those that are on.

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
#[cfg(feature = "fisher")]
#[doc(inline)]
pub use dissensus_fisher as fisher;
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
#[cfg(feature = "variant")]
#[doc(inline)]
pub use dissensus_variant as variant;

#[cfg(feature = "zoo")]
#[doc(inline)]
pub use dissensus_zoo as zoo;

/// The README's Rust snippets, run as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
