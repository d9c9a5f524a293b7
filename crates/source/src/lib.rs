//! Sequences whose entropy is known exactly: what would a perfect model predict on them?
//!
//! A measure that claims to follow the entropy of its data can only be judged on data whose
//! entropy, and whose perfect predictor, are known. A [`Source`] draws seeded documents, states its
//! entropy rate, and computes the exact posterior of masked symbols given all visible ones.
//!
//! ```
//! use dissensus_source::{Alphabet, Markov, Source};
//!
//! // Every letter is followed by itself with probability 0.7, by each other one with 0.1.
//! let row = |same: usize| (0..4).map(move |x| if x == same { 0.7 } else { 0.1 });
//! let table: Vec<f64> = (0..4).flat_map(row).collect();
//! let source = Markov::new(Alphabet::dna(), 1, &table)?;
//! let expected = -0.7f64 * 0.7f64.log2() - 0.3 * 0.1f64.log2(); // 1.3568 bits
//! assert!((source.entropy_rate().value().unwrap() - expected).abs() < 1e-12);
//!
//! // A ? A: the perfect model gives the middle A the odds 0.7² against three times 0.1².
//! let posterior = source.posterior(&[Some(0), None, Some(0)])?;
//! assert!((posterior.row(0)[0] - 0.49 / 0.52).abs() < 1e-12);
//! # Ok::<(), dissensus_source::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Source`], [`Symbols`], [`documents`] | what every source offers; endless streams; documents as text |
//! | [`Iid`], [`Markov`], [`MarkovCounts`] | independent symbols; order-k chains, given, estimated or random |
//! | [`HiddenMarkov`], [`Motifs`] | isochores, genes, anything hidden; pairs of boxes with a spacing rule |
//! | [`Copies`] | copies with mutation at a chosen distance, direct or inverted |
//! | [`Interleaved`] | any source with its information a chosen distance away |
//! | [`TextLike`], [`DnaLike`] | the built-in inputs |
//! | [`gallery()`], [`NamedSource`] | one source of each kind, by name |
//! | [`Machine`], [`Edge`] | the common finite-state form, mixtures, strand-symmetric versions |
//! | [`RateEnclosure`] | an entropy rate without closed form, enclosed by samples |
//! | [`erasure_entropy`] | the floor of a two-sided predictor, estimated from exact posteriors |
//! | [`segments`], [`Segment`], [`TokenTrie`] | masked tokens of any tokenizer: [`Machine::token_posterior`] |
//! | [`Posterior`], [`Bounds`], [`SampleMean`], [`entropy_bits`] | results |
//! | [`Alphabet`], [`Error`] | letters; what is refused |
//!
//! Symbols are indices into an [`Alphabet`]; entropies are in bits per symbol. The crate does not
//! estimate the entropy of data (`dissensus-reference` does) and knows nothing of tokens or models.
//!
//! References: Shannon, *A mathematical theory of communication* (1948). Ash, *Information theory*
//! (1965), chapter 6. Cover & Thomas, *Elements of information theory* (2006), chapter 4. Verdú &
//! Weissman, *The information lost in erasures*, IEEE Trans. Inf. Theory 54 (2008). Rabiner, *A
//! tutorial on hidden Markov models* (1989).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alphabet;
mod copies;
mod dna;
mod entropy;
mod error;
mod gallery;
mod hidden;
mod iid;
mod interleaved;
mod machine;
mod markov;
mod motif;
mod oracle;
mod source;
mod text;
mod tokens;

pub use alphabet::Alphabet;
pub use copies::{Copies, Strand};
pub use dna::{DnaLike, DnaParams};
pub use entropy::{Bounds, SampleMean, entropy_bits};
pub use error::Error;
pub use gallery::{NamedSource, gallery};
pub use hidden::HiddenMarkov;
pub use iid::Iid;
pub use interleaved::Interleaved;
pub use machine::{Edge, Machine, Posterior, RateEnclosure};
pub use markov::{Markov, MarkovCounts};
pub use motif::{MotifParams, Motifs};
pub use oracle::erasure_entropy;
pub use source::{Source, Symbols, documents};
pub use text::{TextLike, TextParams};
pub use tokens::{Segment, TokenTrie, segments};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
