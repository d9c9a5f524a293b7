//! The nuclei of all members at one position.

use super::position::Row;
use super::settings::Settings;
use crate::Rule;
use crate::kernel::{Cut, Part, cuts, js_divergence, levels};

/// Nuclei of every member at every mass, by one rule.
///
/// A token's level in a member is the number of nuclei that do not hold it. For the distances the
/// tokens are arranged by their smallest level in any member: then the nuclei of a mass, of all
/// members, lie within one prefix.
#[derive(Debug)]
pub(crate) struct Nuclei {
    rule: Rule,
    /// The masses of the settings, and 1 behind them.
    masses: Vec<f64>,
    members: Vec<Member>,
    smallest: Vec<u32>,
    /// Where the prefix of each mass ends.
    ends: Vec<usize>,
}

#[derive(Debug, Default)]
struct Member {
    cuts: Vec<Cut>,
    levels: Vec<u32>,
    arranged: Vec<f32>,
    arranged_levels: Vec<u32>,
}

impl Nuclei {
    pub(crate) fn new(settings: &Settings, rule: Rule) -> Self {
        let mut masses = settings.masses.clone();
        if masses.last() != Some(&1.0) {
            masses.push(1.0);
        }
        let members = (0..settings.members).map(|_| Member::default()).collect();
        Self {
            rule,
            masses,
            members,
            smallest: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Finds where the nuclei of the rows end.
    pub(crate) fn cut(&mut self, rows: &[Row]) {
        for (member, row) in self.members.iter_mut().zip(rows) {
            cuts(&row.sorted, &self.masses, self.rule, &mut member.cuts);
        }
    }

    /// Adds how many tokens each nucleus of a member holds.
    pub(crate) fn add_kept(&self, member: usize, kept: &mut [u64]) {
        kept.iter_mut()
            .zip(&self.members[member].cuts)
            .for_each(|(sum, cut)| *sum += cut.kept as u64);
    }

    /// Sum of a member's probabilities: 1 but for their rounding.
    pub(crate) fn total(&self, member: usize) -> f64 {
        self.members[member]
            .cuts
            .last()
            .map_or(1.0, |whole| whole.mass)
    }

    /// Arranges the tokens of all members.
    pub(crate) fn arrange(&mut self, rows: &[Row]) {
        let tokens = rows.first().map_or(0, |row| row.probabilities.len());
        self.smallest.clear();
        self.smallest.resize(tokens, u32::MAX);
        for (member, row) in self.members.iter_mut().zip(rows) {
            member.resize(tokens);
            levels(
                &row.probabilities,
                &row.sorted,
                &member.cuts,
                &mut member.levels,
            );
            self.smallest
                .iter_mut()
                .zip(&member.levels)
                .for_each(|(a, b)| *a = (*a).min(*b));
        }
        let mut next = self.starts();
        for token in 0..tokens {
            let slot = &mut next[self.smallest[token] as usize];
            for (member, row) in self.members.iter_mut().zip(rows) {
                member.arranged[*slot] = row.probabilities[token];
                member.arranged_levels[*slot] = member.levels[token];
            }
            *slot += 1;
        }
        self.ends = next;
    }

    /// Where the tokens of each smallest level begin.
    fn starts(&self) -> Vec<usize> {
        let mut starts = vec![0; self.masses.len()];
        self.smallest
            .iter()
            .for_each(|&level| starts[level as usize] += 1);
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        starts
    }

    /// Jensen–Shannon divergence in bits of two members between their nuclei, for every mass, and
    /// of the whole.
    pub(crate) fn divergences(&self, first: usize, second: usize, out: &mut Vec<f64>) {
        out.clear();
        for (level, &end) in self.ends.iter().enumerate() {
            let (p, q) = (
                self.members[first].part(level, end),
                self.members[second].part(level, end),
            );
            out.push(js_divergence(p, q, level as u32));
        }
    }
}

impl Member {
    fn resize(&mut self, tokens: usize) {
        self.levels.resize(tokens, 0);
        self.arranged.resize(tokens, 0.0);
        self.arranged_levels.resize(tokens, 0);
    }

    fn part(&self, level: usize, end: usize) -> Part<'_> {
        let scale = (1.0 / self.cuts[level].mass) as f32;
        Part {
            probabilities: &self.arranged[..end],
            levels: &self.arranged_levels[..end],
            scale,
        }
    }
}
