//! All measures of one position.

use std::f64::consts::LOG2_E;

use super::nuclei::Nuclei;
use super::settings::Settings;
use super::sum::Sum;
use super::totals::{MemberTotals, PairTotals, Totals};
use crate::kernel::{
    Contrast, Scratch, Softmax, Whole, add_row, add_units, contrast, entropy_of, entropy_without,
    improbable, roots, softmax, sort_descending,
};
use crate::{Error, Rule};

/// One member's distribution at one position.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) probabilities: Vec<f32>,
    pub(crate) sorted: Vec<f32>,
    roots: Vec<f32>,
    softmax: Softmax,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(crate) struct Workspace<'s> {
    settings: &'s Settings,
    rows: Vec<Row>,
    scratch: Scratch,
    holtzman: Nuclei,
    as_published: Nuclei,
    divergences: Vec<f64>,
    mixture: Vec<f64>,
    /// Rank curves in units of 2⁻⁵², member after member.
    curves: Vec<u64>,
    held: u32,
}

/// So many probabilities in units of 2⁻⁵² fit 64 bits.
const CURVES_HOLD: u32 = 4000;

/// A row that was refused.
#[derive(Debug)]
pub(crate) struct RowError {
    pub(crate) member: usize,
    pub(crate) error: Error,
}

impl<'s> Workspace<'s> {
    pub(crate) fn new(settings: &'s Settings) -> Self {
        let (members, tokens) = (settings.members, settings.vocabulary);
        let ranks = if settings.rank_curve {
            members * tokens
        } else {
            0
        };
        Self {
            settings,
            rows: (0..members).map(|_| Row::new(tokens)).collect(),
            scratch: Scratch::default(),
            holtzman: Nuclei::new(settings, Rule::Holtzman),
            as_published: Nuclei::new(settings, Rule::AsPublished),
            divergences: Vec::new(),
            mixture: vec![0.0; tokens],
            curves: vec![0; ranks],
            held: 0,
        }
    }

    /// Measures one position and adds it to `totals`.
    pub(crate) fn add(
        &mut self,
        logits: &[&[f32]],
        target: u32,
        totals: &mut Totals,
    ) -> Result<(), RowError> {
        for (member, (row, logits)) in self.rows.iter_mut().zip(logits).enumerate() {
            row.fill(logits, &mut self.scratch)
                .map_err(|error| RowError { member, error })?;
        }
        self.holtzman.cut(&self.rows);
        totals.positions += 1;
        for (member, sums) in totals.members.iter_mut().enumerate() {
            self.rows[member].add(
                self.settings.vocabulary,
                logits[member],
                target as usize,
                sums,
            );
            self.holtzman.add_kept(member, &mut sums.kept);
        }
        self.add_curves(totals);
        self.add_pairs(logits, totals);
        self.add_distances(totals);
        self.add_mixtures(totals);
        Ok(())
    }

    fn add_curves(&mut self, totals: &mut Totals) {
        if self.curves.is_empty() {
            return;
        }
        for (units, row) in self
            .curves
            .chunks_mut(self.settings.vocabulary)
            .zip(&self.rows)
        {
            add_units(&row.sorted, units);
        }
        self.held += 1;
        if self.held == CURVES_HOLD {
            self.flush(totals);
        }
    }

    /// Moves what the workspace holds back into `totals`.
    pub(crate) fn flush(&mut self, totals: &mut Totals) {
        for (units, sums) in self
            .curves
            .chunks_mut(self.settings.vocabulary)
            .zip(&mut totals.members)
        {
            for (units, sum) in units.iter_mut().zip(&mut sums.curve) {
                sum.add_units_of_52_places(std::mem::take(units));
            }
        }
        self.held = 0;
    }

    fn add_pairs(&mut self, logits: &[&[f32]], totals: &mut Totals) {
        for ((i, j), sums) in pairs(self.rows.len()).zip(&mut totals.pairs) {
            let (p, q) = (&self.rows[i], &self.rows[j]);
            let mut seen = contrast(p.whole(logits[i]), q.whole(logits[j]));
            if q.softmax.far {
                seen.forward +=
                    improbable(p.whole(logits[i]), p.softmax.log_sum, q.whole(logits[j]));
            }
            if p.softmax.far {
                seen.backward +=
                    improbable(q.whole(logits[j]), q.softmax.log_sum, p.whole(logits[i]));
            }
            let (of_p, of_q) = (self.holtzman.total(i), self.holtzman.total(j));
            add_contrast(seen, (p, of_p), (q, of_q), sums);
        }
    }

