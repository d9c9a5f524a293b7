//! The one path from files to token ids: read, clean, divide, cut, tokenize, frame. What does a
//! model see of my data, and what was lost on the way?
//!
//! Every program reads through here, so that the same files give the same sequences everywhere.
//! Files are streamed: a document at a time is held, and a chromosome need not fit in memory. What
//! cleaning changes is counted ([`InputCounts`]), what tokenizing drops or does not know too
//! ([`TokenCounts`]); letters that cannot be DNA are refused with their place.
//!
//! ```
//! use dissensus_input::{Documents, InputParams, Modality, SequenceParams};
//! use dissensus_tokenize::{Kmer, Layout};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("genome.fa");
//! std::fs::write(&path, format!(">chr1\n{}\n", "ACGTAC".repeat(1000)))?;
//!
//! let documents = Documents::open(&[path], &InputParams::new(Modality::Dna).with_gap(60))?;
//! let tokenizer = Kmer::new(6, Layout::Standard)?;
//! let sets = documents.encode(&tokenizer, &SequenceParams::default().with_max_length(32))?;
//! assert_eq!(documents.counts().analysis, 300); // 5 % of 6000 bases
//! assert_eq!(sets.analysis.counts.tokens, 50);
//! assert_eq!(sets.analysis.ids[0].len(), 32); // <CLS>, 30 tokens, <SEP>
//! assert_eq!(sets.analysis.windows[0].origin.start, 5700);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Documents`], [`InputParams`], [`Modality`], [`Set`], [`Sets`] | clean documents of three sets, read as they are asked for |
//! | [`InputPath`] | `genome.fa`, or `genome.fa:chr3:1000-2000` |
//! | [`Document`], [`Origin`] | one of them, and where it stands |
//! | [`Sequences`], [`SequenceWindow`], [`SequenceParams`], [`FramingChoice`] | framed token ids, with the text that they span |
//! | [`EncodedSets`], [`SequenceStore`] | the same of every set; the training set on disk where it is large |
//! | [`InputCounts`], [`TokenCounts`] | what was read, lost and changed |
//! | [`Error`] | what can go wrong |
//!
//! It does not download, train tokenizers, mask, or look for sequences that occur in two sets.

mod counts;
mod document;
mod documents;
mod error;
mod escape;
mod file;
mod held_out;
mod modality;
mod params;
mod part;
mod path;
mod sequences;
mod store;
mod survey;

pub use dissensus_corpus::{Set, Sets};

pub use counts::{InputCounts, TokenCounts};
pub use document::{Document, Origin};
pub use documents::Documents;
pub use error::Error;
pub use modality::Modality;
pub use params::InputParams;
pub use path::InputPath;
pub use sequences::{EncodedSets, FramingChoice, SequenceParams, SequenceWindow, Sequences};
pub use store::SequenceStore;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
