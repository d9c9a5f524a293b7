//! Where does the diagonal empirical Fisher information of a model sit?
//!
//! `F_i = E_(x,y)[(∂ log p(y|x; θ)/∂θ_i)²]`, per what an example is ([`Sample`]: a masked token, a sequence, or the
//! published batch), over whose labels ([`Labels`]: observed or drawn from the model), and normalised how: the mean over
//! examples of the squared gradient of the example's *summed* log-likelihood in nats, never of a mean loss.
//!
//! ```
//! use dissensus_fisher::{Figure, Gradient, Gradients, Accumulate, Counts, GroupSums, Labels, Sample};
//! let mut sums = GroupSums::new(Sample::Sequence, Labels::Observed);
//! let gradient = |name: &str, values: Vec<f64>| Gradient {
//!     name: name.into(),
//!     shape: vec![values.len()],
//!     values,
//!     output_side: None,
//! };
//! sums.example(&Gradients { parameters: vec![
//!     gradient("bert.embeddings.LayerNorm.bias", vec![1.0, 2.0]),
//!     gradient("cls.predictions.bias", vec![3.0, 1.0]),
//! ]})?;
//! sums.count(&Counts { examples: 1, units: 1, sequences: 1, tokens: 1, skipped: 0 });
//! let shares = sums.shares(Figure::Three)?;
//! assert_eq!((shares[0].label.as_str(), shares[0].share), ("embeddings", 5.0 / 15.0));
//! # Ok::<(), dissensus_fisher::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`General`] | any burn module and a closure: one backward pass an example |
//! | [`Fast`], [`Forward`], [`Tokens`] | models of tapped layers: one backward pass a batch |
//! | [`log_likelihoods`] | of observed or drawn labels under a categorical model |
//! | [`Diagonal`], [`GroupSums`] | what is accumulated: every parameter, or sums by [`Place`]; both merge and serialise |
//! | [`Share`], [`average`], [`MemberShare`] | shares with standard errors over examples, then over members |
//! | [`Group`], [`Place`], [`Figure`] | what a parameter does, in which layer, and how places are put together |
//! | [`Tie`], [`Rows`], [`Decile`] | the two sides of a tied word table, its rows by token frequency |
//!
//! What it does not do: off-diagonal blocks, Kronecker factors, training; it knows no model and reads no text.
//!
//! References: Amari 1998 (Fisher information); Kunstner, Balles, Hennig 2019 (empirical against true Fisher);
//! Goodfellow 2015 (squared norms of per-example gradients); Li et al. 2022 (ghost norms for sequences).

mod accumulate;
mod categorical;
mod diagonal;
mod error;
mod fast;
mod figure;
mod general;
mod gradients;
mod group;
mod place;
mod rows;
mod sample;
mod sums;

pub use accumulate::Accumulate;
pub use categorical::log_likelihoods;
pub use diagonal::{Diagonal, Squares};
pub use error::Error;
pub use fast::{Fast, Forward, Passed, Tokens};
pub use figure::Figure;
pub use general::{General, Terms};
pub use gradients::{Gradient, Gradients, Tie};
pub use group::Group;
pub use place::Place;
pub use rows::{Decile, Rows};
pub use sample::{Counts, Labels, Sample};
pub use sums::{GroupSums, MemberShare, Share, average};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
