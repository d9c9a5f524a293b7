//! Models and data sets of the Hugging Face Hub: where on this disk is the model that everybody can
//! download?
//!
//! ```
//! use dissensus_hub::{HubName, RepositoryKind};
//! let name: HubName = "hub:org/model@main".parse()?;
//! assert_eq!((name.kind, name.path), (RepositoryKind::Model, None));
//! # Ok::<(), dissensus_hub::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`HubName`], [`RepositoryKind`] | `hub:org/model@revision`, `hub:datasets/org/name/file` |
//! | [`Hub`], [`HubParams`] | fetches what a name means, once |
//! | [`Fetched`] | where it lies and under which commit |
//!
//! What it does not do: upload, list, or read what it fetched. Reference: the hub's own API,
//! <https://huggingface.co/docs/hub/api>.

mod choose;
mod error;
mod hub;
mod name;
mod sum;
mod transfer;

pub use error::Error;
pub use hub::{Fetched, Hub, HubParams};
pub use name::{HubName, RepositoryKind};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
