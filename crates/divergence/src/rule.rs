//! How a nucleus is cut.

use serde::{Deserialize, Serialize};

/// How the nucleus of mass p is cut from a distribution. At p = 1 both keep every token.
///
/// Masses are fractions of the sum of the probabilities, which rounding leaves beside 1. A sum that
/// misses p by less than 2⁻⁴⁰ of it has reached it: of ten tokens of 0.1 each, eight are the
/// nucleus of mass 0.8, however the sum of eight rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Rule {
    /// The smallest set of most probable tokens whose mass reaches p: the token that crosses p is
    /// kept. Source: Holtzman et al. 2020, "The curious case of neural text degeneration".
    #[default]
    Holtzman,
    /// The code published with "Entropy, Disagreement, and the Limits of Foundation Models in
    /// Genomics": tokens whose cumulative mass exceeds p are dropped, the first never. That code
    /// sums in single precision, where the sum may round above 1 and drop tokens at p = 1 too; here
    /// it does not.
    AsPublished,
}

/// What sums of probabilities lose to rounding, of the whole.
const SLACK: f64 = 1.0 / (1_u64 << 40) as f64;

impl Rule {
    /// Whether a nucleus of which `kept` tokens have the sum `mass` also holds the next one, of
    /// probability `next`; `wanted` is the mass asked for times the sum of all probabilities.
    pub(crate) fn keeps(self, kept: usize, mass: f64, next: f64, wanted: f64) -> bool {
        match self {
            Self::Holtzman => mass < reached(wanted),
            Self::AsPublished => kept == 0 || mass + next <= wanted * (1.0 + SLACK),
        }
    }
}

/// The sum from which on a mass counts as reached.
pub(crate) fn reached(wanted: f64) -> f64 {
    wanted * (1.0 - SLACK)
}
