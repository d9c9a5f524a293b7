//! Hidden Markov sources in their textbook form.

use crate::entropy::{check_length, check_probability, check_row};
use crate::source::delegate_to_machine;
use crate::{Alphabet, Edge, Error, Machine};

/// A hidden Markov source: a hidden chain `S_t` with `P(S_t | S_{t-1})`, each state emitting `X_t`
/// by `P(X_t | S_t)` (Rabiner 1989).
///
/// Its entropy rate has no closed form. Exact are the probability of every document and every
/// posterior; the rate is enclosed by proven bounds
/// ([`Source::entropy_rate`](crate::Source::entropy_rate)) and, far more closely, by
/// [`Machine::enclose_rate`].
///
/// ```
/// use dissensus_source::{HiddenMarkov, Source};
/// let genes = HiddenMarkov::genes(300.0, 1_000.0)?;
/// let bounds = genes.entropy_rate();
/// assert!(bounds.low > 1.8 && bounds.high < 2.0);
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct HiddenMarkov {
    machine: Machine,
}

impl HiddenMarkov {
    /// From a row-major `S × S` transition table and an `S × |A|` emission table.
    ///
    /// # Errors
    /// Tables of the wrong size, rows that are no distributions.
    pub fn new(alphabet: Alphabet, transition: &[f64], emission: &[f64]) -> Result<Self, Error> {
        let size = alphabet.size();
        let states = emission.len() / size;
        if emission.len() != states * size || transition.len() != states * states || states == 0 {
            return Err(Error::Size {
                what: "transition table of a hidden Markov source",
                expected: states * states,
                found: transition.len(),
            });
        }
        for (s, row) in transition.chunks(states).enumerate() {
            check_row("row of the transition table", s, row)?;
        }
        for (s, row) in emission.chunks(size).enumerate() {
            check_row("row of the emission table", s, row)?;
        }
        let edges = |s: usize| {
            let steps = (0..states).flat_map(|to| (0..size).map(move |x| (to, x)));
            steps
                .map(|(to, x)| Edge {
                    symbol: x as u8,
                    next: to as u32,
                    probability: transition[s * states + to] * emission[to * size + x],
                })
                .collect()
        };
        Ok(Self {
            machine: Machine::new(alphabet, (0..states).map(edges).collect())?,
        })
    }

    /// Isochores: independent bases whose GC content changes between the given levels every
    /// `length` bases on average.
    ///
    /// # Errors
    /// Fewer than two levels, one outside `[0, 1]`, a mean length below 1.
    pub fn isochores(gc: &[f64], length: f64) -> Result<Self, Error> {
        let states = gc.len();
        if states < 2 {
            return Err(Error::Size {
                what: "levels of GC content",
                expected: 2,
                found: states,
            });
        }
        gc.iter()
            .try_for_each(|&gc| check_probability("GC content of an isochore", gc))?;
        check_length("mean length of an isochore", length)?;
        let leave = 1.0 / length;
        let step = |i: usize| {
            if i / states == i % states {
                1.0 - leave
            } else {
                leave / (states - 1) as f64
            }
        };
        let transition: Vec<f64> = (0..states * states).map(step).collect();
        let emission: Vec<f64> = gc.iter().flat_map(|&gc| composition(gc)).collect();
        Self::new(Alphabet::dna(), &transition, &emission)
    }

    /// Genes and what lies between: codons of three positions with compositions of their own,
    /// `codons` of them on average, then `between` independent bases poor in GC.
    ///
    /// # Errors
    /// A mean length below 1.
    pub fn genes(codons: f64, between: f64) -> Result<Self, Error> {
        check_length("mean number of codons", codons)?;
        check_length("mean length between genes", between)?;
        let (end, begin) = (1.0 / codons, 1.0 / between);
        #[rustfmt::skip]
        let transition = [
            1.0 - begin, begin, 0.0, 0.0,
            0.0, 0.0, 1.0, 0.0,
            0.0, 0.0, 0.0, 1.0,
            end, 1.0 - end, 0.0, 0.0,
        ];
        #[rustfmt::skip]
        let emission = [
            0.33, 0.17, 0.17, 0.33,
            0.27, 0.19, 0.38, 0.16,
            0.31, 0.24, 0.16, 0.29,
            0.16, 0.34, 0.30, 0.20,
        ];
        Self::new(Alphabet::dna(), &transition, &emission)
    }

    /// Its finite-state form.
    #[must_use]
    pub fn as_machine(&self) -> &Machine {
        &self.machine
    }
}

delegate_to_machine!(HiddenMarkov => machine);

fn composition(gc: f64) -> [f64; 4] {
    [0.5 * (1.0 - gc), 0.5 * gc, 0.5 * gc, 0.5 * (1.0 - gc)]
}
