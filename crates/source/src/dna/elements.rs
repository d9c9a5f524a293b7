//! Dispersed repeats: consensus sequences, each on both strands.

use rand::RngExt;

use super::{DnaParams, Layout};
use crate::Edge;
use crate::source::generator;

/// Consensus sequences; a strand is a family of its own.
pub(super) struct Elements {
    consensus: Vec<Vec<u8>>,
}

impl Elements {
    pub fn new(params: &DnaParams) -> Self {
        let mut rng = generator(params.seed, 1);
        let mut consensus: Vec<Vec<u8>> = Vec::new();
        for _ in 0..params.families {
            let forward: Vec<u8> = (0..params.repeat_length)
                .map(|_| rng.random_range(0..4))
                .collect();
            let reverse = forward.iter().rev().map(|x| 3 - x).collect();
            consensus.extend([forward, reverse]);
        }
        Self { consensus }
    }

    /// The state after the first `done` symbols of a consensus.
    fn state(&self, element: usize, done: usize, layout: &Layout) -> u32 {
        let length = self.consensus[element].len();
        (layout.isochores * layout.contexts + element * (length - 1) + done - 1) as u32
    }

    /// The edges by which a repeat begins, from any background state.
    pub fn entries(&self, enter: f64, divergence: f64, layout: &Layout) -> Vec<Edge> {
        let each = enter / self.consensus.len() as f64;
        let first = |element: usize| {
            let next = self.state(element, 1, layout);
            mutated(self.consensus[element][0], divergence, each).map(|(symbol, probability)| {
                Edge {
                    symbol,
                    next,
                    probability,
                }
            })
        };
        (0..self.consensus.len()).flat_map(first).collect()
    }

    /// One state a consensus position but the first; after the last the background takes over in a
    /// random isochore.
    pub fn states(&self, params: &DnaParams, layout: &Layout) -> Vec<Vec<Edge>> {
        let mut states = Vec::new();
        for (element, consensus) in self.consensus.iter().enumerate() {
            let tail = &consensus[consensus.len() - params.order..];
            let context = tail.iter().fold(0, |c, &x| 4 * c + x as usize);
            for (done, &symbol) in consensus.iter().enumerate().skip(1) {
                let targets: Vec<u32> = if done + 1 < consensus.len() {
                    vec![self.state(element, done + 1, layout)]
                } else {
                    (0..layout.isochores)
                        .map(|i| layout.state(i, context))
                        .collect()
                };
                let weight = 1.0 / targets.len() as f64;
                let step = |&next: &u32| {
                    mutated(symbol, params.divergence, weight).map(|(symbol, probability)| Edge {
                        symbol,
                        next,
                        probability,
                    })
                };
                states.push(targets.iter().flat_map(step).collect());
            }
        }
        states
    }
}

/// The consensus symbol, or one of the three others.
fn mutated(consensus: u8, divergence: f64, weight: f64) -> [(u8, f64); 4] {
    let of = |x: u8| {
        let p = if x == consensus {
            1.0 - divergence
        } else {
            divergence / 3.0
        };
        (x, weight * p)
    };
    [of(0), of(1), of(2), of(3)]
}
