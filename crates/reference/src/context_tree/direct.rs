//! One tree whose nodes count up to four letters.

use super::weight::weigh;
use super::{BATCH, ContextTreeParams, Past};

const NONE: u32 = 0;

#[derive(Debug, Clone)]
struct Node {
    /// `P_e / Π P_w(children)`.
    ratio: f64,
    counts: [u32; 4],
    /// The fifth child has an unknown symbol.
    children: [u32; 5],
}

const FRESH: Node = Node {
    ratio: 1.0,
    counts: [0; 4],
    children: [NONE; 5],
};

/// The nodes of a context, root first, up to the deepest there is.
#[derive(Debug, Clone, Copy, Default)]
struct Path {
    nodes: [u32; 25],
    last: usize,
}

/// The nodes, the root first.
#[derive(Debug, Clone)]
pub(super) struct DirectTree {
    params: ContextTreeParams,
    nodes: Vec<Node>,
}

impl DirectTree {
    pub fn new(params: ContextTreeParams) -> Self {
        Self {
            params,
            nodes: vec![FRESH],
        }
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Probability of the symbol, which is then counted.
    pub fn push(&mut self, past: &Past, symbol: u8) -> f64 {
        let mut path = Path::default();
        (0..self.params.depth).for_each(|depth| self.step(&mut path, past, depth));
        self.update(&path, symbol)
    }

    /// The probabilities of up to [`BATCH`] symbols. Where their nodes lie does not depend on what
    /// they count, so that all are sought together, level by level: the memory answers several at a
    /// time.
    pub fn push_batch(&mut self, pasts: &[Past], symbols: &[u8], see: &mut dyn FnMut(f64)) {
        let mut paths = [Path::default(); BATCH];
        for depth in 0..self.params.depth {
            paths
                .iter_mut()
                .zip(pasts)
                .for_each(|(path, past)| self.step(path, past, depth));
        }
        paths
            .iter()
            .zip(symbols)
            .for_each(|(path, &x)| see(self.update(path, x)));
    }

    /// From the leaf up.
    fn update(&mut self, path: &Path, symbol: u8) -> f64 {
        let x = symbol as usize;
        let mut below = None;
        for &index in path.nodes[..=path.last].iter().rev() {
            let estimate = self.estimate(index, x);
            let node = &mut self.nodes[index as usize];
            node.counts[x] = node.counts[x].saturating_add(1);
            below = Some(weigh(&mut node.ratio, estimate, below));
        }
        below.unwrap_or(1.0)
    }

    /// `(n_x + α) / (n + |A| α)`.
    fn estimate(&self, index: u32, x: usize) -> f64 {
        let counts = &self.nodes[index as usize].counts;
        let total: i64 = counts.iter().map(|&n| i64::from(n)).sum();
        let ContextTreeParams { size, alpha, .. } = self.params;
        (f64::from(counts[x]) + alpha) / (total as f64 + size as f64 * alpha)
    }

    /// One level down; a missing node is made while there is room.
    fn step(&mut self, path: &mut Path, past: &Past, depth: usize) {
        if path.last < depth {
            return;
        }
        let parent = path.nodes[depth] as usize;
        // Unknown symbols are numbered `size`, which is a place of its own also below four letters.
        let branch = past.at(depth) as usize;
        let mut child = self.nodes[parent].children[branch];
        if child == NONE {
            if self.nodes.len() >= self.params.nodes {
                return;
            }
            child = self.nodes.len() as u32;
            self.nodes.push(FRESH);
            self.nodes[parent].children[branch] = child;
        }
        path.nodes[depth + 1] = child;
        path.last = depth + 1;
    }
}
