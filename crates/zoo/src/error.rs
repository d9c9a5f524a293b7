//! What can go wrong.

use std::path::PathBuf;

use crate::Family;

/// Everything this crate reports instead of panicking.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder holds none of the models that are known here.
    #[error(
        "{}: none of {} is in this folder; looked at {looked_at}",
        folder.display(),
        Family::ALL.map(Family::name).join(", ")
    )]
    UnknownFamily {
        /// The folder.
        folder: PathBuf,
        /// What its configuration and its tensors say.
        looked_at: String,
    },
    /// The configuration says one family, the names of the tensors another.
    #[error("{}: config.json is that of {config}, the tensors are those of {tensors}", folder.display())]
    Contradiction {
        /// The folder.
        folder: PathBuf,
        /// What the configuration says.
        config: &'static str,
        /// What the tensors say.
        tensors: &'static str,
    },
    /// The family is known, but this build was made without it.
    #[error("{family} was left out of this build: switch the feature `{feature}` on")]
    LeftOut {
        /// Name of the family.
        family: &'static str,
        /// The feature that brings it.
        feature: &'static str,
    },
    /// A file holds two copies of what the model has once, and they differ.
    #[error(
        "{}: tensors `{first}` and `{second}` are one in the model, yet differ at element {index}",
        folder.display()
    )]
    TiedTensorsDiffer {
        /// The folder.
        folder: PathBuf,
        /// One key.
        first: String,
        /// The other key.
        second: String,
        /// Index of the first element that differs, row-major.
        index: usize,
    },
    /// No rule says how a random twin draws a parameter.
    #[error("{family}: no rule says how parameter `{parameter}` of a random twin is drawn")]
    NoDraw {
        /// Name of the family.
        family: &'static str,
        /// The parameter.
        parameter: String,
    },
    /// A tokenizer gives an id that the model has no row for.
    #[error("token `{token}` has id {id}, the model has {rows} rows")]
    IdWithoutRow {
        /// The token.
        token: String,
        /// Its id.
        id: u32,
        /// Rows of the model's word table.
        rows: usize,
    },
    /// A configuration, a file, a sequence or a training run is refused.
    #[error(transparent)]
    Model(#[from] dissensus_lm::Error),
    /// A tokenizer's file or a text is refused.
    #[error(transparent)]
    Tokenizer(#[from] dissensus_tokenize::Error),
}
