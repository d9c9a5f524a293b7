//! The published genomic language models: what do they answer, and what would they answer
//! untrained?
//!
//! A folder as its authors distribute it opens as a burn module that answers as the published code
//! does, to rounding; it implements the traits of `dissensus-lm`, so every measure and the trainer
//! take it. A random twin is the same architecture with the weights that the published code would
//! begin with.
//!
//! ```
//! use burn::tensor::Device;
//! use dissensus_lm::{Batch, Pass};
//! use dissensus_zoo::{load, random_twin};
//! let config = serde_json::json!({
//!     "alibi_starting_size": 512, "vocab_size": 30, "hidden_size": 12, "num_hidden_layers": 1,
//!     "num_attention_heads": 3, "intermediate_size": 8
//! });
//! let folder = tempfile::tempdir()?;
//! random_twin(&config, 7, &Device::flex())?.save(folder.path())?;
//! let model = load(folder.path(), &Device::flex())?;
//! assert_eq!(model.family().name(), "DNABERT-2 (MosaicBERT)");
//! let batch = Batch::new(&[[1, 9, 4, 8, 2]], &model.sizes())?;
//! let logits = model.masked().ok_or("a head")?.logits_at(&batch, &[2], &Pass::default());
//! assert_eq!(logits.dims(), [1, 30]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`load`], [`load_as`] | a folder's model, of whatever family or of one known at compile time |
//! | [`visit_model`], [`FamilyVisitor`] | a folder's model as its own type, for training and for gradients |
//! | [`ZooModel`], [`Published`] | what every model of this crate does; what every architecture tells |
//! | [`random_twin`], [`Draw`], [`DrawRule`], [`TwinWeights`] | the same architecture untrained, and how its parameters are drawn |
//! | [`PublishedTokenizer`], [`TokenizedSequence`] | published ids, and the bases that each covers |
//! | [`inspect()`], [`Inspection`], [`BaseRow`] | what a folder holds, told to a person |
//! | [`Family`] | which families there are |
//! | [`Esm`], [`EsmConfig`] | Nucleotide Transformer v1 and v2; feature `esm` |
//! | [`MosaicBert`], [`MosaicBertConfig`], [`alibi_slopes`] | DNABERT-2; feature `mosaic-bert` |
//! | [`Gena`], [`GenaConfig`] | GENA-LM with full attention; feature `gena` |
//! | [`Caduceus`], [`CaduceusConfig`], [`StateSpaceConfig`], [`InitializerConfig`], [`Rank`] | Caduceus-Ph and -PS; feature `caduceus` |
//! | [`CaduceusGraph`], [`load_in_graph`] | whether the strands of Caduceus-PS change places before every layer |
//! | [`HyenaDna`], [`HyenaDnaConfig`] | HyenaDNA; feature `hyena` |
//! | [`Mistral`], [`MistralConfig`] | Mistral over characters; feature `mistral` |
//!
//! What it does not do: no weights are shipped or fetched; no sparse attention, no protein folding,
//! no classification heads.
//!
//! References: Dalla-Torre et al. 2025, "Nucleotide Transformer: building and evaluating robust
//! foundation models for human genomics"; Zhou et al. 2024, "DNABERT-2: Efficient Foundation Model
//! and Benchmark for Multi-Species Genomes"; Fishman et al. 2025, "GENA-LM: a family of open-source
//! foundational DNA language models for long sequences"; Portes et al. 2023, "MosaicBERT: A
//! Bidirectional Encoder Optimized for Fast Pretraining"; Schiff et al. 2024, "Caduceus:
//! Bi-Directional Equivariant Long-Range DNA Sequence Modeling"; Nguyen et al. 2023, "HyenaDNA:
//! Long-Range Genomic Sequence Modeling at Single Nucleotide Resolution"; Jiang et al. 2023,
//! "Mistral 7B".

#[cfg(feature = "caduceus")]
mod caduceus;
mod error;
#[cfg(feature = "esm")]
mod esm;
mod family;
#[cfg(feature = "gena")]
mod gena;
#[cfg(feature = "hyena")]
mod hyena;
mod inspect;
mod load;
#[cfg(feature = "mistral")]
mod mistral;
#[cfg(feature = "mosaic-bert")]
mod mosaic_bert;
mod parts;
mod published;
mod tokenizer;
mod twin;
mod visit;

#[cfg(feature = "caduceus")]
pub use caduceus::{
    Caduceus, CaduceusConfig, CaduceusGraph, InitializerConfig, Rank, StateSpaceConfig,
};
pub use error::Error;
#[cfg(feature = "esm")]
pub use esm::{Esm, EsmConfig};
pub use family::Family;
#[cfg(feature = "gena")]
pub use gena::{Gena, GenaConfig};
#[cfg(feature = "hyena")]
pub use hyena::{HyenaDna, HyenaDnaConfig};
pub use inspect::{BaseRow, Inspection, inspect};
#[cfg(feature = "caduceus")]
pub use load::load_in_graph;
pub use load::{load, load_as, random_twin};
#[cfg(feature = "mistral")]
pub use mistral::{Mistral, MistralConfig};
#[cfg(feature = "mosaic-bert")]
pub use mosaic_bert::{MosaicBert, MosaicBertConfig, alibi_slopes};
pub use published::{Published, ZooModel};
pub use tokenizer::{PublishedTokenizer, TokenizedSequence};
pub use twin::{Draw, DrawRule, TwinWeights};
pub use visit::{FamilyVisitor, visit_model};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
