//! Independent symbols.

use crate::entropy::check_row;
use crate::source::delegate_to_machine;
use crate::{Alphabet, Edge, Error, Machine};

/// Independent, identically distributed symbols.
///
/// Entropy rate and erasure entropy are both `H(p)`: no context helps.
///
/// ```
/// use dissensus_source::{Alphabet, Iid, Source};
/// let source = Iid::new(Alphabet::dna(), &[0.5, 0.25, 0.125, 0.125])?;
/// assert_eq!(source.entropy_rate().value(), Some(1.75));
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Iid {
    machine: Machine,
}

impl Iid {
    /// Symbol `x` with probability `p[x]`.
    ///
    /// # Errors
    /// A distribution of the wrong length, or none.
    pub fn new(alphabet: Alphabet, p: &[f64]) -> Result<Self, Error> {
        if p.len() != alphabet.size() {
            return Err(Error::Size {
                what: "distribution",
                expected: alphabet.size(),
                found: p.len(),
            });
        }
        check_row("distribution", 0, p)?;
        let edge = |(x, &probability): (usize, &f64)| Edge {
            symbol: x as u8,
            next: 0,
            probability,
        };
        let state = p.iter().enumerate().map(edge).collect();
        Ok(Self {
            machine: Machine::new(alphabet, vec![state])?,
        })
    }

    /// All symbols alike: `log2 |A|` bits.
    ///
    /// # Errors
    /// None for an [`Alphabet`] that was made.
    pub fn uniform(alphabet: Alphabet) -> Result<Self, Error> {
        let p = vec![1.0 / alphabet.size() as f64; alphabet.size()];
        Self::new(alphabet, &p)
    }
}

delegate_to_machine!(Iid => machine);
