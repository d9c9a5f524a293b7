//! What can go wrong.

/// Everything this crate reports instead of panicking.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no preset of this name.
    #[error("preset `{name}` is unknown, expected one of {}", crate::config::PRESETS.join(", "))]
    UnknownPreset {
        /// The name asked for.
        name: String,
    },
    /// There is no recipe of this name.
    #[error("recipe `{name}` is unknown, expected one of {}", crate::Recipe::NAMES.join(", "))]
    UnknownRecipe {
        /// The name asked for.
        name: String,
    },
    /// A configuration, a sequence, a file or a training run is refused.
    #[error(transparent)]
    Model(#[from] dissensus_lm::Error),
}

impl From<Error> for dissensus_lm::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Model(error) => error,
            other => Self::architecture(other),
        }
    }
}
