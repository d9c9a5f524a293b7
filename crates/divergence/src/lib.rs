//! How far apart are categorical distributions?
//!
//! ```
//! use dissensus_divergence::{Ensemble, Settings};
//!
//! // Two members that are sure of different tokens.
//! let mut ensemble = Ensemble::new(Settings::new(2, 2))?;
//! ensemble.push(&[&[40.0, 0.0], &[0.0, 40.0]], &[0])?;
//! let found = ensemble.finish();
//! assert_eq!(found.pairs[0].argmax_disagreement, 1.0);
//! assert!((found.uncertainty.epistemic_bits - 1.0).abs() < 1e-9);
//! # Ok::<(), dissensus_divergence::Error>(())
//! ```

mod ensemble;
mod error;
mod kernel;
mod rule;
mod uncertainty;

pub use ensemble::{Ensemble, MemberSummary, PUBLISHED_MASSES, PairSummary, Settings, Summary};
pub use error::Error;
pub use rule::Rule;
pub use uncertainty::Uncertainty;
