//! Tokenizers of text and DNA with offsets, saved as Python's `transformers` opens them: which
//! bases does a token cover?
//!
//! Three tokenizers behind one trait, [`Tokenizer`]: [`Bpe`] for text and DNA, [`Kmer`] and
//! [`Character`] for DNA. Each gives byte offsets, decodes, knows its special tokens, and is saved
//! as a Hugging Face folder that Python's `AutoTokenizer.from_pretrained` opens with the same ids;
//! [`load`] opens such folders, files of other kinds through the Hugging Face library.
//!
//! ```
//! use dissensus_tokenize::{Bpe, BpeParams, Tokenizer};
//!
//! let params = BpeParams::default().with_vocabulary_size(11);
//! let bpe = Bpe::train(["ACGTACGTTTACG"], params)?;
//! let encoding = bpe.encode("TACGT")?;
//! let tokens: Vec<_> = encoding.ids.iter().filter_map(|&id| bpe.vocabulary().token(id)).collect();
//! assert_eq!(tokens, ["T", "ACG", "T"]);
//! assert_eq!(encoding.offsets, [0..1, 1..4, 4..5]);
//! # Ok::<(), dissensus_tokenize::Error>(())
//! ```
//!
//! | item | what it is |
//! |---|---|
//! | [`Tokenizer`], [`Encoding`] | the trait; ids with byte offsets |
//! | [`Bpe`], [`BpeTrainer`], [`BpeParams`], [`WhiteSpace`] | byte-pair encoding; training with the stock trainer's merges in linear memory |
//! | [`Kmer`], [`Character`] | greedy k-mers with single bases; one symbol a token |
//! | [`Vocabulary`], [`Specials`], [`Role`], [`Layout`] | tokens and ids; which tokens are special; the two id layouts |
//! | [`Framing`], [`Framed`] | the special tokens around a sequence |
//! | [`Usage`], [`UsageSummary`] | tokens per symbol, fertility, fraction of the vocabulary used, unknowns |
//! | [`load`], [`parse`], [`HuggingFace`] | reading files; tokenizers of other kinds |
//! | [`require_alike`] | whether two tokenizers do the same |
//! | [`Exported`] | what a saved folder says beside its tokens |
//! | [`Error`] | what can go wrong |
//!
//! It does not clean text beyond upper-casing DNA, pick a vocabulary size, or return overlapping
//! k-mers.
//!
//! References: R. Sennrich, B. Haddow, A. Birch, *Neural Machine Translation of Rare Words with
//! Subword Units*, ACL 2016; H. Dalla-Torre et al., *Nucleotide Transformer*, Nature Methods 22
//! (2025).

mod alike;
mod bpe;
mod character;
mod dna;
mod encoding;
mod error;
mod file;
mod framing;
mod hugging_face;
mod kmer;
mod letters;
mod literals;
mod specials;
mod tokenizer;
mod usage;
mod vocabulary;

pub use alike::require_alike;
pub use bpe::{Bpe, BpeParams, BpeTrainer, WhiteSpace};
pub use character::Character;
pub use encoding::Encoding;
pub use error::Error;
pub use file::{Exported, load, parse};
pub use framing::{Framed, Framing};
pub use hugging_face::HuggingFace;
pub use kmer::Kmer;
pub use specials::{Layout, Role, Specials};
pub use tokenizer::Tokenizer;
pub use usage::{Usage, UsageSummary};
pub use vocabulary::Vocabulary;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
