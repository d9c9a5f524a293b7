//! Forward–backward: exact posteriors of masked symbols.

use super::forward::{Scratch, Weights};
use super::{Evidence, Machine};
use crate::Error;
use crate::entropy::weighted_entropy_bits;

/// Distributions of masked symbols, one row a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// The positions, in order.
    pub positions: Vec<usize>,
    /// Length of a row: the size of the alphabet.
    pub size: usize,
    /// `positions.len() × size` probabilities, row-major.
    pub probabilities: Vec<f64>,
}

impl Posterior {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            positions: Vec::new(),
            size,
            probabilities: Vec::new(),
        }
    }

    /// Appends a row, normalised.
    pub(crate) fn push(&mut self, position: usize, weights: &[f64]) {
        let total: f64 = weights.iter().sum();
        self.positions.push(position);
        self.probabilities.extend(weights.iter().map(|w| w / total));
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether nothing was masked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// The distribution at `positions[i]`.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.probabilities[i * self.size..(i + 1) * self.size]
    }

    /// The rows with their positions.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.positions
            .iter()
            .copied()
            .zip(self.probabilities.chunks(self.size))
    }

    /// Mean entropy of the rows in bits: an unbiased estimate of the oracle's loss, and of lower
    /// variance than [`Posterior::mean_loss_bits`].
    ///
    /// # Errors
    /// No row.
    pub fn mean_entropy_bits(&self) -> Result<f64, Error> {
        let entropies = self.iter().map(|(_, row)| weighted_entropy_bits(row));
        Ok(entropies.sum::<f64>() / self.rows()?)
    }

    /// Mean `-log2 P(truth)` in bits: the loss of the oracle on this document, infinite where the
    /// truth holds a symbol that cannot stand there.
    ///
    /// # Errors
    /// No row; a truth that is shorter than the document or holds other symbols.
    pub fn mean_loss_bits(&self, truth: &[u8]) -> Result<f64, Error> {
        let loss = |(t, row): (usize, &[f64])| {
            let symbol = *truth.get(t).ok_or(Error::Size {
                what: "truth",
                expected: t + 1,
                found: truth.len(),
            })?;
            let p = row.get(symbol as usize).ok_or(Error::Symbol {
                position: t,
                symbol,
                size: self.size,
            })?;
            Ok(-p.log2())
        };
        let losses = self.iter().map(loss).sum::<Result<f64, Error>>()?;
        Ok(losses / self.rows()?)
    }

    /// The number of rows, to divide by.
    fn rows(&self) -> Result<f64, Error> {
        if self.is_empty() {
            return Err(Error::TooFew {
                what: "masked symbols",
                expected: 1,
                found: 0,
            });
        }
        Ok(self.len() as f64)
    }
}

impl Machine {
    /// Forward pass; `α` before each symbol and after the last, each normalised.
    pub(super) fn forward(
        &self,
        seen: Evidence<'_>,
        explore: bool,
        scratch: &mut Scratch,
    ) -> Result<Vec<Weights>, Error> {
        let mut all = vec![self.start()];
        for (position, symbol) in seen.symbols().enumerate() {
            let next = match symbol.filter(|_| explore) {
                Some(x) => self.advance_exploring(&all[position], x, scratch),
                None => self.advance(&all[position], symbol, scratch),
            };
            all.push(next.normalised(position)?);
        }
        Ok(all)
    }

    /// Rows for the masked positions, or with `explore` for every position as if it alone were
    /// masked.
    pub(super) fn smooth(&self, seen: Evidence<'_>, explore: bool) -> Result<Posterior, Error> {
        self.alphabet().check(seen.symbols())?;
        let mut scratch = Scratch::new(self.states());
        let alpha = self.forward(seen, explore, &mut scratch)?;
        let mut beta = vec![0.0; self.states()];
        alpha[seen.len()]
            .states
            .iter()
            .for_each(|&s| beta[s as usize] = 1.0);
        let mut rows = Vec::new();
        let mut positions = Vec::new();
        for t in (0..seen.len()).rev() {
            if explore || seen.at(t).is_none() {
                rows.push(self.row(&alpha[t], &beta));
                positions.push(t);
            }
            self.retreat(&alpha[t], seen.at(t), &mut beta);
        }
        let mut posterior = Posterior::new(self.alphabet().size());
        for (t, row) in positions.into_iter().zip(rows).rev() {
            posterior.push(t, &row);
        }
        Ok(posterior)
    }

    /// `p(x) ∝ Σ α(s) P(x, s' | s) β(s')`.
    fn row(&self, alpha: &Weights, beta: &[f64]) -> Vec<f64> {
        let mut row = vec![0.0; self.alphabet().size()];
        for (state, weight) in alpha.iter().filter(|a| a.1 > 0.0) {
            for e in self.edges(state as usize) {
                row[e.symbol as usize] += weight * e.probability * beta[e.next as usize];
            }
        }
        row
    }

    /// `β(s) = Σ P(x, s' | s) β'(s')` in place, on the states that the forward pass reached.
    pub(super) fn retreat(&self, reached: &Weights, symbol: Option<u8>, beta: &mut [f64]) {
        let step = |&state: &u32| -> f64 {
            let fits = self.edges_for(state as usize, symbol).iter();
            fits.map(|e| e.probability * beta[e.next as usize]).sum()
        };
        let values: Vec<f64> = reached.states.iter().map(step).collect();
        let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        for (&state, value) in reached.states.iter().zip(values) {
            beta[state as usize] = value / largest;
        }
    }
}
