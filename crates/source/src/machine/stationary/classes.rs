//! Which states of a chain are visited for ever.

use super::Chain;
use crate::Edge;

/// The closed classes of a chain: sets of states that reach one another and lead nowhere else.
pub(super) struct Classes {
    /// The states of each closed class, in order.
    pub closed: Vec<Vec<usize>>,
    /// The closed class of a state; none for a transient one.
    pub class: Vec<Option<usize>>,
}

impl Classes {
    /// Strongly connected components (Tarjan 1972) that no edge leaves.
    pub fn of(chain: &Chain<'_>) -> Self {
        let component = components(chain);
        let count = component.iter().max().map_or(0, |c| c + 1);
        let mut is_closed = vec![true; count];
        for s in 0..chain.len() {
            let leaves = |e: &Edge| component[e.next as usize] != component[s];
            if chain.row(s).iter().any(leaves) {
                is_closed[component[s]] = false;
            }
        }
        let mut number = vec![None; count];
        let (mut closed, mut class) = (Vec::<Vec<usize>>::new(), Vec::new());
        for (s, &c) in component.iter().enumerate() {
            if is_closed[c] && number[c].is_none() {
                number[c] = Some(closed.len());
                closed.push(Vec::new());
            }
            if let Some(k) = number[c] {
                closed[k].push(s);
            }
            class.push(number[c]);
        }
        Self { closed, class }
    }

    pub fn is_irreducible(&self) -> bool {
        self.closed.len() == 1 && self.class.iter().all(Option::is_some)
    }

    /// The chain on one closed class.
    pub fn restrict(&self, chain: &Chain<'_>, class: usize) -> (Vec<u32>, Vec<Edge>) {
        let states = &self.closed[class];
        let mut place = vec![0; chain.len()];
        states
            .iter()
            .enumerate()
            .for_each(|(i, &s)| place[s] = i as u32);
        let (mut offsets, mut edges) = (vec![0], Vec::new());
        for &s in states {
            edges.extend(chain.row(s).iter().map(|e| Edge {
                next: place[e.next as usize],
                ..*e
            }));
            offsets.push(edges.len() as u32);
        }
        (offsets, edges)
    }
}

/// The strongly connected component of each state, without recursion: chains have millions of
/// states.
#[expect(clippy::too_many_lines, reason = "one search without recursion")]
fn components(chain: &Chain<'_>) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let n = chain.len();
    let (mut order, mut low, mut component) = (vec![NEW; n], vec![NEW; n], vec![NEW; n]);
    let (mut open, mut path): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let (mut visited, mut found) = (0, 0);
    for root in 0..n {
        if order[root] != NEW {
            continue;
        }
        path.push((root, 0));
        while let Some(&mut (s, ref mut next)) = path.last_mut() {
            if *next == 0 {
                (order[s], low[s]) = (visited, visited);
                visited += 1;
                open.push(s);
            }
            if let Some(edge) = chain.row(s).get(*next) {
                *next += 1;
                let to = edge.next as usize;
                if order[to] == NEW {
                    path.push((to, 0));
                } else if component[to] == NEW {
                    low[s] = low[s].min(order[to]);
                }
                continue;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[s]);
            }
            if low[s] == order[s] {
                while let Some(member) = open.pop() {
                    component[member] = found;
                    if member == s {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}
