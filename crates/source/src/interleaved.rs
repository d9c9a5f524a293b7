//! Any source, thinned out: its information lies a chosen distance away.

use std::ops::Range;

use crate::entropy::check_count;
use crate::machine::check_spans;
use crate::source::Symbols;
use crate::{Alphabet, Bounds, Error, Posterior, Source};

/// `distance` independent documents of another source, interleaved: symbol `t` continues number `t
/// mod distance`.
///
/// What tells a symbol stands `distance`, `2 · distance`, … places away and nowhere else. Entropy
/// rate, erasure entropy and the frequencies of the symbols are the inner source's for every
/// distance, so that how much there is to know and how far away it stands are separate knobs.
/// Everything is as exact as the inner source: the interleaved documents are independent, so
/// probabilities multiply and posteriors are taken one by one.
///
/// ```
/// use dissensus_source::{Alphabet, Interleaved, Markov, Source};
/// let inner = Markov::random(Alphabet::dna(), 1, 1.2, 3)?;
/// let far = Interleaved::new(inner.clone(), 2)?;
/// assert_eq!(far.entropy_rate(), inner.entropy_rate());
/// // The masked symbol depends on those two places away, not on its neighbours.
/// let posterior = far.posterior(&[Some(0), Some(3), None, Some(3), Some(1)])?;
/// let alone = inner.posterior(&[Some(0), None, Some(1)])?;
/// assert!((posterior.row(0)[0] - alone.row(0)[0]).abs() < 1e-12);
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Interleaved<S> {
    inner: S,
    distance: usize,
}

impl<S: Source> Interleaved<S> {
    /// Interleaves `distance` documents of a source.
    ///
    /// # Errors
    /// A distance of 0 or above `2^20`.
    pub fn new(inner: S, distance: usize) -> Result<Self, Error> {
        // A stream keeps one stream of the inner source for each.
        check_count("distance", distance, 1..=1 << 20, "1 to 2^20 symbols")?;
        Ok(Self { inner, distance })
    }

    /// The source of each of the interleaved documents.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// How far apart the symbols of one of them stand.
    pub fn distance(&self) -> usize {
        self.distance
    }

    /// Every `distance`-th item from `phase` on.
    fn thin<T: Copy>(&self, items: &[T], phase: usize) -> Vec<T> {
        items
            .iter()
            .skip(phase)
            .step_by(self.distance)
            .copied()
            .collect()
    }

    /// Posteriors of the interleaved documents, in the order of the whole.
    fn woven(
        &self,
        length: usize,
        of: impl Fn(usize) -> Result<Posterior, Error>,
    ) -> Result<Posterior, Error> {
        let mut rows: Vec<(usize, Vec<f64>)> = Vec::new();
        for phase in 0..self.distance.min(length) {
            let found = of(phase).map_err(|error| self.in_whole(error, phase))?;
            let placed = found
                .iter()
                .map(|(t, row)| (t * self.distance + phase, row.to_vec()));
            rows.extend(placed);
        }
        rows.sort_unstable_by_key(|row| row.0);
        let mut all = Posterior::new(self.alphabet().size());
        rows.iter().for_each(|(t, row)| all.push(*t, row));
        Ok(all)
    }

    /// An error of one of the interleaved documents, with its place in the whole.
    fn in_whole(&self, error: Error, phase: usize) -> Error {
        match error {
            Error::Impossible { position } => Error::Impossible {
                position: position * self.distance + phase,
            },
            Error::Symbol {
                position,
                symbol,
                size,
            } => Error::Symbol {
                position: position * self.distance + phase,
                symbol,
                size,
            },
            other => other,
        }
    }

    /// The part of a span that falls into one of the interleaved documents.
    fn part(&self, span: &Range<usize>, phase: usize) -> Range<usize> {
        let before = |end: usize| (end + self.distance - 1 - phase) / self.distance;
        before(span.start)..before(span.end)
    }
}

impl<S: Source> Source for Interleaved<S> {
    fn alphabet(&self) -> &Alphabet {
        self.inner.alphabet()
    }

    fn stream(&self, seed: u64, index: u64) -> Box<dyn Symbols + '_> {
        let first = index.wrapping_mul(self.distance as u64);
        let streams = (0..self.distance as u64)
            .map(|phase| self.inner.stream(seed, first.wrapping_add(phase)))
            .collect();
        Box::new(Stream { streams, phase: 0 })
    }

    fn entropy_rate(&self) -> Bounds {
        self.inner.entropy_rate()
    }

    fn log2_probability(&self, symbols: &[u8]) -> Result<f64, Error> {
        let of = |phase| {
            let found = self.inner.log2_probability(&self.thin(symbols, phase));
            found.map_err(|error| self.in_whole(error, phase))
        };
        (0..self.distance.min(symbols.len())).map(of).sum()
    }

    fn posterior(&self, visible: &[Option<u8>]) -> Result<Posterior, Error> {
        self.woven(visible.len(), |phase| {
            self.inner.posterior(&self.thin(visible, phase))
        })
    }

    fn leave_one_out(&self, symbols: &[u8]) -> Result<Posterior, Error> {
        self.woven(symbols.len(), |phase| {
            self.inner.leave_one_out(&self.thin(symbols, phase))
        })
    }

    fn span_losses_bits(&self, symbols: &[u8], spans: &[Range<usize>]) -> Result<Vec<f64>, Error> {
        check_spans(symbols.len(), spans)?;
        let mut losses = vec![0.0; spans.len()];
        for phase in 0..self.distance.min(symbols.len()) {
            let parts = spans.iter().map(|span| self.part(span, phase));
            let (owners, parts): (Vec<usize>, Vec<Range<usize>>) = parts
                .enumerate()
                .filter(|(_, part)| !part.is_empty())
                .unzip();
            let found = self
                .inner
                .span_losses_bits(&self.thin(symbols, phase), &parts);
            let found = found.map_err(|error| self.in_whole(error, phase))?;
            owners
                .iter()
                .zip(found)
                .for_each(|(&span, bits)| losses[span] += bits);
        }
        Ok(losses)
    }
}

struct Stream<'a> {
    streams: Vec<Box<dyn Symbols + 'a>>,
    /// Which of them comes next.
    phase: usize,
}

impl Symbols for Stream<'_> {
    fn fill(&mut self, out: &mut [u8]) {
        let distance = self.streams.len();
        let mut part = vec![0; out.len().div_ceil(distance)];
        for first in 0..distance.min(out.len()) {
            let part = &mut part[..(out.len() - first).div_ceil(distance)];
            self.streams[(self.phase + first) % distance].fill(part);
            let places = out.iter_mut().skip(first).step_by(distance);
            places.zip(part).for_each(|(place, x)| *place = *x);
        }
        self.phase = (self.phase + out.len()) % distance;
    }
}
