//! Lempel–Ziv complexity.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::check_range;

/// What the Lempel–Ziv parse of 1976 says of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LempelZiv {
    /// Length of the sequence.
    pub symbols: usize,
    /// Number `c` of phrases of the exhaustive history: each is the shortest word that does not
    /// occur before.
    pub phrases: usize,
    /// `c log2 n / n`: tends to the entropy rate from above, slowly (Ziv 1978).
    #[serde(with = "dissensus_kernels::non_finite")]
    pub bits_per_symbol: f64,
    /// `n log2 n / Σ_i Λ_i`, `Λ_i` one more than the longest match of position `i` with what begins
    /// before it (Wyner & Ziv 1989; Kontoyiannis et al. 1998).
    #[serde(with = "dissensus_kernels::non_finite")]
    pub match_length_bits: f64,
}

/// Parses a sequence (Lempel & Ziv 1976) in linear memory and `O(n log n)` time by its suffix
/// array.
///
/// ```
/// use dissensus_reference::lempel_ziv;
/// // The example of the paper: 0001101001000101 = 0·001·10·100·1000·101, six phrases.
/// let bits = [0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1];
/// assert_eq!(lempel_ziv(&bits)?.phrases, 6);
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
///
/// # Errors
/// Fewer than two symbols, or 2^31 and more.
pub fn lempel_ziv(symbols: &[u8]) -> Result<LempelZiv, Error> {
    let n = symbols.len();
    if n < 2 {
        return Err(Error::TooShort {
            what: "symbols of a Lempel-Ziv parse",
            expected: 2,
            found: n,
        });
    }
    // The suffix array numbers positions by 32 bits.
    check_range("symbols of a parse", n, 2..=i32::MAX as usize, "below 2^31")?;
    let matches = longest_previous(symbols);
    let (mut phrases, mut at) = (0, 0);
    while at < n {
        at += matches[at] as usize + 1;
        phrases += 1;
    }
    let total: f64 = matches.iter().map(|&m| f64::from(m) + 1.0).sum();
    let log = (n as f64).log2();
    Ok(LempelZiv {
        symbols: n,
        phrases,
        bits_per_symbol: phrases as f64 * log / n as f64,
        match_length_bits: n as f64 * log / total,
    })
}

/// For each position the length of the longest match with an earlier one, overlap allowed
/// (Crochemore & Ilie 2008): in suffix order, the nearest earlier positions on both sides are the
/// best candidates.
fn longest_previous(symbols: &[u8]) -> Vec<u32> {
    let n = symbols.len();
    let order = divsufsort::sort(symbols).into_parts().1;
    let common = common_prefixes(symbols, &order);
    let mut longest = vec![0u32; n];
    // Suffixes whose position is still to be undercut by a later one, each with the shortest common
    // prefix to the next.
    let mut stack: Vec<(i32, u32)> = Vec::new();
    for rank in 0..=n {
        let position = order.get(rank).copied().unwrap_or(-1);
        let mut shared = common.get(rank).copied().unwrap_or(0);
        while let Some(&(top, below)) = stack.last().filter(|(top, _)| position < *top) {
            longest[top as usize] = below.max(shared);
            shared = shared.min(below);
            stack.pop();
        }
        stack.push((position, shared));
    }
    longest
}

/// Length that each suffix shares with the one before it in suffix order (Kasai et al. 2001).
fn common_prefixes(symbols: &[u8], order: &[i32]) -> Vec<u32> {
    let n = symbols.len();
    let mut rank = vec![0u32; n];
    order
        .iter()
        .enumerate()
        .for_each(|(r, &position)| rank[position as usize] = r as u32);
    let mut common = vec![0u32; n];
    let mut shared = 0usize;
    for position in 0..n {
        let r = rank[position] as usize;
        if r == 0 {
            shared = 0;
            continue;
        }
        let other = order[r - 1] as usize;
        while position.max(other) + shared < n
            && symbols[position + shared] == symbols[other + shared]
        {
            shared += 1;
        }
        common[r] = shared as u32;
        shared = shared.saturating_sub(1);
    }
    common
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(symbols: &[u8]) -> Vec<u32> {
        let same = |i: usize, j: usize| {
            (i..symbols.len())
                .take_while(|&t| symbols[t] == symbols[j + t - i])
                .count()
        };
        (0..symbols.len())
            .map(|i| (0..i).map(|j| same(i, j) as u32).max().unwrap_or(0))
            .collect()
    }

    proptest! {
        #[test]
        fn longest_matches_agree_with_the_naive_search(symbols in prop::collection::vec(0u8..3, 2..80)) {
            prop_assert_eq!(longest_previous(&symbols), naive(&symbols));
        }
    }

    #[test]
    fn a_constant_sequence_has_two_phrases() {
        assert_eq!(lempel_ziv(&[1; 500]).map(|lz| lz.phrases), Ok(2));
    }
}
