//! All measures of one position.

use super::settings::Settings;
use super::sum::Sum;
use super::totals::{MemberTotals, PairTotals, Totals};
use crate::kernel::{
    Contrast, Cut, Half, Scratch, Softmax, contrast, cuts, entropy_of_mean, js_divergences, levels,
    softmax, sort_descending,
};
use crate::{Error, Rule};
use std::f64::consts::LOG2_E;

/// Nuclei of one row by one rule.
#[derive(Debug, Default)]
struct Nuclei {
    cuts: Vec<Cut>,
    levels: Vec<u8>,
}

/// One member's distribution at one position.
#[derive(Debug, Default)]
struct Row {
    probabilities: Vec<f32>,
    sorted: Vec<f32>,
    softmax: Softmax,
    holtzman: Nuclei,
    as_published: Nuclei,
}

/// Buffers of one thread.
#[derive(Debug)]
pub(crate) struct Workspace<'s> {
    settings: &'s Settings,
    /// The masses of the settings, and 1 behind them.
    masses: Vec<f64>,
    rows: Vec<Row>,
    scratch: Scratch,
    divergences: Vec<f64>,
    /// Rank curves in units of 2⁻⁵², member after member.
    curves: Vec<u64>,
    held: u32,
}

/// So many probabilities in units of 2⁻⁵² fit 64 bits.
const CURVES_HOLD: u32 = 4000;

impl<'s> Workspace<'s> {
    pub(crate) fn new(settings: &'s Settings) -> Self {
        let rows = (0..settings.members).map(|_| Row::new(settings)).collect();
        let ranks = if settings.rank_curve {
            settings.members * settings.vocabulary
        } else {
            0
        };
        let mut masses = settings.masses.clone();
        if masses.last() != Some(&1.0) {
            masses.push(1.0);
        }
        Self {
            settings,
            masses,
            rows,
            scratch: Scratch::default(),
            divergences: Vec::new(),
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
            row.fill(
                logits,
                &self.masses,
                self.settings.as_published,
                &mut self.scratch,
            )
            .map_err(|error| RowError { member, error })?;
        }
        totals.positions += 1;
        for ((row, logits), sums) in self.rows.iter().zip(logits).zip(&mut totals.members) {
            row.add(self.settings, logits, target as usize, sums);
        }
        self.add_curves(totals);
        self.add_pairs(logits, totals);
        self.add_mixtures(totals);
        Ok(())
    }

    fn add_curves(&mut self, totals: &mut Totals) {
        if self.curves.is_empty() {
            return;
        }
        for (curve, row) in self
            .curves
            .chunks_mut(self.settings.vocabulary)
            .zip(&self.rows)
        {
            for (units, &p) in curve.iter_mut().zip(&row.sorted) {
                *units += (f64::from(p) * 4_503_599_627_370_496.0) as u64;
            }
        }
        self.held += 1;
        if self.held == CURVES_HOLD {
            self.flush(totals);
        }
    }

    /// Moves what the workspace holds back into `totals`.
    pub(crate) fn flush(&mut self, totals: &mut Totals) {
        for (curve, sums) in self
            .curves
            .chunks_mut(self.settings.vocabulary)
            .zip(&mut totals.members)
        {
            for (units, sum) in curve.iter_mut().zip(&mut sums.curve) {
                sum.add_units_of_52_places(std::mem::take(units));
            }
        }
        self.held = 0;
    }

    fn add_pairs(&mut self, logits: &[&[f32]], totals: &mut Totals) {
        let members = self.rows.len();
        let pairs = (0..members).flat_map(|i| (i + 1..members).map(move |j| (i, j)));
        for ((i, j), sums) in pairs.zip(&mut totals.pairs) {
            let (p, q) = (&self.rows[i], &self.rows[j]);
            let seen = contrast(&p.probabilities, logits[i], &q.probabilities, logits[j]);
            add_contrast(seen, p, q, sums);
            let out = &mut self.divergences;
            if self.settings.as_published {
                js_divergences(p.half(&p.as_published), q.half(&q.as_published), out);
                add_roots(out, &mut sums.distance_as_published);
            }
            // Both rules keep everything at mass 1: one of them gives the divergence of the whole.
            if self.settings.holtzman || !self.settings.as_published {
                js_divergences(p.half(&p.holtzman), q.half(&q.holtzman), out);
                add_roots(out, &mut sums.distance);
            }
            sums.divergence.add(out.last().copied().unwrap_or(0.0));
        }
    }

