//! The smallest hashes of a sequence's k-mers.

use crate::kmer::canonical_kmers;

/// The `size` smallest different hashes of the canonical k-mers, rising.
pub(super) fn sketch(sequence: &[u8], k: usize, size: usize) -> Vec<u64> {
    let mut hashes: Vec<u64> = canonical_kmers(sequence, k).map(mixed).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(size);
    hashes
}

/// |A ∩ B|/|A ∪ B| among the `size` smallest hashes of the union; 0 for empty sketches.
pub(super) fn similarity(a: &[u64], b: &[u64], size: usize) -> f64 {
    let (mut i, mut j, mut union, mut shared) = (0, 0, 0, 0);
    while union < size && (i < a.len() || j < b.len()) {
        let (left, right) = (a.get(i), b.get(j));
        let both = left == right;
        let first = right.is_none_or(|r| left.is_some_and(|l| l <= r));
        i += usize::from(both || first);
        j += usize::from(both || !first);
        shared += usize::from(both);
        union += 1;
    }
    if union == 0 {
        0.0
    } else {
        shared as f64 / union as f64
    }
}

/// A bijection of 64 bits that looks random (the finaliser of MurmurHash3, Appleby 2008).
fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sets_are_compared_exactly() {
        assert_eq!(similarity(&[1, 2, 3], &[2, 3, 4, 5], 256), 0.4);
        assert_eq!(similarity(&[], &[], 256), 0.0);
        assert_eq!(similarity(&[7], &[], 256), 0.0);
    }

    #[test]
    fn only_the_least_hashes_of_the_union_count() {
        assert_eq!(similarity(&[1, 2, 9], &[1, 3, 4], 2), 0.5);
    }
}
