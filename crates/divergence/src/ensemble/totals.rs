//! The sums that an ensemble accumulates.

use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::sum::Sum;
use crate::Error;

/// The sums of one member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberTotals {
    pub(crate) entropy: Sum,
    pub(crate) from_uniform: Sum,
    pub(crate) nll: Sum,
    pub(crate) correct: u64,
    /// Tokens in Holtzman's nucleus, for every mass.
    pub(crate) kept: Vec<u64>,
    /// Probability at every rank; empty where it is not wanted.
    pub(crate) curve: Vec<Sum>,
}

/// The sums of one pair of members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairTotals {
    pub(crate) disagreements: u64,
    pub(crate) kl_forward: Sum,
    pub(crate) kl_backward: Sum,
    pub(crate) total_variation: Sum,
    pub(crate) hellinger: Sum,
    pub(crate) divergence: Sum,
    /// Jensen–Shannon distance between Holtzman's nuclei, for every mass; empty where it is not
    /// wanted.
    pub(crate) distance: Vec<Sum>,
    /// The same between the nuclei of the published code; empty where it is not wanted.
    pub(crate) distance_as_published: Vec<Sum>,
}

/// Everything that is accumulated: a monoid under [`Totals::merge`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Totals {
    pub(crate) positions: u64,
    pub(crate) members: Vec<MemberTotals>,
    pub(crate) pairs: Vec<PairTotals>,
    /// Entropy of the mean of all members, then of all but member 0, all but member 1, and so on.
    pub(crate) mixtures: Vec<Sum>,
}

impl Totals {
    /// Sums of nothing.
    pub(crate) fn new(settings: &Settings) -> Self {
        let n = settings.members;
        Self {
            positions: 0,
            members: vec![MemberTotals::new(settings); n],
            pairs: vec![PairTotals::new(settings); n * (n - 1) / 2],
            mixtures: vec![Sum::default(); mixtures(n)],
        }
    }

    /// Adds other sums of the same shape; `None` where one overflows.
    pub(crate) fn merge(&mut self, other: &Self) -> Option<()> {
        self.positions = self.positions.checked_add(other.positions)?;
        self.members
            .iter_mut()
            .zip(&other.members)
            .try_for_each(|(a, b)| a.merge(b))?;
        self.pairs
            .iter_mut()
            .zip(&other.pairs)
            .try_for_each(|(a, b)| a.merge(b))?;
        merge_all(&mut self.mixtures, &other.mixtures)
    }

    /// Fails where no batch of positions gives these sums.
    pub(crate) fn check(&self, settings: &Settings) -> Result<(), Error> {
        let n = self.positions;
        let bits = (settings.vocabulary as f64).log2();
        let members = settings.members;
        same(self.members.len(), members, "the number of members")?;
        same(
            self.pairs.len(),
            members * (members - 1) / 2,
            "the number of pairs",
        )?;
        same(
            self.mixtures.len(),
            mixtures(members),
            "the number of mixtures",
        )?;
        self.members
            .iter()
            .try_for_each(|member| member.check(settings, n))?;
        self.pairs
            .iter()
            .try_for_each(|pair| pair.check(settings, n))?;
        self.mixtures.iter().try_for_each(|sum| sum.check(n, bits))
    }
}

impl MemberTotals {
    fn new(settings: &Settings) -> Self {
        Self {
            entropy: Sum::default(),
            from_uniform: Sum::default(),
            nll: Sum::default(),
            correct: 0,
            kept: vec![0; settings.masses.len()],
            curve: vec![Sum::default(); ranks(settings)],
        }
    }

    fn merge(&mut self, other: &Self) -> Option<()> {
        self.entropy.merge(&other.entropy)?;
        self.from_uniform.merge(&other.from_uniform)?;
        self.nll.merge(&other.nll)?;
        self.correct = self.correct.checked_add(other.correct)?;
        for (mine, theirs) in self.kept.iter_mut().zip(&other.kept) {
            *mine = mine.checked_add(*theirs)?;
        }
        merge_all(&mut self.curve, &other.curve)
    }

