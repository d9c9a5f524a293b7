//! Tokens that move most between two tables.

use crate::{EmbeddingTable, Error, Neighbour, Procrustes, nearest};

/// How far each token lies from itself once one table is turned onto the other.
#[derive(Debug, Clone, PartialEq)]
pub struct RowMovements {
    /// The residual of each row under [`Procrustes`].
    pub residuals: Vec<f64>,
    /// Rows, from the one that moves most; of equal ones the first first.
    pub order: Vec<usize>,
}

/// A token that moves, and its nearest tokens in each table.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedRow {
    /// Index of the row.
    pub row: usize,
    /// Its residual.
    pub residual: f64,
    /// Its nearest rows in the first table.
    pub before: Vec<Neighbour>,
    /// Its nearest rows in the second table.
    pub after: Vec<Neighbour>,
}

impl RowMovements {
    /// Aligns `b` to `a` by the default [`Procrustes`].
    ///
    /// # Errors
    /// Those of [`Procrustes::fit`].
    ///
    /// ```
    /// use dissensus_alignment::{EmbeddingTable, RowMovements};
    /// let mut rows = vec![
    ///     1.0, 0.0, 1.0, 1.0, 0.0, 1.0, -1.0, 1.0, -1.0, 0.0, -1.0, -1.0, 0.0, -1.0, 1.0, -1.0,
    /// ];
    /// let a = EmbeddingTable::new(rows.clone(), 2)?;
    /// rows[6] = 1.0;
    /// let b = EmbeddingTable::new(rows, 2)?;
    /// let found = RowMovements::new(&a, &b)?;
    /// assert_eq!(found.order[0], 3); // the row (-1, 1) became (1, 1)
    /// assert_eq!(found.most_moved(&a, &b, 1, 2)?[0].before.len(), 2);
    /// # Ok::<(), dissensus_alignment::Error>(())
    /// ```
    pub fn new(a: &EmbeddingTable, b: &EmbeddingTable) -> Result<Self, Error> {
        let fit = Procrustes::default().fit(&a.matrix(), &b.matrix())?;
        let residuals = fit.residuals;
        let mut order: Vec<usize> = (0..residuals.len()).collect();
        order.sort_by(|&i, &j| residuals[j].total_cmp(&residuals[i]));
        Ok(Self { residuals, order })
    }

    /// The first `count` of them, each with its `k` nearest rows in the tables that were compared.
    ///
    /// # Errors
    /// Those of [`nearest`].
    pub fn most_moved(
        &self,
        a: &EmbeddingTable,
        b: &EmbeddingTable,
        count: usize,
        k: usize,
    ) -> Result<Vec<MovedRow>, Error> {
        let k = k.min(a.rows().saturating_sub(1));
        let moved = |&row: &usize| {
            Ok(MovedRow {
                row,
                residual: self.residuals[row],
                before: nearest(a, row, k)?,
                after: nearest(b, row, k)?,
            })
        };
        self.order.iter().take(count).map(moved).collect()
    }
}
