//! Random spanning trees.

use rand::Rng;

use super::contexts::Contexts;
use crate::order::below;

/// For every context but the root, the place (an index into `places`) of its edge in a random tree
/// towards the root.
///
/// Wilson's algorithm: from each context not yet in the tree, walk at random until the tree is met,
/// and keep the walk without its loops. A tree is drawn with probability proportional to the
/// product of the multiplicities of its edges, which is what makes the Eulerian walk uniform. Every
/// context must have a way to the root.
///
/// Source: Wilson, "Generating random spanning trees more quickly than the cover time", STOC 1996.
pub(super) fn random_tree(
    contexts: &Contexts,
    root: usize,
    rng: &mut impl Rng,
) -> Vec<Option<usize>> {
    let mut edges: Vec<Option<usize>> = vec![None; contexts.count()];
    let mut in_tree = vec![false; contexts.count()];
    in_tree[root] = true;
    for start in 0..contexts.count() {
        let mut here = start;
        while !in_tree[here] {
            let range = contexts.range(here);
            let edge = range.start + below(range.len(), rng);
            edges[here] = Some(edge);
            here = target(contexts, edge);
        }
        here = start;
        while let (false, Some(edge)) = (in_tree[here], edges[here]) {
            in_tree[here] = true;
            here = target(contexts, edge);
        }
    }
    edges[root] = None;
    edges
}

/// The context that an edge leads to.
fn target(contexts: &Contexts, edge: usize) -> usize {
    contexts.at[contexts.places[edge] + 1]
}
