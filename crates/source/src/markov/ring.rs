//! Letters on a ring: a chain of a chosen entropy whose letters are equally frequent.

use super::Markov;
use crate::{Alphabet, Error, Source};

const HALVINGS: usize = 60;
/// Beyond this concentration a letter is followed by itself but for less than 1e-9.
const SHARPEST: f64 = 1e5;

impl Markov {
    /// An order-1 source of entropy rate `bits` whose letters stand on a ring and are followed by
    /// near ones: `P(x | c) ∝ exp(κ cos(2π (x - c) / |A|))`, the von Mises distribution on letters.
    ///
    /// The concentration `κ` is found by bisection. Every row is a rotation of the same one, so all
    /// letters are equally frequent and only their neighbours tell anything; and letters that stand
    /// near each other mean nearly the same, so there is a geometry to be learnt.
    ///
    /// ```
    /// use dissensus_source::{Alphabet, Markov, Source};
    /// let source = Markov::ring(Alphabet::new("abcdefgh")?, 2.0)?;
    /// assert!((source.entropy_rate().value().unwrap() - 2.0).abs() < 1e-9);
    /// let row = &source.table()[..8]; // after a
    /// assert!(row[0] > row[1] && (row[1] - row[7]).abs() < 1e-12 && row[1] > row[4]);
    /// # Ok::<(), dissensus_source::Error>(())
    /// ```
    ///
    /// # Errors
    /// `bits` outside `(0, log2 |A|]`; an alphabet of one letter.
    pub fn ring(alphabet: Alphabet, bits: f64) -> Result<Self, Error> {
        let most = (alphabet.size() as f64).log2();
        if alphabet.size() < 2 || !(bits > 0.0 && bits <= most + 1e-12) {
            return Err(Error::Parameter {
                name: "entropy rate",
                value: bits,
                expected: "more than 0 and at most log2 of the number of letters",
            });
        }
        let with = |concentration| {
            let table = table(alphabet.size(), concentration);
            Self::new(alphabet.clone(), 1, &table)
        };
        let (mut flat, mut sharp) = (0.0, SHARPEST);
        for _ in 0..HALVINGS {
            // Halved in proportion once it is away from 0: concentrations span orders of magnitude.
            let middle = if flat > 0.0 {
                f64::sqrt(flat * sharp)
            } else {
                sharp / 16.0
            };
            if with(middle)?.entropy_rate().middle() > bits {
                flat = middle;
            } else {
                sharp = middle;
            }
        }
        with(if bits >= most {
            0.0
        } else {
            0.5 * (flat + sharp)
        })
    }
}

fn table(size: usize, concentration: f64) -> Vec<f64> {
    let turn = std::f64::consts::TAU / size as f64;
    let weight = |apart: usize| (concentration * ((apart as f64 * turn).cos() - 1.0)).exp();
    let total: f64 = (0..size).map(weight).sum();
    let entry = |at: usize| weight((at % size + size - at / size) % size) / total;
    (0..size * size).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entropy_is_met_and_every_letter_is_as_frequent() {
        for bits in [0.1, 1.0, 2.5, 2.999, 3.0] {
            let source = Markov::ring(Alphabet::new("abcdefgh").unwrap(), bits).unwrap();
            let rate = source.entropy_rate().value().unwrap();
            assert!((rate - bits).abs() < 1e-8, "{rate} for {bits}");
            let stationary = source.as_machine().stationary();
            assert!(stationary.iter().all(|p| (p - 0.125).abs() < 1e-9));
        }
    }

    #[test]
    fn impossible_entropies_are_refused() {
        for bits in [0.0, -1.0, 2.1, f64::NAN] {
            assert!(Markov::ring(Alphabet::dna(), bits).is_err());
        }
    }
}
