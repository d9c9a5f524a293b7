//! Streaming measures of an ensemble.

mod nuclei;
mod position;
mod settings;
mod sum;
mod summary;
mod totals;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::same_length;
use position::Workspace;
pub use settings::{PUBLISHED_MASSES, Settings};
pub use summary::{MemberSummary, PairSummary, Summary};
use totals::Totals;

/// Accumulates every measure of an ensemble of N members over batches of positions.
///
/// Per member: entropy, KL to and from uniform, negative log-likelihood, accuracy, nucleus sizes,
/// rank–probability curve. Per pair: Jensen–Shannon distance at every nucleus mass, KL both ways,
/// total variation, Hellinger, argmax disagreement. Over all members: the split of uncertainty, and
/// the same without each member.
///
/// It is a monoid: sums are exact integers in units of 2⁻⁶⁴ bit (2⁻⁵² for the rank curve), so that
/// any split into batches, shards and threads, merged in any order, gives the same bits. Values
/// from 2³¹ bits on count as infinite.
///
/// Memory: 32 bytes per member and token for the rank curve, and per thread a few dozen bytes per
/// member and token.
///
/// ```
/// use dissensus_divergence::{EnsembleDivergence, Settings};
///
/// // Two members, three tokens, one position. The first says (½, ½, 0), the second (½, 0, ½).
/// let off = f32::NEG_INFINITY;
/// let mut ensemble = EnsembleDivergence::new(Settings::new(2, 3).masses(&[0.5, 1.0]))?;
/// ensemble.push(&[&[0.0, 0.0, off], &[0.0, off, 0.0]], &[0])?;
///
/// let found = ensemble.finish()?;
/// assert!((found.members[0].entropy_bits - 1.0).abs() < 1e-9);
/// assert!((found.members[0].nll_bits - 1.0).abs() < 1e-9);
/// assert!((found.pairs[0].js_divergence_bits - 0.5).abs() < 1e-9);
/// assert_eq!(found.pairs[0].js_distance[0], 0.0); // both nuclei of mass ½ are the first token
/// assert_eq!(found.pairs[0].kl_forward_bits, f64::INFINITY);
/// assert!((found.uncertainty.epistemic_bits - 0.5).abs() < 1e-9);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct EnsembleDivergence {
    settings: Settings,
    totals: Totals,
}

/// An accumulator as it is read, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    settings: Settings,
    totals: Totals,
}

impl TryFrom<Stored> for EnsembleDivergence {
    type Error = Error;

    fn try_from(Stored { settings, totals }: Stored) -> Result<Self, Error> {
        settings.check()?;
        totals.check(&settings)?;
        Ok(Self { settings, totals })
    }
}

impl EnsembleDivergence {
    /// An accumulator without positions.
    ///
    /// # Errors
    /// No member, no token, nucleus masses that do not ascend in (0, 1].
    pub fn new(settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        let totals = Totals::new(&settings);
        Ok(Self { settings, totals })
    }

    /// What is measured.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many positions were pushed.
    #[must_use]
    pub fn positions(&self) -> u64 {
        self.totals.positions
    }

    /// Adds a batch: for each member the logits, row-major `[positions, vocabulary]`, and the
    /// targets of the positions.
    ///
    /// # Errors
    /// A number of members, logits or targets that does not fit; a target that is no token; a row
    /// with NaN, plus infinity, or nothing but minus infinity. After an error nothing of the batch
    /// was added.
    pub fn push(&mut self, logits: &[&[f32]], targets: &[u32]) -> Result<(), Error> {
        self.check(logits, targets)?;
        let task = task_length(targets.len());
        let starts: Vec<usize> = (0..targets.len()).step_by(task).collect();
        let parts = starts
            .par_iter()
            .map(|&start| self.measure(logits, targets, start..(start + task).min(targets.len())));
        let batch = parts.try_reduce(|| Totals::new(&self.settings), |a, b| self.joined(a, &b))?;
        self.totals = self.joined(self.totals.clone(), &batch)?;
        Ok(())
    }

