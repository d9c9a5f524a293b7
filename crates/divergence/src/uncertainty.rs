//! What an ensemble does not know, split in two.

use std::fmt;

use serde::{Deserialize, Serialize};

/// H(mean) = mean H + MI: total = aleatoric + epistemic.
///
/// The mutual information between token and member is the generalised Jensen–Shannon divergence of
/// the members.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Uncertainty {
    /// Entropy of the mean distribution, in bits.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub total_bits: f64,
    /// Mean entropy of the members, in bits: what each of them finds open.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub aleatoric_bits: f64,
    /// Their difference, in bits: what they disagree about.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub epistemic_bits: f64,
}

impl Uncertainty {
    /// From the entropy of the mean and the entropies of one or more members.
    pub(crate) fn from_entropies(total_bits: f64, members: impl Iterator<Item = f64>) -> Self {
        let (sum, count) = members.fold((0.0, 0_usize), |(sum, count), h| (sum + h, count + 1));
        let aleatoric_bits = sum / count as f64;
        Self {
            total_bits,
            aleatoric_bits,
            epistemic_bits: (total_bits - aleatoric_bits).max(0.0),
        }
    }
}

impl fmt::Display for Uncertainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "uncertainty {:.3} bits = aleatoric {:.3} + epistemic {:.3}",
            self.total_bits, self.aleatoric_bits, self.epistemic_bits
        )
    }
}
