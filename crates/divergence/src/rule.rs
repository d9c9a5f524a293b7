//! How a nucleus is cut.

use serde::{Deserialize, Serialize};

/// How the nucleus of mass p is cut from a distribution. At p = 1 both keep every token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// The smallest set of most probable tokens whose mass reaches p: the token that crosses p is kept.
    /// Source: Holtzman et al. 2020, "The curious case of neural text degeneration".
    #[default]
    Holtzman,
    /// The code of the published study: tokens whose cumulative mass exceeds p are dropped, the first never. That code sums
    /// in single precision, where the sum may round above 1 and drop tokens at p = 1 too; here it does not.
    AsPublished,
}
