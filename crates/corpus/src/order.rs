//! Random order.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Puts `items` in random order: every order is equally likely.
///
/// The same seed gives the same order on every machine and with every version of this crate: the
/// generator is ChaCha8, and the shuffle (Fisher and Yates, from the last item down) is part of
/// this function.
///
/// ```
/// let mut items = [0, 1, 2, 3, 4];
/// dissensus_corpus::shuffle(&mut items, 7);
/// let mut again = [0, 1, 2, 3, 4];
/// dissensus_corpus::shuffle(&mut again, 7);
/// assert_eq!(items, again);
/// ```
pub fn shuffle<T>(items: &mut [T], seed: u64) {
    shuffle_with(items, &mut ChaCha8Rng::seed_from_u64(seed));
}

/// As [`shuffle`], from a generator of the caller's.
pub(crate) fn shuffle_with<T>(items: &mut [T], rng: &mut impl Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last + 1, rng));
    }
}

/// A uniform number in `0..bound`, for `bound` of at least 1 (Lemire's method, exact by rejection).
pub(crate) fn below(bound: usize, rng: &mut impl Rng) -> usize {
    let bound = bound as u64;
    let threshold = bound.wrapping_neg() % bound;
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(bound);
        if product as u64 >= threshold {
            return (product >> 64) as usize;
        }
    }
}
