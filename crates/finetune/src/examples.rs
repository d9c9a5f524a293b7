//! What a classifier learns from.

use dissensus_lm::Sizes;
use dissensus_probe::{Fold, Labels};

use crate::{Error, Pooling};

/// Sequences of token ids, special tokens and all, with a class each.
#[derive(Debug, Clone)]
pub struct Examples {
    pub(crate) ids: Vec<Vec<u32>>,
    pub(crate) labels: Labels,
}

impl Examples {
    /// Takes the sequences and their classes.
    ///
    /// # Errors
    /// [`Error::Length`] for other numbers of either.
    pub fn new(ids: Vec<Vec<u32>>, labels: Labels) -> Result<Self, Error> {
        if ids.len() != labels.rows() {
            return Err(Error::Length {
                sequences: ids.len(),
                labels: labels.rows(),
            });
        }
        Ok(Self { ids, labels })
    }

    /// The sequences.
    #[must_use]
    pub fn ids(&self) -> &[Vec<u32>] {
        &self.ids
    }

    /// Their classes.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The sequences of some rows.
    pub(crate) fn some(&self, rows: &[usize]) -> Vec<&[u32]> {
        rows.iter().map(|&row| self.ids[row].as_slice()).collect()
    }

    /// The rows as a trainer stores them: the class in front of the tokens.
    pub(crate) fn stored(&self, rows: &[usize]) -> Vec<Vec<u32>> {
        let of = |&row: &usize| {
            let class = self.labels.values()[row] as u32;
            std::iter::once(class)
                .chain(self.ids[row].iter().copied())
                .collect()
        };
        rows.iter().map(of).collect()
    }

    /// Checks that a fold has rows to learn from, to choose by and to test, that each of them
    /// exists and has something to pool.
    pub(crate) fn check(&self, fold: &Fold, pooling: &Pooling, sizes: &Sizes) -> Result<(), Error> {
        for (what, rows) in [
            ("training", &fold.train),
            ("validation", &fold.validation),
            ("test", &fold.test),
        ] {
            let (found, needed) = (rows.len(), 2);
            if found < needed {
                return Err(Error::Rows {
                    what,
                    found,
                    needed,
                });
            }
            for &row in rows {
                let rows = self.ids.len();
                let ids = self.ids.get(row).ok_or(Error::Row { row, rows })?;
                if pooling.positions(ids).is_empty() {
                    return Err(Error::NothingToPool { sequence: row });
                }
            }
        }
        // The trainer checks training and validation; an hour later is late for the test.
        for &row in &fold.test {
            dissensus_lm::Batch::new(&[&self.ids[row]], sizes)?;
        }
        Ok(())
    }
}
