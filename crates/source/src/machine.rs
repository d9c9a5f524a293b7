//! Finite-state sources: hidden Markov models whose edges emit.

mod alias;
mod build;
mod compose;
mod erasure;
mod evidence;
mod forward;
mod posterior;
mod rate;
mod spans;
mod stationary;
mod stream;
mod tokens;

pub(crate) use evidence::Evidence;
pub use posterior::Posterior;
pub use rate::RateEnclosure;
pub(crate) use spans::check as check_spans;

use crate::{Alphabet, Error};
use alias::AliasTables;

/// One step of a finite-state source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The symbol it emits.
    pub symbol: u8,
    /// The state it leads to.
    pub next: u32,
    /// Its probability given the state it leaves.
    pub probability: f64,
}

/// A stationary finite-state source: from state `s`, an edge `(x, s')` is taken with probability
/// `P(x, s' | s)` and emits `x`.
///
/// This is the hidden Markov model in its edge-emitting form, and the common ground of every source
/// of this crate but the long-range ones: order-k Markov sources have one state a context, the
/// text-like one has one a place in its grammar. It is *unifilar* where state and symbol fix the
/// next state; then the entropy rate is exactly `Σ_s π(s) H(X | s)` (Shannon 1948; Ash 1965,
/// theorem 6.4.2).
///
/// ```
/// use dissensus_source::{Alphabet, Edge, Machine, Source};
///
/// // The golden mean source: no two 1s in a row, otherwise a fair coin. Entropy rate 2/3 bit.
/// let edge = |symbol, next, probability| Edge { symbol, next, probability };
/// let states = vec![vec![edge(0, 0, 0.5), edge(1, 1, 0.5)], vec![edge(0, 0, 1.0)]];
/// let machine = Machine::new(Alphabet::new("01")?, states)?;
/// assert!((machine.entropy_rate().value().unwrap() - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Machine {
    alphabet: Alphabet,
    offsets: Vec<u32>,
    edges: Vec<Edge>,
    stationary: Vec<f64>,
    first: AliasTables,
    tables: AliasTables,
    unifilar: bool,
}

impl Machine {
    /// A source from the outgoing edges of each state; its stationary distribution is computed.
    ///
    /// # Errors
    /// Probabilities of a state that do not sum to one, an edge to nowhere, a symbol outside the
    /// alphabet; [`Error::NotStationary`] if the chain mixes too slowly for the iteration.
    pub fn new(alphabet: Alphabet, states: Vec<Vec<Edge>>) -> Result<Self, Error> {
        let uniform = vec![1.0 / states.len().max(1) as f64; states.len()];
        Self::from_guess(alphabet, states, uniform)
    }

    /// As [`Machine::new`], started from a guess of the stationary distribution. Where the chain
    /// falls into several closed classes, as for a mixture, the guess says how much each weighs.
    ///
    /// # Errors
    /// As [`Machine::new`].
    pub fn from_guess(
        alphabet: Alphabet,
        states: Vec<Vec<Edge>>,
        guess: Vec<f64>,
    ) -> Result<Self, Error> {
        build::machine(alphabet, states, guess)
    }

    /// The letters it emits.
    #[must_use]
    pub fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// Number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.stationary.len()
    }

    /// The edges that leave a state, by symbol.
    #[must_use]
    pub fn edges(&self, state: usize) -> &[Edge] {
        &self.edges[self.offsets[state] as usize..self.offsets[state + 1] as usize]
    }

    /// The edges that leave a state and emit a symbol.
    fn edges_with(&self, state: usize, symbol: u8) -> &[Edge] {
        let edges = self.edges(state);
        let start = edges.partition_point(|e| e.symbol < symbol);
        let count = edges[start..].partition_point(|e| e.symbol == symbol);
        &edges[start..start + count]
    }

    /// Probability of each state in the long run; a document starts from it.
    #[must_use]
    pub fn stationary(&self) -> &[f64] {
        &self.stationary
    }

    /// Whether state and symbol fix the next state.
    #[must_use]
    pub fn is_unifilar(&self) -> bool {
        self.unifilar
    }
}
