//! Which rows belong to which example.

use crate::Error;
use dissensus_layers::Rows;
use std::ops::Range;

/// Which rows of an operation belong to which example of a batch.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Masked tokens of each sequence of the batch.
    pub tokens: Vec<usize>,
    /// Sequences of each example: one each, or all of a batch.
    pub examples: Vec<Range<usize>>,
}

impl Plan {
    /// The segments of rows of the examples, in an operation of this grouping.
    ///
    /// An operation sees either all positions, `time` a sequence, or the masked tokens alone.
    pub(super) fn segments(&self, name: &str, rows: Rows) -> Result<Vec<Range<usize>>, Error> {
        let masked: usize = self.tokens.iter().sum();
        let start = |sequence: usize| -> usize {
            match rows.time {
                1 if rows.batch == masked => self.tokens[..sequence].iter().sum(),
                time => sequence * time,
            }
        };
        let fits = rows.batch == self.tokens.len() || (rows.time == 1 && rows.batch == masked);
        if !fits {
            let (found, expected) = (
                vec![rows.batch, rows.time],
                vec![self.tokens.len(), rows.time],
            );
            return Err(Error::Shape {
                name: name.into(),
                found,
                expected,
            });
        }
        Ok(self
            .examples
            .iter()
            .map(|e| start(e.start)..start(e.end))
            .collect())
    }
}
