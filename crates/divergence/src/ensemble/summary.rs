//! The means over positions.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::sum::Sum;
use super::totals::{MemberTotals, PairTotals, Totals};
use crate::Uncertainty;

/// What an [`EnsembleDivergence`](crate::EnsembleDivergence) found: means over positions, by member
/// and by pair.
///
/// Infinite values (a target or token of probability zero) are written to JSON as `"Infinity"`, and
/// read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many positions were measured.
    pub positions: u64,
    /// How many tokens a distribution covers.
    pub vocabulary: usize,
    /// The nucleus masses that the curves below follow.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub masses: Vec<f64>,
    /// By member.
    pub members: Vec<MemberSummary>,
    /// By pair of members, in the order (0,1), (0,2), …, (1,2), ….
    pub pairs: Vec<PairSummary>,
    /// Entropy of the mean distribution, split in two.
    pub uncertainty: Uncertainty,
    /// The same without member 0, without member 1, …: the values that a jackknife needs. Empty for
    /// one member.
    pub leave_one_out: Vec<Uncertainty>,
}

/// One member's means over positions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberSummary {
    /// Entropy H(P), in bits.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub entropy_bits: f64,
    /// KL(P‖U) = log2 V − H(P), in bits: how far the predictions are from flat.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub kl_to_uniform_bits: f64,
    /// KL(U‖P), in bits; infinite where a token has probability zero.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub kl_from_uniform_bits: f64,
    /// −log2 of the probability of the target.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub nll_bits: f64,
    /// 2 to the power of `nll_bits`.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub perplexity: f64,
    /// How often the most probable token is the target.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub accuracy: f64,
    /// Mean number of tokens in Holtzman's nucleus, for every mass.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub nucleus_tokens: Vec<f64>,
    /// Mean probability of the most probable token, of the second, and so on; empty where it was
    /// not wanted.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub rank_curve: Vec<f64>,
}

/// One pair's means over positions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairSummary {
    /// The first member.
    pub first: usize,
    /// The second member.
    pub second: usize,
    /// How often their most probable tokens differ.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub argmax_disagreement: f64,
    /// KL(first‖second), in bits; infinite where the second excludes what the first allows.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub kl_forward_bits: f64,
    /// KL(second‖first), in bits.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub kl_backward_bits: f64,
    /// Total variation, in [0, 1].
    #[serde(with = "dissensus_kernels::non_finite")]
    pub total_variation: f64,
    /// Hellinger distance, in [0, 1].
    #[serde(with = "dissensus_kernels::non_finite")]
    pub hellinger: f64,
    /// Jensen–Shannon divergence of the whole distributions, in bits.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub js_divergence_bits: f64,
    /// Jensen–Shannon distance between Holtzman's nuclei, for every mass; empty where it was not
    /// wanted.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub js_distance: Vec<f64>,
    /// The same between the nuclei of the published code; empty where it was not wanted.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub js_distance_as_published: Vec<f64>,
}

impl Summary {
    pub(crate) fn new(settings: &Settings, totals: &Totals) -> Self {
        let n = totals.positions;
        let members: Vec<MemberSummary> = totals
            .members
            .iter()
            .map(|sums| MemberSummary::new(sums, n, settings.vocabulary))
            .collect();
        let entropies: Vec<f64> = members.iter().map(|member| member.entropy_bits).collect();
        let split = |left_out: Option<usize>, sum: &Sum| {
            let kept = entropies
                .iter()
                .enumerate()
                .filter(|(i, _)| Some(*i) != left_out)
                .map(|(_, h)| *h);
            Uncertainty::from_entropies(sum.mean(n), kept)
        };
        let leave_one_out = totals
            .mixtures
            .iter()
            .skip(1)
            .enumerate()
            .map(|(i, sum)| split(Some(i), sum))
            .collect();
        Self {
            positions: n,
            vocabulary: settings.vocabulary,
            masses: settings.masses.clone(),
            uncertainty: split(None, &totals.mixtures[0]),
            leave_one_out,
            pairs: pairs(&totals.pairs, settings.members, n),
            members,
        }
    }

    /// The rank–probability curve, mean over members; empty where it was not wanted.
    #[must_use]
    pub fn rank_curve(&self) -> Vec<f64> {
        let ranks = self
            .members
            .first()
            .map_or(0, |member| member.rank_curve.len());
        let mean = |rank: usize| {
            self.members
                .iter()
                .map(|member| member.rank_curve[rank])
                .sum::<f64>()
                / self.members.len() as f64
        };
        (0..ranks).map(mean).collect()
    }

    /// One number per pair, in the order that a jackknife over members expects.
    ///
    /// `summary.by_pair(|pair| pair.js_distance[3])` is the distance at the fourth mass.
    pub fn by_pair(&self, value: impl Fn(&PairSummary) -> f64) -> Vec<f64> {
        self.pairs.iter().map(value).collect()
    }

    /// One number per member.
    pub fn by_member(&self, value: impl Fn(&MemberSummary) -> f64) -> Vec<f64> {
        self.members.iter().map(value).collect()
    }
}

impl MemberSummary {
    fn new(sums: &MemberTotals, positions: u64, vocabulary: usize) -> Self {
        let mean = |count: u64| count as f64 / positions as f64;
        let entropy_bits = sums.entropy.mean(positions);
        let nll_bits = sums.nll.mean(positions);
        Self {
            entropy_bits,
            kl_to_uniform_bits: ((vocabulary as f64).log2() - entropy_bits).max(0.0),
            kl_from_uniform_bits: sums.from_uniform.mean(positions),
            nll_bits,
            perplexity: nll_bits.exp2(),
            accuracy: mean(sums.correct),
            nucleus_tokens: sums.kept.iter().map(|&kept| mean(kept)).collect(),
            rank_curve: sums.curve.iter().map(|sum| sum.mean(positions)).collect(),
        }
    }
}

fn pairs(totals: &[PairTotals], members: usize, positions: u64) -> Vec<PairSummary> {
    let order = (0..members).flat_map(|i| (i + 1..members).map(move |j| (i, j)));
    order
        .zip(totals)
        .map(|((first, second), sums)| PairSummary::new(first, second, sums, positions))
        .collect()
}

impl PairSummary {
    fn new(first: usize, second: usize, sums: &PairTotals, n: u64) -> Self {
        Self {
            first,
            second,
            argmax_disagreement: sums.disagreements as f64 / n as f64,
            kl_forward_bits: sums.kl_forward.mean(n),
            kl_backward_bits: sums.kl_backward.mean(n),
            total_variation: sums.total_variation.mean(n),
            hellinger: sums.hellinger.mean(n),
            js_divergence_bits: sums.divergence.mean(n),
            js_distance: sums.distance.iter().map(|sum| sum.mean(n)).collect(),
            js_distance_as_published: sums
                .distance_as_published
                .iter()
                .map(|sum| sum.mean(n))
                .collect(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.members.len().max(1) as f64;
        let mean =
            |value: fn(&MemberSummary) -> f64| self.members.iter().map(value).sum::<f64>() / n;
        writeln!(
            f,
            "{} positions, {} tokens, {} members",
            self.positions,
            self.vocabulary,
            self.members.len()
        )?;
        writeln!(
            f,
            "entropy {:.3} bits, KL to uniform {:.3} bits",
            mean(|m| m.entropy_bits),
            mean(|m| m.kl_to_uniform_bits)
        )?;
        writeln!(
            f,
            "negative log-likelihood {:.3} bits, accuracy {:.3}",
            mean(|m| m.nll_bits),
            mean(|m| m.accuracy)
        )?;
        write!(f, "{}", self.uncertainty)
    }
}
