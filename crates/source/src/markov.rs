//! Order-k Markov sources.

mod counts;
mod erasure;
mod random;
mod ring;
mod symmetric;

pub use counts::MarkovCounts;

use crate::entropy::check_row;
use crate::source::delegate_to_machine;
use crate::{Alphabet, Edge, Error, Machine};

/// More contexts than this are refused.
const CONTEXTS: f64 = 16_777_216.0;

/// A stationary Markov source of order `k`: `P(X_t | X_{t-k}..X_{t-1})`.
///
/// Contexts are numbered as base-`|A|` numbers with the oldest symbol first. The entropy rate is
/// `Σ_c π(c) H(P(· | c))` with the stationary distribution `π` of contexts (Shannon 1948).
///
/// ```
/// use dissensus_source::{Alphabet, Markov, Source};
///
/// // A binary symmetric chain that flips with probability 0.11: h(0.11) = 0.499916 bits.
/// let p = 0.11;
/// let source = Markov::new(Alphabet::new("01")?, 1, &[1.0 - p, p, p, 1.0 - p])?;
/// assert!((source.entropy_rate().value().unwrap() - 0.499916).abs() < 1e-6);
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Markov {
    order: usize,
    table: Vec<f64>,
    machine: Machine,
}

impl Markov {
    /// From the table of `|A|^order` rows of `|A|` probabilities.
    ///
    /// # Errors
    /// A table of the wrong size, a row that is no distribution, more than `2^24` contexts.
    pub fn new(alphabet: Alphabet, order: usize, table: &[f64]) -> Result<Self, Error> {
        let size = alphabet.size();
        let contexts = contexts(size, order)?;
        if table.len() != contexts * size {
            return Err(Error::Size {
                what: "Markov table",
                expected: contexts * size,
                found: table.len(),
            });
        }
        for (context, row) in table.chunks(size).enumerate() {
            check_row("row of the Markov table", context, row)?;
        }
        let machine = Machine::new(alphabet, states(table, size, contexts))?;
        Ok(Self {
            order,
            table: table.to_vec(),
            machine,
        })
    }

    /// The order `k`.
    #[must_use]
    pub fn order(&self) -> usize {
        self.order
    }

    /// The table of conditional probabilities, one row a context.
    #[must_use]
    pub fn table(&self) -> &[f64] {
        &self.table
    }
}

/// `size^order`, if that many contexts are allowed.
fn contexts(size: usize, order: usize) -> Result<usize, Error> {
    let needed = (size as f64).powi(order as i32);
    if needed * size as f64 > CONTEXTS {
        return Err(Error::TooLarge {
            what: "the table of a Markov source",
            needed: needed * size as f64,
            limit: CONTEXTS,
        });
    }
    Ok(needed as usize)
}

fn states(table: &[f64], size: usize, contexts: usize) -> Vec<Vec<Edge>> {
    let edge = |context: usize, x: usize| Edge {
        symbol: x as u8,
        next: ((context * size + x) % contexts) as u32,
        probability: table[context * size + x],
    };
    (0..contexts)
        .map(|c| (0..size).map(|x| edge(c, x)).collect())
        .collect()
}

delegate_to_machine!(Markov => machine);
