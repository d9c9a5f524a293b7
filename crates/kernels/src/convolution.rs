//! Causal convolutions along time, channel by channel, on rows `[batch·time, width]`.
//!
//! A position sees itself and what stands before it in its own sequence, never a later position and never another sequence.

mod short;

pub use short::{ShortConvolution, ShortGradients};