    /// Jensen–Shannon distances at every mass. Both rules keep everything at mass 1: one of them
    /// gives the whole.
    fn add_distances(&mut self, totals: &mut Totals) {
        let out = &mut self.divergences;
        let holtzman = self.settings.holtzman || !self.settings.as_published;
        if holtzman && self.rows.len() > 1 {
            self.holtzman.arrange(&self.rows);
        }
        if self.settings.as_published && self.rows.len() > 1 {
            self.as_published.cut(&self.rows);
            self.as_published.arrange(&self.rows);
        }
        for ((i, j), sums) in pairs(self.rows.len()).zip(&mut totals.pairs) {
            if self.settings.as_published {
                self.as_published.divergences(i, j, out);
                add_roots(out, &mut sums.distance_as_published);
            }
            if holtzman {
                self.holtzman.divergences(i, j, out);
                add_roots(out, &mut sums.distance);
            }
            sums.divergence.add(out.last().copied().unwrap_or(0.0));
        }
    }

    fn add_mixtures(&mut self, totals: &mut Totals) {
        self.mixture.fill(0.0);
        self.rows
            .iter()
            .for_each(|row| add_row(&row.probabilities, &mut self.mixture));
        let (n, bound) = (
            self.rows.len() as f64,
            (self.settings.vocabulary as f64).log2(),
        );
        let mut add =
            |index: usize, nats: f64| totals.mixtures[index].add((nats * LOG2_E).clamp(0.0, bound));
        add(0, entropy_of(&self.mixture, 1.0 / n));
        if self.rows.len() > 1 {
            for (left_out, row) in self.rows.iter().enumerate() {
                add(
                    left_out + 1,
                    entropy_without(&self.mixture, &row.probabilities, 1.0 / (n - 1.0)),
                );
            }
        }
    }
}

impl Row {
    fn new(tokens: usize) -> Self {
        let buffer = || vec![0.0; tokens];
        Self {
            probabilities: buffer(),
            sorted: buffer(),
            roots: buffer(),
            softmax: Softmax::default(),
        }
    }

    fn fill(&mut self, logits: &[f32], scratch: &mut Scratch) -> Result<(), Error> {
        self.softmax = softmax(logits, &mut self.probabilities)?;
        sort_descending(&self.probabilities, &mut self.sorted, scratch);
        roots(&self.probabilities, &mut self.roots);
        Ok(())
    }

    fn whole<'a>(&'a self, logits: &'a [f32]) -> Whole<'a> {
        Whole {
            probabilities: &self.probabilities,
            roots: &self.roots,
            logits,
        }
    }

    fn add(&self, vocabulary: usize, logits: &[f32], target: usize, sums: &mut MemberTotals) {
        let bound = (vocabulary as f64).ln();
        sums.entropy.add(self.softmax.entropy.min(bound) * LOG2_E);
        sums.from_uniform
            .add((self.softmax.log_sum - self.softmax.mean_logit - bound).max(0.0) * LOG2_E);
        sums.nll
            .add((self.softmax.log_sum - f64::from(logits[target])).max(0.0) * LOG2_E);
        sums.correct += u64::from(self.softmax.argmax == target);
    }
}

/// Pairs of members in the order of all results.
fn pairs(members: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..members).flat_map(move |i| (i + 1..members).map(move |j| (i, j)))
}

/// Adds the measures of whole distributions; each row comes with the sum of its probabilities.
fn add_contrast(seen: Contrast, p: (&Row, f64), q: (&Row, f64), sums: &mut PairTotals) {
    let ((p, of_p), (q, of_q)) = ((&p.0.softmax, p.1), (&q.0.softmax, q.1));
    let forward = q.log_sum - seen.forward / of_p - p.entropy;
    let backward = p.log_sum - seen.backward / of_q - q.entropy;
    sums.kl_forward.add(forward.max(0.0) * LOG2_E);
    sums.kl_backward.add(backward.max(0.0) * LOG2_E);
    sums.total_variation.add(seen.total_variation);
    sums.hellinger.add(seen.hellinger);
    sums.disagreements += u64::from(p.argmax != q.argmax);
}

/// Adds distances, the roots of divergences.
fn add_roots(divergences: &[f64], sums: &mut [Sum]) {
    for (divergence, sum) in divergences.iter().zip(sums) {
        sum.add(divergence.sqrt());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_more_positions_than_64_bits_hold_are_summed() {
        let settings = Settings::new(1, 2).masses(&[1.0]);
        let (mut workspace, mut totals) = (Workspace::new(&settings), Totals::new(&settings));
        let positions = u64::from(CURVES_HOLD) + 200;
        for _ in 0..positions {
            let added = workspace.add(&[&[0.0, f32::NEG_INFINITY]], 0, &mut totals);
            assert!(added.is_ok());
        }
        workspace.flush(&mut totals);
        let curve: Vec<f64> = totals.members[0]
            .curve
            .iter()
            .map(|sum| sum.mean(positions))
            .collect();
        assert_eq!(curve, [1.0, 0.0]);
    }
}
