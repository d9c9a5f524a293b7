//! One tree by exact greedy search, level by level.

use rayon::prelude::*;

use super::{Node, Tree, TreesParams};
use crate::Features;

/// A gain below this is none, as in XGBoost.
const LEAST_GAIN: f64 = 1e-6;
/// The node of rows that have come to rest.
const SETTLED: u32 = u32::MAX;

/// First and second derivatives of the loss, of a row or summed over rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Derivatives {
    pub first: f64,
    pub second: f64,
}

impl Derivatives {
    fn add(&mut self, other: Self) {
        self.first += other.first;
        self.second += other.second;
    }

    fn less(self, other: Self) -> Self {
        Self {
            first: self.first - other.first,
            second: self.second - other.second,
        }
    }

    /// G²/(H + λ): twice what the best value of a leaf saves.
    fn saved(self, lambda: f64) -> f64 {
        self.first * self.first / (self.second + lambda)
    }
}

/// Every column in rising order.
pub(super) struct Sorted {
    columns: Vec<Vec<Entry>>,
    rows: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    value: f64,
    row: u32,
}

impl Sorted {
    pub fn new(features: &Features) -> Self {
        let column = |j: usize| {
            let entry = |i: usize| Entry {
                value: features.row(i)[j],
                row: i as u32,
            };
            let mut column: Vec<Entry> = (0..features.rows()).map(entry).collect();
            column.sort_by(|a, b| a.value.total_cmp(&b.value));
            column
        };
        Self {
            columns: (0..features.columns())
                .into_par_iter()
                .map(column)
                .collect(),
            rows: features.rows(),
        }
    }
}

/// A split found.
#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    column: usize,
    threshold: f64,
    left: Derivatives,
}

/// A node whose rows may part: its place in the tree and the sums over its rows.
struct Open {
    place: usize,
    sum: Derivatives,
}

/// A tree, and the leaf of every row.
pub(super) struct Grown {
    pub tree: Tree,
    pub leaves: Vec<f64>,
}

/// Grows a tree on derivatives of every row.
///
/// A split's gain is G_L²/(H_L + λ) + G_R²/(H_R + λ) − G²/(H + λ). Of equal gains the first
/// column's is taken, and in it that of the highest threshold, as in XGBoost. A leaf holds −η
/// G/(H + λ).
pub(super) fn grow(sorted: &Sorted, rows: &[Derivatives], params: &TreesParams) -> Grown {
    let mut nodes = vec![Node::Leaf { value: 0.0 }];
    let mut sum = Derivatives::default();
    rows.iter().for_each(|&row| sum.add(row));
    let mut open = vec![Open { place: 0, sum }];
    // Of each row its node's index among the open ones.
    let mut position = vec![0_u32; sorted.rows];
    let mut leaves = vec![0.0; sorted.rows];
    for depth in 0..=params.depth {
        let splits = if depth < params.depth {
            best_splits(sorted, rows, &position, &open, params)
        } else {
            vec![None; open.len()]
        };
        let next = part(&mut nodes, &open, &splits, params);
        settle(sorted, &nodes, &open, &splits, &mut position, &mut leaves);
        if next.is_empty() {
            break;
        }
        open = next;
    }
    Grown {
        tree: Tree { nodes },
        leaves,
    }
}

/// Turns every open node into a split or a leaf; the children of the splits are open next.
fn part(
    nodes: &mut Vec<Node>,
    open: &[Open],
    splits: &[Option<Split>],
    params: &TreesParams,
) -> Vec<Open> {
    let mut next = Vec::new();
    for (node, split) in open.iter().zip(splits) {
        let Some(split) = split else {
            let value = -params.rate * node.sum.first / (node.sum.second + params.lambda);
            nodes[node.place] = Node::Leaf { value };
            continue;
        };
        let left = nodes.len();
        nodes[node.place] = Node::Split {
            column: split.column,
            threshold: split.threshold,
            left,
        };
        for (place, sum) in [(left, split.left), (left + 1, node.sum.less(split.left))] {
            nodes.push(Node::Leaf { value: 0.0 });
            next.push(Open { place, sum });
        }
    }
    next
}

/// Moves every row to its node of the next level, or to its leaf.
fn settle(
    sorted: &Sorted,
    nodes: &[Node],
    open: &[Open],
    splits: &[Option<Split>],
    position: &mut [u32],
    leaves: &mut [f64],
) {
    let mut first_child = Vec::with_capacity(open.len());
    let mut children = 0;
    for split in splits {
        first_child.push(children);
        children += if split.is_some() { 2 } else { 0 };
    }
    // Rows of a split go right, until its column says that they are below the threshold.
    let before = position.to_vec();
    for ((at, leaf), &was) in position.iter_mut().zip(leaves).zip(&before) {
        if was == SETTLED {
            continue;
        }
        let node = was as usize;
        if splits[node].is_some() {
            *at = first_child[node] + 1;
        } else {
            *at = SETTLED;
            if let Node::Leaf { value } = nodes[open[node].place] {
                *leaf = value;
            }
        }
    }
    for (node, split) in splits.iter().enumerate() {
        let Some(split) = split else { continue };
        for entry in &sorted.columns[split.column] {
            if entry.value >= split.threshold {
                break;
            }
            if before[entry.row as usize] == node as u32 {
                position[entry.row as usize] = first_child[node];
            }
        }
    }
}