    fn check(&self, settings: &Settings, positions: u64) -> Result<(), Error> {
        let vocabulary = settings.vocabulary;
        same(
            self.kept.len(),
            settings.masses.len(),
            "the number of nucleus sizes",
        )?;
        same(
            self.curve.len(),
            ranks(settings),
            "the length of the rank curve",
        )?;
        self.entropy.check(positions, (vocabulary as f64).log2())?;
        self.from_uniform.check(positions, f64::INFINITY)?;
        self.nll.check(positions, f64::INFINITY)?;
        at_most(
            self.correct,
            positions,
            "more right predictions than positions",
        )?;
        let largest = positions.saturating_mul(vocabulary as u64);
        self.kept
            .iter()
            .try_for_each(|&kept| at_most(kept, largest, "a nucleus above the vocabulary"))?;
        self.curve
            .iter()
            .try_for_each(|sum| sum.check(positions, 1.0))
    }
}

impl PairTotals {
    fn new(settings: &Settings) -> Self {
        Self {
            disagreements: 0,
            kl_forward: Sum::default(),
            kl_backward: Sum::default(),
            total_variation: Sum::default(),
            hellinger: Sum::default(),
            divergence: Sum::default(),
            distance: vec![Sum::default(); holtzman(settings)],
            distance_as_published: vec![Sum::default(); published(settings)],
        }
    }

    fn merge(&mut self, other: &Self) -> Option<()> {
        self.disagreements = self.disagreements.checked_add(other.disagreements)?;
        self.kl_forward.merge(&other.kl_forward)?;
        self.kl_backward.merge(&other.kl_backward)?;
        self.total_variation.merge(&other.total_variation)?;
        self.hellinger.merge(&other.hellinger)?;
        self.divergence.merge(&other.divergence)?;
        merge_all(&mut self.distance, &other.distance)?;
        merge_all(
            &mut self.distance_as_published,
            &other.distance_as_published,
        )
    }

    fn check(&self, settings: &Settings, positions: u64) -> Result<(), Error> {
        same(
            self.distance.len(),
            holtzman(settings),
            "the number of distances",
        )?;
        same(
            self.distance_as_published.len(),
            published(settings),
            "the number of distances",
        )?;
        at_most(
            self.disagreements,
            positions,
            "more disagreements than positions",
        )?;
        self.kl_forward.check(positions, f64::INFINITY)?;
        self.kl_backward.check(positions, f64::INFINITY)?;
        [self.total_variation, self.hellinger, self.divergence]
            .iter()
            .chain(&self.distance)
            .chain(&self.distance_as_published)
            .try_for_each(|sum| sum.check(positions, 1.0))
    }
}

/// Entropies of means that are summed: of all members, and without each.
fn mixtures(members: usize) -> usize {
    if members > 1 { members + 1 } else { 1 }
}

fn ranks(settings: &Settings) -> usize {
    if settings.rank_curve {
        settings.vocabulary
    } else {
        0
    }
}

fn holtzman(settings: &Settings) -> usize {
    if settings.holtzman {
        settings.masses.len()
    } else {
        0
    }
}

fn published(settings: &Settings) -> usize {
    if settings.as_published {
        settings.masses.len()
    } else {
        0
    }
}

fn merge_all(mine: &mut [Sum], theirs: &[Sum]) -> Option<()> {
    mine.iter_mut()
        .zip(theirs)
        .try_for_each(|(a, b)| a.merge(b))
}

fn same(found: usize, expected: usize, what: &'static str) -> Result<(), Error> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::Stored { what })
    }
}

fn at_most(found: u64, largest: u64, what: &'static str) -> Result<(), Error> {
    if found <= largest {
        Ok(())
    } else {
        Err(Error::Stored { what })
    }
}
