//! Causal convolutions along time, channel by channel, on rows `[batch·time, width]`.
//!
//! A position sees itself and what stands before it in its own sequence, never a later position and
//! never another sequence. The short one has a few taps; the long one has as many as there are
//! positions and goes through Fourier transforms, padded with zeros so that nothing comes round
//! from the end.

mod fourier;
mod long;
mod short;

pub use long::{LongConvolution, LongGradients};
pub use short::{ShortConvolution, ShortGradients};
