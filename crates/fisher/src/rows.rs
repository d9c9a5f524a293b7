//! The rows of a tied word table, by token and by token frequency.

use crate::sums::{add_to, mismatch};
use crate::{Error, Gradient};
use serde::{Deserialize, Serialize};

/// Sums of squared gradients of each row of a tied word table, its sides apart, each as many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct TableRows {
    /// `Σ_e ‖input side of row v‖²`.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub input: Vec<f64>,
    /// `Σ_e ‖output side of row v‖²`.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub output: Vec<f64>,
    /// `Σ_e 2 ⟨input side, output side⟩` of row v.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub cross: Vec<f64>,
}

/// What was read of [`TableRows`], unchecked.
#[derive(Deserialize)]
struct Stored {
    #[serde(with = "dissensus_kernels::non_finite")]
    input: Vec<f64>,
    #[serde(with = "dissensus_kernels::non_finite")]
    output: Vec<f64>,
    #[serde(with = "dissensus_kernels::non_finite")]
    cross: Vec<f64>,
}

impl TryFrom<Stored> for TableRows {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let rows = TableRows {
            input: stored.input,
            output: stored.output,
            cross: stored.cross,
        };
        rows.check_sides()?;
        Ok(rows)
    }
}

/// One tenth of the rows of a table, by how often their tokens occur.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    /// 1 for the rarest tenth, 10 for the most frequent.
    pub decile: u32,
    /// Rows in it.
    pub rows: u64,
    /// Occurrences of their tokens.
    pub occurrences: u64,
    /// Sum over its rows of the input side.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub input: f64,
    /// Sum over its rows of the output side.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub output: f64,
    /// Sum over its rows of the cross term.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub cross: f64,
    /// Its part of the table's whole.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub share: f64,
}

impl TableRows {
    pub(crate) fn new(rows: usize) -> Self {
        TableRows {
            input: vec![0.0; rows],
            output: vec![0.0; rows],
            cross: vec![0.0; rows],
        }
    }

    pub(crate) fn add(&mut self, gradient: &Gradient, output_side: &[f64]) {
        let width = gradient.values.len() / self.input.len();
        let rows = gradient
            .values
            .chunks_exact(width)
            .zip(output_side.chunks_exact(width));
        for (row, (a, b)) in rows.enumerate() {
            for (a, b) in a.iter().zip(b) {
                self.input[row] += a * a;
                self.output[row] += b * b;
                self.cross[row] += 2.0 * a * b;
            }
        }
    }

    /// Fails unless every side has as many rows.
    fn check_sides(&self) -> Result<(), Error> {
        let rows = self.input.len();
        for other in [self.output.len(), self.cross.len()] {
            if other != rows {
                return Err(mismatch("rows of a side of the word table", rows, other));
            }
        }
        Ok(())
    }

    /// Fails unless other rows can be added.
    pub(crate) fn check_merge(&self, other: &Self) -> Result<(), Error> {
        if self.input.len() != other.input.len() {
            return Err(mismatch(
                "rows of the word table",
                self.input.len(),
                other.input.len(),
            ));
        }
        Ok(())
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        add_to(&mut self.input, &other.input);
        add_to(&mut self.output, &other.output);
        add_to(&mut self.cross, &other.cross);
    }

    /// Rows by token-frequency decile: sorted by `occurrences`, ties by id, cut into ten parts
    /// whose sizes differ by at most one.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when there is not one count a row, or not one row of each side;
    /// [`Error::ZeroGradient`] when the sums of all rows are zero, so that nothing has a share.
    pub fn deciles(&self, occurrences: &[u64]) -> Result<Vec<Decile>, Error> {
        let rows = self.input.len();
        if occurrences.len() != rows {
            return Err(mismatch("rows of the word table", rows, occurrences.len()));
        }
        self.check_sides()?;
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_by_key(|&row| (occurrences[row], row));
        let whole: f64 = self
            .input
            .iter()
            .chain(&self.output)
            .chain(&self.cross)
            .sum();
        if whole == 0.0 {
            return Err(Error::ZeroGradient);
        }
        Ok((0..10)
            .map(|d| {
                self.decile(
                    d,
                    &order[d * rows / 10..(d + 1) * rows / 10],
                    occurrences,
                    whole,
                )
            })
            .collect())
    }

    fn decile(&self, at: usize, rows: &[usize], occurrences: &[u64], whole: f64) -> Decile {
        let sum = |of: &[f64]| rows.iter().map(|&row| of[row]).sum::<f64>();
        let (input, output, cross) = (sum(&self.input), sum(&self.output), sum(&self.cross));
        Decile {
            decile: at as u32 + 1,
            rows: rows.len() as u64,
            occurrences: rows
                .iter()
                .fold(0, |sum: u64, &row| sum.saturating_add(occurrences[row])),
            input,
            output,
            cross,
            share: (input + output + cross) / whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciles_cover_every_row_once_and_rise_in_frequency() {
        let rows = TableRows {
            input: vec![1.0; 23],
            output: vec![2.0; 23],
            cross: vec![0.5; 23],
        };
        let occurrences: Vec<u64> = (0..23).map(|v| v * 7 % 11).collect();
        let deciles = rows.deciles(&occurrences).unwrap_or_default();
        assert_eq!(deciles.iter().map(|d| d.rows).sum::<u64>(), 23);
        assert_eq!(
            deciles.iter().map(|d| d.occurrences).sum::<u64>(),
            occurrences.iter().sum::<u64>()
        );
        let means: Vec<f64> = deciles
            .iter()
            .map(|d| d.occurrences as f64 / d.rows as f64)
            .collect();
        assert!(means.is_sorted(), "{means:?}");
        let share: f64 = deciles.iter().map(|d| d.share).sum();
        approx::assert_relative_eq!(share, 1.0, epsilon = 1e-12);
    }
}
