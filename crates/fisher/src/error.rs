//! What can go wrong.

use thiserror::Error as ThisError;

/// What can go wrong while Fisher information is measured.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The log-likelihood of a sequence is NaN or infinite.
    #[error("sequence {sequence}: the log-likelihood is {value}, expected a finite number")]
    NotFinite {
        /// Number of the sequence.
        sequence: u64,
        /// The value met.
        value: f64,
    },
    /// A gradient holds NaN or infinite entries although the log-likelihood is finite.
    #[error("sequence {sequence}: the gradient of `{parameter}` is not finite")]
    GradientNotFinite {
        /// Number of the sequence.
        sequence: u64,
        /// Name of the parameter.
        parameter: String,
    },
    /// The caller's closure failed.
    #[error("sequence {sequence}: {source}")]
    Closure {
        /// Number of the sequence.
        sequence: u64,
        /// What the closure said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Two accumulators describe different things and cannot be merged.
    #[error("cannot merge: {what} is {right} on the right, expected {left} as on the left")]
    Mismatch {
        /// The property that differs.
        what: String,
        /// Its value on the left.
        left: String,
        /// Its value on the right.
        right: String,
    },
    /// A parameter that was expected is not there.
    #[error("no parameter is named `{name}`")]
    MissingParameter {
        /// The name looked for.
        name: String,
    },
    /// A parameter has another shape than expected.
    #[error("`{name}` has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Name of the parameter or operation.
        name: String,
        /// Shape met.
        found: Vec<usize>,
        /// Shape expected.
        expected: Vec<usize>,
    },
    /// The gradient of every example is zero, so that nothing has a share of it.
    #[error("the gradient of every example is zero, expected some parameter to matter")]
    ZeroGradient,
    /// The fast route, or that of random signs over all labels, was asked to fill an accumulator
    /// that only the general one fills.
    #[error("this route fills group sums and diagonals, the accumulator has neither")]
    Accumulator,
    /// A batch size of zero, or an empty accumulator where examples are needed.
    #[error("{what} is empty, expected at least one entry")]
    Empty {
        /// What is empty.
        what: &'static str,
    },
    /// A target is outside the vocabulary.
    #[error("sequence {sequence}: target {target} is outside the vocabulary of {vocabulary}")]
    Target {
        /// Number of the sequence.
        sequence: u64,
        /// The offending id.
        target: u32,
        /// Size of the vocabulary.
        vocabulary: usize,
    },
    /// A tensor could not be read back from the device.
    #[error("cannot read `{name}` from the device: {reason}")]
    Device {
        /// Name of the tensor.
        name: String,
        /// What the backend said.
        reason: String,
    },
    /// The backward pass showed the fast route nothing.
    #[error(
        "no layer reported to the hook: expected a model of hooked layers on a device that fuses them, with autodiff"
    )]
    NothingSeen,
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A file is not what this crate writes.
    #[error("{path}: {reason}")]
    Format {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong, and what was expected.
        reason: String,
    },
}
