//! Draws from the chain that a sequence estimates.

use std::hash::Hash;

use rand::Rng;

use super::alphabet::Coded;
use super::chain::Chain;
use crate::order::below;
use crate::{SoftMasked, clean_dna};

/// A sequence of the same length from the order-k Markov chain that `symbols` estimate.
///
/// Each symbol is drawn with P(b | c) = n(cb) / n(c), where c is the `order` symbols before it and
/// n counts in `symbols` taken as a circle, so that every context goes on. The first context is one
/// of the circle's, each place equally likely. Counts are kept on average only;
/// [`klet_shuffle`](crate::klet_shuffle) keeps them exactly.
///
/// ```
/// use dissensus_corpus::markov_resample;
/// use rand::SeedableRng;
///
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let drawn = markov_resample(b"ACGTACGTACGT", 1, &mut rng);
/// // each base has one successor
/// assert!(b"ACGTACGTACGTACG".windows(12).any(|shifted| shifted == drawn));
/// ```
pub fn markov_resample<T: Copy + Eq + Hash>(
    symbols: &[T],
    order: usize,
    rng: &mut impl Rng,
) -> Vec<T> {
    resample(symbols, Coded::new, order, rng)
}

fn resample<T: Copy>(
    symbols: &[T],
    code: impl FnOnce(&[T]) -> Coded,
    order: usize,
    rng: &mut impl Rng,
) -> Vec<T> {
    let length = symbols.len();
    if length == 0 {
        return Vec::new();
    }
    let circle: Vec<T> = symbols
        .iter()
        .copied()
        .cycle()
        .take(length + order)
        .collect();
    let (chain, contexts) = Chain::count(&code(&circle), order);
    let start = below(length, rng);
    let mut drawn: Vec<T> = circle[start..start + order].to_vec();
    drawn.truncate(length);
    let mut here = contexts[start];
    while drawn.len() < length {
        let way = chain.draw(here, rng);
        drawn.push(circle[way.symbol_at]);
        here = way.target;
    }
    drawn
}

/// Resamples DNA as [`markov_resample`] does; unknown bases stay in place and are part of no
/// context.
///
/// The bases are cleaned first: upper case, and N for everything but A, C, G and T. What remains
/// without N is one sequence, for estimating and for drawing.
///
/// ```
/// use dissensus_corpus::markov_resample_dna;
/// use rand::SeedableRng;
///
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// assert_eq!(markov_resample_dna("aaaNRaa", 2, &mut rng), "AAANNAA");
/// ```
pub fn markov_resample_dna(bases: &str, order: usize, rng: &mut impl Rng) -> String {
    let clean = clean_dna(bases.as_bytes(), SoftMasked::Upper);
    let known: Vec<u8> = clean.bytes().filter(|&base| base != b'N').collect();
    let mut drawn = resample(&known, Coded::of_bases, order, rng).into_iter();
    let fill = |base| match base {
        'N' => 'N',
        _ => drawn.next().map_or('N', char::from),
    };
    clean.chars().map(fill).collect()
}