    /// Adds a batch of probabilities instead of logits; each row is normalised.
    ///
    /// # Errors
    /// As [`push`](Self::push); a probability that is negative, NaN or infinite, a row of zeros.
    ///
    /// ```
    /// use dissensus_divergence::{EnsembleDivergence, Settings};
    ///
    /// let mut ensemble = EnsembleDivergence::new(Settings::new(1, 2))?;
    /// let refused = ensemble.push_probabilities(&[&[0.5, 0.5, -0.1, 1.1]], &[0, 0]).unwrap_err();
    /// let expected = "member 0, position 1: probability 0: \
    ///     expected a finite number of at least 0, found -0.1";
    /// assert!(refused.to_string().starts_with(expected));
    /// # Ok::<(), dissensus_divergence::Error>(())
    /// ```
    pub fn push_probabilities(
        &mut self,
        probabilities: &[&[f32]],
        targets: &[u32],
    ) -> Result<(), Error> {
        self.check(probabilities, targets)?;
        for (member, rows) in probabilities.iter().enumerate() {
            if let Some(at) = rows.iter().position(|p| !(p.is_finite() && *p >= 0.0)) {
                let (index, position) =
                    (at % self.settings.vocabulary, at / self.settings.vocabulary);
                let value = rows[at].into();
                return Err(Error::Probability { index, value }.in_row(member, position));
            }
        }
        let log = |rows: &&[f32]| rows.iter().map(|p| p.ln()).collect();
        let logits: Vec<Vec<f32>> = probabilities.iter().map(log).collect();
        let rows: Vec<&[f32]> = logits.iter().map(Vec::as_slice).collect();
        self.push(&rows, targets)
    }

    /// Adds everything that another accumulator with the same settings holds.
    ///
    /// # Errors
    /// Other settings; sums that overflow. After an error nothing was added.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.settings != other.settings {
            return Err(Error::Mismatch { what: "settings" });
        }
        self.totals = self.joined(self.totals.clone(), &other.totals)?;
        Ok(())
    }

    /// The means over all positions so far.
    ///
    /// # Errors
    /// No positions.
    pub fn finish(&self) -> Result<Summary, Error> {
        match self.totals.positions {
            0 => Err(Error::NoPositions),
            _ => Ok(Summary::new(&self.settings, &self.totals)),
        }
    }

    fn joined(&self, mut a: Totals, b: &Totals) -> Result<Totals, Error> {
        a.merge(b).ok_or(Error::Full {
            positions: a.positions,
        })?;
        Ok(a)
    }

    fn check(&self, logits: &[&[f32]], targets: &[u32]) -> Result<(), Error> {
        same_length("members", self.settings.members, logits.len())?;
        let expected = targets.len() * self.settings.vocabulary;
        logits
            .iter()
            .try_for_each(|rows| same_length("logits of a member", expected, rows.len()))?;
        let vocabulary = self.settings.vocabulary;
        match targets
            .iter()
            .position(|&token| token as usize >= vocabulary)
        {
            Some(position) => Err(Error::Target {
                position,
                token: targets[position],
                vocabulary,
            }),
            None => Ok(()),
        }
    }

    fn measure(
        &self,
        logits: &[&[f32]],
        targets: &[u32],
        range: std::ops::Range<usize>,
    ) -> Result<Totals, Error> {
        let v = self.settings.vocabulary;
        let mut totals = Totals::new(&self.settings);
        let mut workspace = Workspace::new(&self.settings);
        for position in range {
            let rows: Vec<&[f32]> = logits
                .iter()
                .map(|rows| &rows[position * v..(position + 1) * v])
                .collect();
            let added = workspace.add(&rows, targets[position], &mut totals);
            added.map_err(|refused| refused.error.in_row(refused.member, position))?;
        }
        workspace.flush(&mut totals);
        Ok(totals)
    }
}

/// Positions per task: a few tasks per thread. The sums are exact, so that the split changes
/// nothing.
fn task_length(positions: usize) -> usize {
    positions.div_ceil(4 * rayon::current_num_threads()).max(16)
}
