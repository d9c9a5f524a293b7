//! The diagonal of the empirical Fisher information of a model: where does it sit?
//!
//! `F_i = E_(x,y)[(∂ log p(y|x; θ)/∂θ_i)²]`, per what an example is ([`Sample`]: a masked token, a
//! sequence, or the batch of a published variant), over whose labels ([`LabelChoice`]: observed,
//! drawn from the model, or all of them by random signs), and normalised how: the mean over
//! examples of the squared gradient of the example's *summed* log-likelihood in nats, never of a
//! mean loss.
//!
//! ```
//! use dissensus_fisher::{
//!     Accumulate, Counts, Gradient, Gradients, GroupSums, LabelChoice, RoleGrouping, Sample,
//! };
//! use dissensus_lm::ParameterRole;
//! let mut sums = GroupSums::new(Sample::Sequence, LabelChoice::Observed);
//! let gradient = |name: &str, values: Vec<f64>| Gradient {
//!     name: name.into(),
//!     role: ParameterRole::of_path(name),
//!     shape: vec![values.len()],
//!     values,
//!     output_side: None,
//! };
//! sums.example(&Gradients {
//!     parameters: vec![
//!         gradient("embeddings.table", vec![1.0, 2.0]),
//!         gradient("head.bias", vec![3.0, 1.0]),
//!     ],
//! })?;
//! sums.count(&Counts { examples: 1, units: 1, sequences: 1, tokens: 1, skipped: 0 });
//! let shares = sums.shares(RoleGrouping::Three)?;
//! assert_eq!((shares[0].label.as_str(), shares[0].share), ("embeddings", 5.0 / 15.0));
//! # Ok::<(), dissensus_fisher::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`FisherParams`] | of a masked or causal language model on sequences, by the route that its device allows |
//! | [`General`] | any burn module and a closure: one backward pass an example |
//! | [`Fast`], [`Forward`], [`Tokens`] | models whose operations show themselves: one backward pass a batch |
//! | [`log_likelihoods`], [`random_signs`] | of labels under a categorical model; the signs of those that are all taken |
//! | [`Diagonal`], [`GroupSums`], [`Accumulate`], [`Parts`] | what is accumulated: every parameter, or sums by role; both merge and serialise |
//! | [`GroupShare`], [`average`], [`MemberShare`] | shares with standard errors over examples, then over members |
//! | [`Roles`], [`RoleGrouping`] | who says what a parameter is for, and how roles are put together |
//! | [`TableRows`], [`Decile`] | the two sides of a tied word table, its rows by token frequency |
//!
//! Roles are those of `dissensus-lm` ([`ParameterRole`](dissensus_lm::ParameterRole)): a model says
//! what its parameters are for, and the path of a name does where it says nothing. So a module of
//! any kind has its shares.
//!
//! What it does not do: off-diagonal blocks, Kronecker factors, training; it knows no architecture
//! and reads no text.
//!
//! References: Amari 1998, "Natural Gradient Works Efficiently in Learning" (Fisher information);
//! Kunstner, Balles, Hennig 2019, "Limitations of the Empirical Fisher Approximation for Natural
//! Gradient Descent"; Hutchinson 1990, "A Stochastic Estimator of the Trace of the Influence Matrix
//! for Laplacian Smoothing Splines" (random signs); Martens, Sutskever, Swersky 2012, "Estimating
//! the Hessian by Back-propagating Curvature" (through a square root); Goodfellow 2015, "Efficient
//! Per-Example Gradient Computations"; Li et al. 2022, "Large Language Models Can Be Strong
//! Differentially Private Learners" (ghost norms of sequences).

mod accumulate;
mod categorical;
mod diagonal;
mod error;
mod fast;
mod general;
mod gradients;
mod grouping;
mod hutchinson;
mod params;
mod roles;
mod rows;
mod sample;
mod sums;

pub use accumulate::{Accumulate, Parts};
pub use categorical::log_likelihoods;
pub use diagonal::{Diagonal, Squares};
pub use error::Error;
pub use fast::{Fast, Forward, PassResult, Tokens};
pub use general::{General, Terms};
pub use gradients::{Gradient, Gradients};
pub use grouping::RoleGrouping;
pub use hutchinson::random_signs;
pub use params::FisherParams;
pub use roles::Roles;
pub use rows::{Decile, TableRows};
pub use sample::{Counts, LabelChoice, Sample};
pub use sums::{GroupShare, GroupSums, MemberShare, average};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
