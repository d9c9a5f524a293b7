//! Random sources of a chosen entropy rate.

use rand::RngExt;

use super::{Markov, contexts};
use crate::source::{Source, generator};
use crate::{Alphabet, Error};

const HALVINGS: usize = 60;
const TOLERANCE: f64 = 1e-10;

impl Markov {
    /// A random source of order `order` with entropy rate `bits`.
    ///
    /// Row `c` is `P(x | c) ∝ exp(β g_cx)` with independent exponential `g`; the sharpness `β ≥ 0`
    /// is found by bisection between `β = 0` (uniform, `log2 |A|` bits) and a nearly deterministic
    /// chain.
    ///
    /// # Errors
    /// `bits` outside `(0, log2 |A|]`, or below what the sharpest chain tried has.
    pub fn random(alphabet: Alphabet, order: usize, bits: f64, seed: u64) -> Result<Self, Error> {
        let most = (alphabet.size() as f64).log2();
        let out_of_range = Error::Parameter {
            name: "entropy rate",
            value: bits,
            expected: "more than 0 and at most log2 of the number of letters",
        };
        if !(bits > 0.0 && bits <= most + 1e-12) {
            return Err(out_of_range);
        }
        let mut rng = generator(seed, 0);
        let entries = contexts(alphabet.size(), order)? * alphabet.size();
        let logits: Vec<f64> = (0..entries)
            .map(|_| -(1.0 - rng.random::<f64>()).ln())
            .collect();
        let with = |sharpness: f64| {
            Self::new(
                alphabet.clone(),
                order,
                &softmax(&logits, alphabet.size(), sharpness),
            )
        };
        let (mut flat, mut sharp) = (0.0, 1.0);
        while rate(&with(sharp)?) > bits {
            (flat, sharp) = (sharp, 2.0 * sharp);
            if sharp > 256.0 {
                return Err(out_of_range);
            }
        }
        bisected(flat, sharp, bits, with)
    }
}

/// The source between two sharpnesses that has so many bits a symbol.
fn bisected(
    mut flat: f64,
    mut sharp: f64,
    bits: f64,
    with: impl Fn(f64) -> Result<Markov, Error>,
) -> Result<Markov, Error> {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (flat + sharp);
        let source = with(middle)?;
        let found = rate(&source);
        if (found - bits).abs() < TOLERANCE {
            return Ok(source);
        }
        if found > bits {
            flat = middle;
        } else {
            sharp = middle;
        }
    }
    with(flat)
}

fn rate(source: &Markov) -> f64 {
    source.entropy_rate().middle()
}

fn softmax(logits: &[f64], size: usize, sharpness: f64) -> Vec<f64> {
    let mut table = Vec::with_capacity(logits.len());
    for row in logits.chunks(size) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = row
            .iter()
            .map(|g| (sharpness * (g - largest)).exp())
            .collect();
        let total: f64 = weights.iter().sum();
        table.extend(weights.iter().map(|w| w / total));
    }
    table
}