/// The best split of every open node over all columns.
fn best_splits(
    sorted: &Sorted,
    rows: &[Derivatives],
    position: &[u32],
    open: &[Open],
    params: &TreesParams,
) -> Vec<Option<Split>> {
    let by_column: Vec<Vec<Option<Split>>> = sorted
        .columns
        .par_iter()
        .enumerate()
        .map(|(column, entries)| scan(column, entries, rows, position, open, params))
        .collect();
    let mut best = vec![None; open.len()];
    for found in by_column {
        for (best, found) in best.iter_mut().zip(found) {
            keep_better(best, found);
        }
    }
    best
}

fn keep_better(best: &mut Option<Split>, found: Option<Split>) {
    if let Some(found) = found
        && best.is_none_or(|best| found.gain > best.gain)
    {
        *best = Some(found);
    }
}

/// What a scan knows of one node: the sums of the rows passed, and the last of them.
#[derive(Clone, Copy)]
struct ScannedRows {
    sum: Derivatives,
    last: f64,
    any: bool,
}

/// One column: all its thresholds for all open nodes in one pass.
fn scan(
    column: usize,
    entries: &[Entry],
    rows: &[Derivatives],
    position: &[u32],
    open: &[Open],
    params: &TreesParams,
) -> Vec<Option<Split>> {
    let nothing = ScannedRows {
        sum: Derivatives::default(),
        last: 0.0,
        any: false,
    };
    let mut passed = vec![nothing; open.len()];
    let mut best: Vec<Option<Split>> = vec![None; open.len()];
    let whole: Vec<f64> = open
        .iter()
        .map(|node| node.sum.saved(params.lambda))
        .collect();
    // From the top, so that the highest of equally good thresholds is met first.
    for entry in entries.iter().rev() {
        let row = entry.row as usize;
        let at = position[row] as usize;
        let Some(node) = open.get(at) else { continue };
        let passed = &mut passed[at];
        if passed.any && entry.value != passed.last {
            let left = node.sum.less(passed.sum);
            let smallest = passed.sum.second.min(left.second);
            if smallest >= params.min_child_weight {
                let gain = left.saved(params.lambda) + passed.sum.saved(params.lambda) - whole[at];
                if gain > best[at].map_or(LEAST_GAIN, |best| best.gain) {
                    best[at] = Some(Split {
                        gain,
                        column,
                        threshold: between(entry.value, passed.last),
                        left,
                    });
                }
            }
        }
        passed.sum.add(rows[row]);
        (passed.last, passed.any) = (entry.value, true);
    }
    best
}

/// A threshold t with low < t ≤ high, in the middle where there is one.
fn between(low: f64, high: f64) -> f64 {
    let middle = low + (high - low) * 0.5;
    if middle > low && middle <= high {
        middle
    } else {
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_parts_neighbouring_numbers() {
        let next = 1.0_f64.next_up();
        assert_eq!(between(1.0, next), next);
        assert_eq!(between(f64::MIN, f64::MAX), f64::MAX); // their difference overflows
        assert_eq!(between(1.0, 2.0), 1.5);
    }

    #[test]
    fn the_leaves_of_the_rows_are_what_the_tree_says() {
        let values: Vec<f64> = (0..300).map(|i| (i * 37 % 50) as f64).collect();
        let features = Features::new(values, 3).unwrap();
        let rows: Vec<Derivatives> = (0..100)
            .map(|i| Derivatives {
                first: ((i * 13 % 7) as f64) - 3.0,
                second: 1.0,
            })
            .collect();
        let params = TreesParams::default().with_depth(4);
        let grown = grow(&Sorted::new(&features), &rows, &params);
        assert!(grown.tree.nodes.len() > 7);
        for (i, leaf) in grown.leaves.iter().enumerate() {
            assert_eq!(grown.tree.value(features.row(i)), *leaf);
        }
    }

    #[test]
    fn the_first_split_is_the_best_of_all_tried_by_hand() {
        let values: Vec<f64> = (0..80).map(|i| (i * 29 % 31) as f64).collect();
        let features = Features::new(values, 2).unwrap();
        let rows: Vec<Derivatives> = (0..40)
            .map(|i| Derivatives {
                first: ((i * 17 % 11) as f64) - 5.0,
                second: 0.5,
            })
            .collect();
        let params = TreesParams::default().with_depth(1);
        let grown = grow(&Sorted::new(&features), &rows, &params);
        let gain = |column: usize, threshold: f64| {
            let (mut left, mut all) = (Derivatives::default(), Derivatives::default());
            for (i, row) in rows.iter().enumerate() {
                all.add(*row);
                if features.row(i)[column] < threshold {
                    left.add(*row);
                }
            }
            let right = all.less(left);
            let allowed = left.second >= 1.0 && right.second >= 1.0;
            let gain = left.saved(1.0) + right.saved(1.0) - all.saved(1.0);
            if allowed { gain } else { f64::NEG_INFINITY }
        };
        let Node::Split {
            column, threshold, ..
        } = grown.tree.nodes[0]
        else {
            panic!("no split");
        };
        let found = gain(column, threshold);
        for column in 0..2 {
            for i in 0..40 {
                assert!(gain(column, features.row(i)[column]) <= found + 1e-12);
            }
        }
    }
}
