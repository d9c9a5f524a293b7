//! Long-range copies.

mod inference;

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::entropy::{check_count, check_probability, check_row, weighted_entropy_bits};
use crate::source::{Symbols, generator};
use crate::{Alphabet, Bounds, Error, Posterior, Source};

/// How a copy reads its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strand {
    /// Forwards: symbol `t` copies symbol `t - distance`.
    Direct,
    /// Backwards and complemented: each block of `distance` symbols copies the reverse complement
    /// of the block before.
    Inverted,
}

/// Copies with mutation at a chosen distance: the source whose context helps only from afar.
///
/// A symbol repeats its original with probability `fidelity`, otherwise it is drawn afresh from
/// `base` (which may draw the same letter): `P(x | original y) = fidelity [x = y] + (1 - fidelity)
/// base(x)`. The document is thus `distance` independent, interleaved, reversible chains, all
/// stationary under `base`. Entropy rate `Σ_y base(y) H(P(· | y))` for every distance and strand,
/// so that entropy and the distance at which it can be learnt are separate knobs.
///
/// ```
/// use dissensus_source::{Alphabet, Copies, Source, Strand};
///
/// let source = Copies::new(Alphabet::dna(), &[0.25; 4], 100, 0.8, Strand::Direct)?;
/// // 0.85 for the copied letter, 0.05 for each other.
/// let expected = -0.85f64 * 0.85f64.log2() - 3.0 * 0.05 * 0.05f64.log2();
/// assert!((source.entropy_rate().value().unwrap() - expected).abs() < 1e-12);
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Copies {
    alphabet: Alphabet,
    base: Vec<f64>,
    distance: usize,
    fidelity: f64,
    strand: Strand,
}

impl Copies {
    /// Copies at `distance`, each symbol kept with probability `fidelity` and else drawn from
    /// `base`.
    ///
    /// # Errors
    /// A base that is no distribution over the alphabet, a distance of 0 or above `2^28`, a
    /// fidelity outside `[0, 1]`; for [`Strand::Inverted`] an alphabet without complements or a
    /// base that is not equal on complements.
    pub fn new(
        alphabet: Alphabet,
        base: &[f64],
        distance: usize,
        fidelity: f64,
        strand: Strand,
    ) -> Result<Self, Error> {
        if base.len() != alphabet.size() {
            return Err(Error::Size {
                what: "distribution",
                expected: alphabet.size(),
                found: base.len(),
            });
        }
        check_row("distribution", 0, base)?;
        check_probability("fidelity", fidelity)?;
        // A stream keeps two blocks of this length.
        check_count("distance", distance, 1..=1 << 28, "1 to 2^28 symbols")?;
        if strand == Strand::Inverted {
            check_symmetric(&alphabet, base)?;
        }
        Ok(Self {
            alphabet,
            base: base.to_vec(),
            distance,
            fidelity,
            strand,
        })
    }

    /// The position that position `t` copies, if it is in the document.
    fn original(&self, t: usize) -> Option<usize> {
        let block = t / self.distance;
        let before = block.checked_sub(1)?;
        Some(match self.strand {
            Strand::Direct => t - self.distance,
            Strand::Inverted => before * self.distance + (self.distance - 1 - t % self.distance),
        })
    }

    /// A symbol as its copy reads it.
    fn read(&self, symbol: u8) -> u8 {
        match self.strand {
            Strand::Direct => symbol,
            Strand::Inverted => self.alphabet.complement(symbol).unwrap_or(symbol),
        }
    }

    /// `P(x | the original reads y)`.
    fn kernel(&self, y: usize, x: usize) -> f64 {
        (1.0 - self.fidelity) * self.base[x] + if x == y { self.fidelity } else { 0.0 }
    }

