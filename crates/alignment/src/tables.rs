//! Tables of one shape whose rows mean the same tokens.

use serde::{Deserialize, Serialize};

use crate::{EmbeddingTable, Error};

/// Why a row takes no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reason {
    /// All zero in at least one table: it has no direction there.
    Zero,
    /// A special token.
    Special,
    /// A token the training data never held.
    Unseen,
}

/// A row left out, with its index in the tables given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Index of the row.
    pub row: usize,
    /// Why it was dropped.
    pub reason: Reason,
}

/// Two or more tables of one shape, without the rows that no measure can use.
///
/// Rows that are zero in any table are dropped from all; special and never-seen rows on request.
/// Every dropped row is listed with its reason, and [`EmbeddingTables::ids`] gives the original
/// index of every row kept.
///
/// ```
/// use dissensus_alignment::{Reason, EmbeddingTable, EmbeddingTables};
/// let a = EmbeddingTable::new(vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0], 2)?;
/// let tables = EmbeddingTables::new(vec![a.clone(), a])?.without(&[0], Reason::Special)?;
/// assert_eq!(tables.ids(), [1, 3]);
/// assert_eq!(tables.dropped()[0].reason, Reason::Zero);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingTables {
    members: Vec<EmbeddingTable>,
    ids: Vec<usize>,
    dropped: Vec<Dropped>,
}

impl EmbeddingTables {
    /// Checks that the shapes agree and drops the rows that are zero in any table.
    ///
    /// # Errors
    /// [`Error::TooFewTables`] without any, [`Error::Shape`] when shapes differ.
    pub fn new(members: Vec<EmbeddingTable>) -> Result<Self, Error> {
        let first = members.first().ok_or(Error::TooFewTables {
            needed: 1,
            found: 0,
        })?;
        let expected = first.shape();
        if let Some(odd) = members.iter().find(|t| t.shape() != expected) {
            return Err(Error::Shape {
                expected,
                found: odd.shape(),
            });
        }
        let mut zero: Vec<usize> = members.iter().flat_map(EmbeddingTable::zero_rows).collect();
        zero.sort_unstable();
        zero.dedup();
        let ids = (0..expected.0).collect();
        Self {
            members,
            ids,
            dropped: Vec::new(),
        }
        .without(&zero, Reason::Zero)
    }

    /// Drops the rows with the original indices `rows`; those already dropped keep their first
    /// reason.
    ///
    /// # Errors
    /// [`Error::Row`] when an index lies beyond the tables given.
    pub fn without(mut self, rows: &[usize], reason: Reason) -> Result<Self, Error> {
        let all = self.ids.len() + self.dropped.len();
        if let Some(&row) = rows.iter().find(|&&r| r >= all) {
            return Err(Error::Row { row, rows: all });
        }
        let mut out = vec![false; all];
        rows.iter().for_each(|&r| out[r] = true);
        let kept: Vec<usize> = (0..self.ids.len()).filter(|&i| !out[self.ids[i]]).collect();
        if kept.len() == self.ids.len() {
            return Ok(self);
        }
        self.dropped.extend(
            self.ids
                .iter()
                .filter(|&&id| out[id])
                .map(|&row| Dropped { row, reason }),
        );
        self.members = self
            .members
            .iter()
            .map(|t| t.select(&kept))
            .collect::<Result<_, _>>()?;
        self.ids = kept.iter().map(|&i| self.ids[i]).collect();
        Ok(self)
    }

    /// The tables, with the kept rows only.
    #[must_use]
    pub fn members(&self) -> &[EmbeddingTable] {
        &self.members
    }

    /// Original index of every row kept.
    #[must_use]
    pub fn ids(&self) -> &[usize] {
        &self.ids
    }

    /// The rows left out, in the order they were dropped.
    #[must_use]
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// Rows kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Columns.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.members[0].dimension()
    }

    /// All pairs (i, j) of tables, i < j, in lexicographic order.
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        pairs(self.members.len())
    }
}

/// All (i, j), i < j < n, in lexicographic order.
pub(crate) fn pairs(n: usize) -> Vec<(usize, usize)> {
    (0..n)
        .flat_map(|i| (i + 1..n).map(move |j| (i, j)))
        .collect()
}
