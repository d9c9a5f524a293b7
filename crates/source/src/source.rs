//! What every source offers.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{Alphabet, Bounds, Error, Machine, Posterior};

/// An endless stream of symbols.
pub trait Symbols: Send {
    /// Writes the next symbols of the stream.
    fn fill(&mut self, out: &mut [u8]);
}

/// A stationary random sequence whose entropy and perfect predictor are known.
///
/// ```
/// use dissensus_source::{Alphabet, Markov, Source};
///
/// let source = Markov::random(Alphabet::dna(), 2, 1.9, 7)?;
/// assert!((source.entropy_rate().value().unwrap() - 1.9).abs() < 1e-9);
/// let document = source.document(1, 0, 12);
/// assert_eq!(source.alphabet().render(&document).len(), 12);
/// # Ok::<(), dissensus_source::Error>(())
/// ```
pub trait Source: Send + Sync {
    /// The letters it emits.
    fn alphabet(&self) -> &Alphabet;

    /// The endless stream number `index` of a seed. Equal arguments give equal symbols; the symbols
    /// do not depend on how many are asked for at a time.
    fn stream(&self, seed: u64, index: u64) -> Box<dyn Symbols + '_>;

    /// Entropy rate `lim H(X_1..X_n) / n` in bits per symbol.
    fn entropy_rate(&self) -> Bounds;

    /// Exact `log2 P(X_1..X_n = symbols)` of a document that starts in the stationary state.
    ///
    /// Minus infinity for an impossible document.
    ///
    /// # Errors
    /// A symbol outside the alphabet.
    fn log2_probability(&self, symbols: &[u8]) -> Result<f64, Error>;

    /// The exact posterior of every masked symbol (`None`) given all visible ones.
    ///
    /// # Errors
    /// A symbol outside the alphabet; visible symbols that the source cannot emit.
    fn posterior(&self, visible: &[Option<u8>]) -> Result<Posterior, Error>;

    /// The exact posterior of *each* symbol given all others of the document: one row a position.
    ///
    /// # Errors
    /// As [`Source::posterior`].
    fn leave_one_out(&self, symbols: &[u8]) -> Result<Posterior, Error>;

    /// `-log2 P(content | everything outside all spans)` of each masked span, in bits: the oracle's
    /// loss on masked tokens whose length is known, over all contents of that length.
    ///
    /// # Errors
    /// Spans that overlap, are out of order, empty or beyond the document; an impossible document.
    fn span_losses_bits(&self, symbols: &[u8], spans: &[Range<usize>]) -> Result<Vec<f64>, Error>;

    /// The first `length` symbols of stream `index`.
    fn document(&self, seed: u64, index: u64, length: usize) -> Vec<u8> {
        let mut symbols = vec![0; length];
        self.stream(seed, index).fill(&mut symbols);
        symbols
    }

    /// Document `index` as text.
    fn text(&self, seed: u64, index: u64, length: usize) -> String {
        self.alphabet().render(&self.document(seed, index, length))
    }

    /// The finite-state form, where the source has one.
    fn machine(&self) -> Option<&Machine> {
        None
    }
}

/// The generator of stream `index` of a seed: streams of one seed never overlap.
pub(crate) fn generator(seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    rng
}

/// Endless documents of equal length: text number 0, 1, 2, … of a seed.
///
/// ```
/// use dissensus_source::{DnaLike, documents};
/// let dna = DnaLike::default();
/// let three: Vec<String> = documents(&dna, 1, 1000).take(3).collect();
/// assert!(three.iter().all(|d| d.len() == 1000));
/// ```
pub fn documents<S: Source + ?Sized>(
    source: &S,
    seed: u64,
    length: usize,
) -> impl Iterator<Item = String> + '_ {
    (0..).map(move |index| source.text(seed, index, length))
}

/// Sources that are a [`Machine`] under another name get everything from it.
macro_rules! delegate_to_machine {
    ($($name:ty => $field:ident),+ $(,)?) => {$(
        impl crate::Source for $name {
            fn alphabet(&self) -> &crate::Alphabet {
                self.$field.alphabet()
            }
            fn stream(&self, seed: u64, index: u64) -> Box<dyn crate::Symbols + '_> {
                crate::Source::stream(&self.$field, seed, index)
            }
            fn entropy_rate(&self) -> crate::Bounds {
                crate::Source::entropy_rate(&self.$field)
            }
            fn log2_probability(&self, symbols: &[u8]) -> Result<f64, crate::Error> {
                crate::Source::log2_probability(&self.$field, symbols)
            }
            fn posterior(&self, visible: &[Option<u8>]) -> Result<crate::Posterior, crate::Error> {
                crate::Source::posterior(&self.$field, visible)
            }
            fn leave_one_out(&self, symbols: &[u8]) -> Result<crate::Posterior, crate::Error> {
                crate::Source::leave_one_out(&self.$field, symbols)
            }
            fn span_losses_bits(&self, symbols: &[u8], spans: &[std::ops::Range<usize>]) -> Result<Vec<f64>, crate::Error> {
                crate::Source::span_losses_bits(&self.$field, symbols, spans)
            }
            fn machine(&self) -> Option<&crate::Machine> {
                crate::Source::machine(&self.$field)
            }
        }
    )+};
}
pub(crate) use delegate_to_machine;
