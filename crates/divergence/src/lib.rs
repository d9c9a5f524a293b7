//! Entropies and divergences of categorical distributions: how flat are they, how far apart?
//!
//! One distribution at a time, over borrowed `f32` or `f64` slices; or an ensemble of language
//! models over millions of positions, streamed.
//!
//! ```
//! use dissensus_divergence::{Distribution, entropy_bits, jensen_shannon_bits};
//!
//! let p = Distribution::new(&[0.5, 0.5, 0.0])?;
//! let q = Distribution::new(&[0.5, 0.0, 0.5])?;
//! assert_eq!(entropy_bits(&p), 1.0);
//! assert_eq!(jensen_shannon_bits(&p, &q)?, 0.5);
//! # Ok::<(), dissensus_divergence::Error>(())
//! ```
//!
//! Everything is in bits unless its name says nats.
//!
//! | item | answers |
//! |---|---|
//! | [`Distribution`] | is this a distribution: from probabilities, logits, counts, weights |
//! | [`entropy_bits`], [`perplexity`], [`renyi_entropy_bits`] | how open is it |
//! | [`kl_to_uniform_bits`], [`kl_from_uniform_bits`], [`rank_curve`] | how far from flat |
//! | [`kl_divergence_bits`], [`cross_entropy_bits`], [`renyi_divergence_bits`] | how badly does one code for the other |
//! | [`jensen_shannon_distance`], [`jensen_shannon_bits`], [`total_variation`], [`hellinger`] | how far apart are two |
//! | [`generalized_jensen_shannon_bits`], [`uncertainty`], [`mean_distribution`] | and N |
//! | [`nucleus`], [`top_k`], [`temperature`] | the likely part of it, by either [`Rule`]; sharper or flatter |
//! | [`EnsembleDivergence`] with [`Settings`] gives a [`Summary`] | all of that for N members, batch by batch, at every nucleus mass |
//! | [`FlatnessMatched`] | how far apart would members be that differ by noise alone |
//! | [`LetterMap`] | what do predictions of k-mers or BPE tokens say of single bases, or of letters of any alphabet |
//!
//! It does not run models, read files, or compute intervals: a [`Summary`] holds the values by
//! member, by pair and without each member that a jackknife needs.
//!
//! References: Lin, Divergence measures based on the Shannon entropy (1991); Endres and Schindelin,
//! A new metric for probability distributions (2003); Holtzman et al., The curious case of neural
//! text degeneration (2020).

mod distribution;
mod divergence;
mod ensemble;
mod entropy;
mod error;
mod kernel;
mod letters;
mod nucleus;
mod null;
mod rule;
mod uncertainty;

pub use distribution::{Distribution, Real};
pub use divergence::{
    argmax_disagrees, cross_entropy_bits, generalized_jensen_shannon_bits, hellinger,
    jensen_shannon_bits, jensen_shannon_distance, jensen_shannon_nats, kl_divergence_bits,
    kl_divergence_nats, mean_distribution, renyi_divergence_bits, total_variation, uncertainty,
};
pub use ensemble::{
    EnsembleDivergence, MemberSummary, PUBLISHED_MASSES, PairSummary, Settings, Summary,
};
pub use entropy::{
    entropy_bits, entropy_nats, kl_from_uniform_bits, kl_to_uniform_bits, kl_to_uniform_nats,
    perplexity, rank_curve, renyi_entropy_bits,
};
pub use error::Error;
pub use letters::{LetterBatch, LetterMap};
pub use nucleus::{nucleus, temperature, top_k};
pub use null::FlatnessMatched;
pub use rule::Rule;
pub use uncertainty::Uncertainty;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