    fn add_mixtures(&self, totals: &mut Totals) {
        let rows: Vec<&[f32]> = self
            .rows
            .iter()
            .map(|row| row.probabilities.as_slice())
            .collect();
        let bound = (self.settings.vocabulary as f64).log2();
        for (i, sum) in totals.mixtures.iter_mut().enumerate() {
            sum.add((entropy_of_mean(&rows, i.checked_sub(1)) * LOG2_E).min(bound));
        }
    }
}

/// A row that was refused.
#[derive(Debug)]
pub(crate) struct RowError {
    pub(crate) member: usize,
    pub(crate) error: Error,
}

impl Row {
    fn new(settings: &Settings) -> Self {
        let v = settings.vocabulary;
        Self {
            probabilities: vec![0.0; v],
            sorted: vec![0.0; v],
            ..Self::default()
        }
    }

    fn fill(
        &mut self,
        logits: &[f32],
        masses: &[f64],
        as_published: bool,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        self.softmax = softmax(logits, &mut self.probabilities)?;
        sort_descending(&self.probabilities, &mut self.sorted, scratch);
        self.holtzman
            .fill(&self.probabilities, &self.sorted, masses, Rule::Holtzman);
        if as_published {
            self.as_published
                .fill(&self.probabilities, &self.sorted, masses, Rule::AsPublished);
        }
        Ok(())
    }

    /// Sum of the probabilities: 1 but for their rounding.
    fn total(&self) -> f64 {
        self.holtzman.cuts.last().map_or(1.0, |whole| whole.mass)
    }

    fn half<'a>(&'a self, nuclei: &'a Nuclei) -> Half<'a> {
        Half {
            probabilities: &self.probabilities,
            levels: &nuclei.levels,
            cuts: &nuclei.cuts,
        }
    }

    fn add(&self, settings: &Settings, logits: &[f32], target: usize, sums: &mut MemberTotals) {
        let bound = (settings.vocabulary as f64).ln();
        sums.entropy.add(self.softmax.entropy.min(bound) * LOG2_E);
        sums.from_uniform
            .add((self.softmax.log_sum - self.softmax.mean_logit - bound).max(0.0) * LOG2_E);
        sums.nll
            .add((self.softmax.log_sum - f64::from(logits[target])).max(0.0) * LOG2_E);
        sums.correct += u64::from(self.softmax.argmax == target);
        for (kept, cut) in sums.kept.iter_mut().zip(&self.holtzman.cuts) {
            *kept += cut.kept as u64;
        }
    }
}

impl Nuclei {
    fn fill(&mut self, probabilities: &[f32], sorted: &[f32], masses: &[f64], rule: Rule) {
        cuts(sorted, masses, rule, &mut self.cuts);
        self.levels.resize(probabilities.len(), 0);
        levels(probabilities, sorted, &self.cuts, &mut self.levels);
    }
}

/// Adds distances, the roots of divergences.
fn add_roots(divergences: &[f64], sums: &mut [Sum]) {
    for (divergence, sum) in divergences.iter().zip(sums) {
        sum.add(divergence.sqrt());
    }
}

fn add_contrast(seen: Contrast, p: &Row, q: &Row, sums: &mut PairTotals) {
    let forward = q.softmax.log_sum - seen.forward / p.total() - p.softmax.entropy;
    let backward = p.softmax.log_sum - seen.backward / q.total() - q.softmax.entropy;
    sums.kl_forward.add(forward.max(0.0) * LOG2_E);
    sums.kl_backward.add(backward.max(0.0) * LOG2_E);
    sums.total_variation.add(seen.total_variation);
    sums.hellinger.add(seen.hellinger);
    sums.disagreements += u64::from(p.softmax.argmax != q.softmax.argmax);
}
