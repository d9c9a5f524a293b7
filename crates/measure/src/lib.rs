//! Measures of masked-language models: how flat and how unsure their predictions are, how alike
//! ensembles, how far they look, and where their Fisher information sits.
//!
//! Models and documents go in, measures come out, each with its interval over members and its
//! chance level. Nothing here trains.
//!
//! ```
//! use burn::tensor::Device;
//! use dissensus_bert::{Config, MaskedLm};
//! use dissensus_input::{Document, Documents, Modality, SequenceParams, Set, Sets};
//! use dissensus_measure::{AnalysisParams, AnalysisSet, AnalysisVocabulary, distributions};
//! use dissensus_tokenize::{Character, Layout};
//! let tokenizer = Character::dna(Layout::Standard)?;
//! let analysis = vec![Document::of_text("ACGTTGCAAC".repeat(10))];
//! let documents = Documents::made(Modality::Dna, Sets { analysis, ..Sets::default() });
//! let sequences = documents.encode_set(
//!     Set::Analysis,
//!     &tokenizer,
//!     &SequenceParams::default().with_max_length(34),
//! )?;
//! let vocabulary =
//!     AnalysisVocabulary { modality: Modality::Dna, tokenizer: &tokenizer, rows: 10 };
//! let set = AnalysisSet::new(&sequences, vocabulary, &AnalysisParams::default())?;
//! let config = Config { initializer_range: 0.0, ..Config::preset("no_transformer")? }
//!     .with_vocabulary(10, 1);
//! let flat = MaskedLm::new(&config, 7, &Device::flex())?;
//! let measures = distributions(&[flat], &set)?;
//! let entropy =
//!     measures.iter().find(|measure| measure.id == "entropy").map(|measure| measure.value);
//! // a model whose weights are 0 says nothing
//! assert!((entropy.unwrap_or_default() - 10f64.log2()).abs() < 1e-5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`audit`], [`AuditParams`] | every measure on models somebody else trained |
//! | [`open_members`], [`Members`] | models that can be compared with one another |
//! | [`MeasurementSetup`], [`MeasureParams`] | every measure of one ensemble in one state |
//! | [`Input`], [`documents_of_source`] | where the documents come from |
//! | [`AnalysisSet`], [`AnalysisParams`], [`AnalysisVocabulary`], [`AnalysisWindow`] | what the members are asked, and where it stands in the documents |
//! | [`distributions`], [`embeddings`], [`states()`] | predictions at masked positions; input tables; hidden states |
//! | [`fisher`], [`fisher_by_batch`], [`fisher_while_training`] | where the Fisher information sits |
//! | [`MeasuredModel`], [`OpenFolder`], [`OpenedFolder`], [`MeasuredCheckpoint`], [`open_folder`] | what the measures ask of a model, and how a folder becomes one |
//! | [`learned_fraction`], [`add_learned_fraction`], [`control_loss`] | how much of what can be learned was learned |
//! | [`Oracle`], [`TokenBoundaries`] | what a perfect model of a known source would have said |
//! | [`LossFloor`] | the loss below which nothing more is known to be learnable |
//! | [`TwoSidedLoss`] | what counts of the letters on both sides would have lost: the yardstick where no source is known |
//! | [`ContextUse`], [`tokens_changed_by_substitution`] | how far the members look, and how much the tokenization matters |
//! | [`CATALOGUE`], [`CatalogueRow`], [`MeasureKey`], [`label`] | every measure, once: id, label, unit, argument, chance, what a [`Paper`] reports |
//! | [`MeasureObserver`], [`Stage`] | follows the measures |
//!
//! What it does not do: train, print, look at a clock, or download anything.

mod analysis_set;
mod audit;
mod catalogue;
mod context;
mod distributions;
mod embeddings;
mod error;
mod fisher;
mod floor;
mod input;
mod intervals;
mod learned;
mod letters;
mod losses;
mod members;
mod model;
mod observer;
mod oracle;
mod paper;
mod predictions;
mod setup;
mod states;
mod token_letters;
mod two_sided;

pub use analysis_set::{AnalysisParams, AnalysisSet, AnalysisVocabulary, AnalysisWindow};
pub use audit::{AuditParams, audit};
pub use catalogue::*;
pub use context::{ContextUse, tokens_changed_by_substitution};
pub use distributions::distributions;
pub use embeddings::{LeftOutRows, embeddings};
pub use error::Error;
pub use fisher::{FisherAtStep, fisher, fisher_by_batch, fisher_while_training};
pub use floor::{LossFloor, TWO_SIDED_LOSS};
pub use input::{Input, documents_of_source};
pub use intervals::LEVEL;
pub use learned::{add_learned_fraction, control_loss, learned_fraction};
pub use members::{Members, open_members};
pub use model::{MeasuredCheckpoint, MeasuredModel, OpenFolder, OpenedFolder, open_folder};
pub use observer::{MeasureObserver, Stage};
pub use oracle::{Oracle, TokenBoundaries};
pub use paper::Paper;
pub use setup::{INIT, MeasureParams, MeasurementSetup, TRAINED};
pub use states::states;
pub use two_sided::TwoSidedLoss;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
