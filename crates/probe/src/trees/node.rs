//! One tree.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::{at_least, parameter};

/// A node of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Tree {
    /// The nodes, level after level.
    pub nodes: Vec<Node>,
}

/// [`Tree`] as it comes out of a file.
#[derive(Deserialize)]
struct Stored {
    nodes: Vec<Node>,
}

impl TryFrom<Stored> for Tree {
    type Error = Error;

    /// # Errors
    /// No node; a split whose children do not come after it, or are not there; a value that is not
    /// finite.
    fn try_from(Stored { nodes }: Stored) -> Result<Self, Error> {
        at_least("nodes of a tree", 1, nodes.len())?;
        for (at, node) in nodes.iter().enumerate() {
            let number = match *node {
                Node::Leaf { value } => value,
                Node::Split {
                    left, threshold, ..
                } => {
                    // Children come later, so that no row goes in circles.
                    let holds =
                        left > at && left.checked_add(1).is_some_and(|right| right < nodes.len());
                    parameter(
                        "left",
                        "a later node with another after it",
                        left as f64,
                        holds,
                    )?;
                    threshold
                }
            };
            parameter("number of a node", "finite", number, number.is_finite())?;
        }
        Ok(Self { nodes })
    }
}

impl Tree {
    /// The columns that the tree looks at.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.nodes.iter().filter_map(|node| match node {
            Node::Leaf { .. } => None,
            Node::Split { column, .. } => Some(*column),
        })
    }

    /// What the tree adds to the score of a row; a value that is NaN is at least no threshold and
    /// goes left.
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

#[cfg(test)]
mod tests {
    use crate::{BoostedTrees, Tree};

    #[test]
    fn trees_that_lead_nowhere_or_in_circles_are_not_read() {
        let split = |left: usize| {
            format!(
                r#"{{"nodes":[{{"Split":{{"column":1,"threshold":0.5,"left":{left}}}}},{{"Leaf":{{"value":1.0}}}},{{"Leaf":{{"value":2.0}}}}]}}"#
            )
        };
        let tree: Tree = serde_json::from_str(&split(1)).unwrap();
        assert_eq!(tree.value(&[0.0, 0.7]), 2.0);
        for left in [0, 2, usize::MAX] {
            assert!(
                serde_json::from_str::<Tree>(&split(left)).is_err(),
                "{left}"
            );
        }
        assert!(serde_json::from_str::<Tree>(r#"{"nodes":[]}"#).is_err());
        let trees = |outputs: usize, columns: usize| {
            let text = format!(
                r#"{{"trees":[{}],"outputs":{outputs},"columns":{columns}}}"#,
                split(1)
            );
            serde_json::from_str::<BoostedTrees>(&text)
        };
        assert!(trees(1, 2).is_ok());
        for (outputs, columns) in [(0, 2), (2, 2), (1, 1)] {
            assert!(trees(outputs, columns).is_err(), "{outputs} {columns}");
        }
    }
}
