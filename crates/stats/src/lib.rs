//! How sure is a number?
//!
//! A mean over five ensemble members, a rate of agreement, an area under a curve: each is one draw of a random
//! quantity. This crate puts an interval around it, names its chance level and tests it.
//!
//! Five members give five entropies; the jackknife over members is the interval of their mean:
//!
//! ```
//! use dissensus_stats::jackknife_mean;
//!
//! let entropy = jackknife_mean(&[3.0, 3.2, 2.9, 3.1, 3.3], 0.95)?;
//! assert!((entropy.value - 3.1).abs() < 1e-12);
//! assert!((entropy.standard_error - 0.005_f64.sqrt()).abs() < 1e-12); // s/sqrt(n), s^2 = 0.025
//! # Ok::<(), dissensus_stats::Error>(())
//! ```
//!
//! | item | answers |
//! |---|---|
//! | [`Estimate`] | a value with its standard error and interval |
//! | [`jackknife`], [`jackknife_mean`], [`jackknife_pairs`] | leave one member out; pairs share members |
//!
//! It reads no files, prints nothing, and draws randomness only from the seed it is given.


mod error;
mod estimate;
mod jackknife;

pub use error::Error;
pub use estimate::Estimate;
pub use jackknife::{jackknife, jackknife_mean, jackknife_pairs, jackknife_with};