    /// Exact erasure entropy in bits, `H(X_0 | X_-1, X_1)` of one of the interleaved chains.
    ///
    /// A document of finite length has more: its ends lack a neighbour.
    #[must_use]
    pub fn erasure_entropy_bits(&self) -> f64 {
        let letters = 0..self.base.len();
        let pairs = letters
            .clone()
            .flat_map(|y| letters.clone().map(move |z| (y, z)));
        let of_pair = |(y, z): (usize, usize)| {
            let weights: Vec<f64> = letters
                .clone()
                .map(|x| self.base[y] * self.kernel(y, x) * self.kernel(x, z))
                .collect();
            weights.iter().sum::<f64>() * weighted_entropy_bits(&weights)
        };
        pairs.map(of_pair).sum()
    }
}

fn check_symmetric(alphabet: &Alphabet, base: &[f64]) -> Result<(), Error> {
    for (x, &p) in base.iter().enumerate() {
        let complement = alphabet
            .complement(x as u8)
            .ok_or_else(|| Error::NoComplement {
                letters: alphabet.letters().to_owned(),
            })?;
        if (p - base[complement as usize]).abs() > 1e-12 {
            return Err(Error::Parameter {
                name: "base probability of a letter",
                value: p,
                expected: "that of its complement, for inverted copies",
            });
        }
    }
    Ok(())
}

impl Source for Copies {
    fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    fn stream(&self, seed: u64, index: u64) -> Box<dyn Symbols + '_> {
        Box::new(Stream {
            source: self,
            rng: generator(seed, index),
            cumulated: cumulated(&self.base),
            window: Vec::with_capacity(2 * self.distance),
            position: 0,
        })
    }

    fn entropy_rate(&self) -> Bounds {
        let row = |y: usize| {
            (0..self.base.len())
                .map(|x| self.kernel(y, x))
                .collect::<Vec<_>>()
        };
        let bits = (0..self.base.len())
            .map(|y| self.base[y] * weighted_entropy_bits(&row(y)))
            .sum();
        Bounds::exact(bits)
    }

    fn log2_probability(&self, symbols: &[u8]) -> Result<f64, Error> {
        self.alphabet.check(symbols.iter().map(|&s| Some(s)))?;
        let of = |(t, &x): (usize, &u8)| match self.original(t) {
            Some(o) => self
                .kernel(self.read(symbols[o]) as usize, x as usize)
                .log2(),
            None => self.base[x as usize].log2(),
        };
        Ok(symbols.iter().enumerate().map(of).sum())
    }

    fn posterior(&self, visible: &[Option<u8>]) -> Result<Posterior, Error> {
        inference::posterior(self, visible)
    }

    fn span_losses_bits(&self, symbols: &[u8], spans: &[Range<usize>]) -> Result<Vec<f64>, Error> {
        inference::span_losses(self, symbols, spans)
    }

    fn leave_one_out(&self, symbols: &[u8]) -> Result<Posterior, Error> {
        inference::leave_one_out(self, symbols)
    }
}

/// Thresholds on a 32-bit word.
fn cumulated(p: &[f64]) -> Vec<u32> {
    let mut sum = 0.0;
    let threshold = |p: &f64| {
        sum += p;
        (sum * 4_294_967_296.0) as u32
    };
    p[..p.len() - 1].iter().map(threshold).collect()
}

struct Stream<'a> {
    source: &'a Copies,
    rng: ChaCha8Rng,
    cumulated: Vec<u32>,
    window: Vec<u8>,
    position: usize,
}

impl Stream<'_> {
    fn next(&mut self) -> u8 {
        let word = self.rng.next_u64();
        let copied = (word >> 32) < (self.source.fidelity * 4_294_967_296.0) as u64;
        // The window holds two blocks; the older one is overwritten by the newer.
        let slot = |t: usize| t % (2 * self.source.distance);
        let symbol = match self.source.original(self.position).filter(|_| copied) {
            Some(original) => self.source.read(self.window[slot(original)]),
            None => self.cumulated.iter().filter(|&&c| word as u32 >= c).count() as u8,
        };
        let here = slot(self.position);
        if here < self.window.len() {
            self.window[here] = symbol;
        } else {
            self.window.push(symbol);
        }
        self.position += 1;
        symbol
    }
}

impl Symbols for Stream<'_> {
    fn fill(&mut self, out: &mut [u8]) {
        out.iter_mut().for_each(|symbol| *symbol = self.next());
    }
}
