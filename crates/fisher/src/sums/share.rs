//! Shares of the whole, of one member and over members.

use super::GroupSums;
use crate::{Error, RoleGrouping};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where how much of one member's Fisher information sits.
///
/// `information = 1/n · Σ_e q(e)` is the trace of the Fisher information there and
/// `share = information / trace`. The standard error of the share is that of a ratio of means
/// (delta method): `√(Σ_e (q(e) − share·t(e))² / (n(n−1))) / t̄`, with `t` the squared norm of the
/// whole gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupShare {
    /// Name of the role or union of roles.
    pub label: String,
    /// Parameters there.
    pub parameters: u64,
    /// Trace of the Fisher information there, nats².
    #[serde(with = "dissensus_kernels::non_finite")]
    pub information: f64,
    /// Standard error of it over examples.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub information_standard_error: f64,
    /// Share of the trace of the whole.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub share: f64,
    /// Standard error of it over examples; NaN with fewer than two.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub share_standard_error: f64,
    /// `information / parameters`; NaN for the cross term, which has no parameters of its own.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub per_parameter: f64,
}

impl fmt::Display for GroupShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {:.4} ± {:.4} of the whole, {:.3e} per parameter",
            self.label, self.share, self.share_standard_error, self.per_parameter
        )
    }
}

pub(super) fn shares(sums: &GroupSums, figure: RoleGrouping) -> Result<Vec<GroupShare>, Error> {
    if sums.counts.units == 0 {
        return Err(Error::Empty {
            what: "the accumulator",
        });
    }
    let mut unions: Vec<(String, Vec<usize>)> = Vec::new();
    if sums.sums.iter().all(|&sum| sum == 0.0) {
        return Err(Error::ZeroGradient);
    }
    for (at, role) in sums.roles.iter().enumerate() {
        let label = figure.label(role);
        match unions.iter_mut().find(|u| u.0 == label) {
            Some(union) => union.1.push(at),
            None => unions.push((label, vec![at])),
        }
    }
    let all: Vec<usize> = (0..sums.roles.len()).collect();
    Ok(unions
        .into_iter()
        .map(|(label, members)| of_union(sums, label, &members, &all))
        .collect())
}

fn of_union(sums: &GroupSums, label: String, members: &[usize], all: &[usize]) -> GroupShare {
    let n = sums.counts.units as f64;
    let divisor = sums.counts.divisor(sums.sample);
    let total = |roles: &[usize]| roles.iter().map(|&k| sums.sums[k]).sum::<f64>();
    let (mine, whole) = (total(members), total(all));
    let share = mine / whole;
    let (qq, qt, tt) = (
        products(sums, members, members),
        products(sums, members, all),
        products(sums, all, all),
    );
    let residual = (qq - 2.0 * share * qt + share * share * tt).max(0.0);
    let spread = (qq - mine * mine / n).max(0.0);
    let parameters = members.iter().map(|&k| sums.parameters[k]).sum::<u64>();
    let per_parameter = if parameters == 0 {
        f64::NAN
    } else {
        mine / divisor / parameters as f64
    };
    GroupShare {
        label,
        parameters,
        information: mine / divisor,
        information_standard_error: (spread * n / (n - 1.0)).sqrt() / divisor,
        share,
        share_standard_error: (residual * n / (n - 1.0)).sqrt() / whole,
        per_parameter,
    }
}

fn products(sums: &GroupSums, left: &[usize], right: &[usize]) -> f64 {
    let at = |k: usize, l: usize| sums.products[k.max(l) * (k.max(l) + 1) / 2 + k.min(l)];
    left.iter()
        .map(|&k| right.iter().map(|&l| at(k, l)).sum::<f64>())
        .sum()
}

/// The same roles in several members: shares are normalised in each, then averaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberShare {
    /// Name of the role or union of roles.
    pub label: String,
    /// Mean share over members.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub share: f64,
    /// Standard error of it over members; NaN with fewer than two.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub standard_error: f64,
    /// Mean over members of the trace of the Fisher information there, nats².
    #[serde(with = "dissensus_kernels::non_finite")]
    pub information: f64,
    /// Mean over members of the information per parameter.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub per_parameter: f64,
    /// The share in each member.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub members: Vec<f64>,
}

/// Averages the shares of several members, `1/m · Σ_m share_m`, with the standard error over
/// members.
///
/// # Errors
/// [`Error::Empty`] without members, [`Error::Mismatch`] when their roles differ.
pub fn average(members: &[Vec<GroupShare>]) -> Result<Vec<MemberShare>, Error> {
    let first = members.first().ok_or(Error::Empty {
        what: "the list of members",
    })?;
    for other in members {
        if !first
            .iter()
            .map(|s| &s.label)
            .eq(other.iter().map(|s| &s.label))
        {
            return Err(super::mismatch(
                "the list of roles",
                first.len(),
                other.len(),
            ));
        }
    }
    Ok((0..first.len()).map(|k| of_members(members, k)).collect())
}

fn of_members(members: &[Vec<GroupShare>], k: usize) -> MemberShare {
    let n = members.len() as f64;
    let mean =
        |value: fn(&GroupShare) -> f64| members.iter().map(|m| value(&m[k])).sum::<f64>() / n;
    let share = mean(|s| s.share);
    let squares: f64 = members.iter().map(|m| (m[k].share - share).powi(2)).sum();
    MemberShare {
        label: members[0][k].label.clone(),
        share,
        standard_error: (squares / (n * (n - 1.0))).sqrt(),
        information: mean(|s| s.information),
        per_parameter: mean(|s| s.per_parameter),
        members: members.iter().map(|m| m[k].share).collect(),
    }
}
