//! One step of the forward recursion on the states that are still possible.

use super::{Edge, Machine};
use crate::Error;

/// Weights on the states that are possible, and on none else: a visible context leaves few.
#[derive(Debug, Clone, Default)]
pub(super) struct Weights {
    pub states: Vec<u32>,
    pub values: Vec<f64>,
}

impl Weights {
    pub fn iter(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.states.iter().copied().zip(self.values.iter().copied())
    }

    pub fn total(&self) -> f64 {
        self.values.iter().sum()
    }

    pub fn scale(&mut self, factor: f64) {
        self.values.iter_mut().for_each(|v| *v *= factor);
    }

    /// Divided by their sum; `position` is where nothing fits, if the sum is zero.
    pub fn normalised(mut self, position: usize) -> Result<Self, Error> {
        let total = self.total();
        if total <= 0.0 {
            return Err(Error::Impossible { position });
        }
        self.scale(1.0 / total);
        Ok(self)
    }
}

/// A sum over all states, with the list of those that were touched.
pub(super) struct Scratch {
    sum: Vec<f64>,
    touched: Vec<bool>,
    states: Vec<u32>,
}

impl Scratch {
    pub fn new(states: usize) -> Self {
        Self {
            sum: vec![0.0; states],
            touched: vec![false; states],
            states: Vec::new(),
        }
    }

    pub fn add(&mut self, state: u32, weight: f64) {
        let s = state as usize;
        if !self.touched[s] {
            self.touched[s] = true;
            self.states.push(state);
        }
        self.sum[s] += weight;
    }

    /// The touched states in order; empties the scratch.
    pub fn take(&mut self) -> Weights {
        // A fixed order keeps floating-point sums the same for every route to the same set.
        self.states.sort_unstable();
        let states = std::mem::take(&mut self.states);
        let take = |&state: &u32| {
            self.touched[state as usize] = false;
            std::mem::take(&mut self.sum[state as usize])
        };
        let values = states.iter().map(take).collect();
        Weights { states, values }
    }
}

impl Machine {
    pub(super) fn start(&self) -> Weights {
        let possible = || {
            self.stationary
                .iter()
                .enumerate()
                .filter(|(_, p)| **p > 0.0)
        };
        Weights {
            states: possible().map(|(s, _)| s as u32).collect(),
            values: possible().map(|(_, &p)| p).collect(),
        }
    }

    /// The edges that fit what is seen.
    pub(super) fn edges_for(&self, state: usize, symbol: Option<u8>) -> &[Edge] {
        match symbol {
            Some(x) => self.edges_with(state, x),
            None => self.edges(state),
        }
    }

    /// `α'(s') = Σ_s α(s) P(x, s' | s)`, summed over `x` where the symbol is masked; not
    /// normalised.
    pub(super) fn advance(
        &self,
        from: &Weights,
        symbol: Option<u8>,
        scratch: &mut Scratch,
    ) -> Weights {
        for (state, weight) in from.iter() {
            for e in self.edges_for(state as usize, symbol) {
                scratch.add(e.next, weight * e.probability);
            }
        }
        scratch.take()
    }

    /// As [`Machine::advance`] with a visible symbol, but keeps, at weight zero, the states that
    /// any other symbol would lead to: their future is asked for when this symbol is erased.
    pub(super) fn advance_exploring(
        &self,
        from: &Weights,
        symbol: u8,
        scratch: &mut Scratch,
    ) -> Weights {
        for (state, weight) in from.iter() {
            for e in self.edges(state as usize) {
                if e.symbol == symbol {
                    scratch.add(e.next, weight * e.probability);
                } else if weight > 0.0 {
                    scratch.add(e.next, 0.0);
                }
            }
        }
        scratch.take()
    }
}
