//! One tree.

use serde::{Deserialize, Serialize};

/// A node of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Node {
    /// Where a row ends.
    Leaf {
        /// What is added to the row's score, the rate included.
        value: f64,
    },
    /// Where rows part.
    Split {
        /// The column looked at.
        column: usize,
        /// Rows with less go left, all others right.
        threshold: f64,
        /// The node on the left; the right one is the next.
        left: usize,
    },
}

/// A regression tree; node 0 is the root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// The nodes, level after level.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// What the tree adds to the score of a row.
    ///
    /// # Panics
    /// Where the row has fewer columns than the tree looks at.
    #[must_use]
    pub fn value(&self, row: &[f64]) -> f64 {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf { value } => return value,
                Node::Split {
                    column,
                    threshold,
                    left,
                } => at = left + usize::from(row[column] >= threshold),
            }
        }
    }
}
