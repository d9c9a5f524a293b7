//! Cleaning of DNA.

use serde::{Deserialize, Serialize};

/// What becomes of soft-masked (lower-case) bases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoftMasked {
    /// They count as any other base.
    #[default]
    Upper,
    /// They become N.
    Unknown,
}

/// Cleans DNA base by base: A, C, G, T in upper case, U as T, everything else N. The length never
/// changes.
///
/// [`BaseCounts`](crate::BaseCounts) says how many bases that changes.
///
/// ```
/// use dissensus_corpus::{SoftMasked, clean_dna};
///
/// assert_eq!(clean_dna(b"ACgtRN", SoftMasked::Upper), "ACGTNN");
/// assert_eq!(clean_dna(b"ACgtRN", SoftMasked::Unknown), "ACNNNN");
/// assert_eq!(clean_dna(b"ACGU", SoftMasked::Upper), "ACGT"); // RNA
/// ```
#[must_use]
pub fn clean_dna(bases: &[u8], soft_masked: SoftMasked) -> String {
    let table = match soft_masked {
        SoftMasked::Upper => &UPPER,
        SoftMasked::Unknown => &MASKED,
    };
    let cleaned = bases.iter().map(|&base| table[usize::from(base)]).collect();
    String::from_utf8(cleaned).expect("both tables hold ASCII only")
}

/// The cleaning of the code of
/// "Entropy, Disagreement, and the Limits of Foundation Models in Genomics" (arXiv:2604.04287):
/// every run of bytes outside `ACGTN` becomes a single N, by the regular expression `[^ACGTN]+`.
///
/// It shortens the sequence: a soft-masked repeat of any length collapses to one base.
/// [`clean_dna`] does not.
///
/// ```
/// use dissensus_corpus::clean_dna_as_published;
///
/// assert_eq!(clean_dna_as_published(b"ACGTacgtacgtNNRA"), "ACGTNNNNA");
/// ```
#[must_use]
pub fn clean_dna_as_published(bases: &[u8]) -> String {
    let mut cleaned = String::with_capacity(bases.len());
    let mut in_run = false;
    for &base in bases {
        let is_kept = matches!(base, b'A' | b'C' | b'G' | b'T' | b'N');
        if is_kept {
            cleaned.push(char::from(base));
        } else if !in_run {
            cleaned.push('N');
        }
        in_run = !is_kept;
    }
    cleaned
}

const UPPER: [u8; 256] = table(b"ACGTUacgtu");
const MASKED: [u8; 256] = table(b"ACGTU");

const fn table(kept: &[u8]) -> [u8; 256] {
    let mut table = [b'N'; 256];
    let mut index = 0;
    while index < kept.len() {
        table[kept[index] as usize] = match kept[index].to_ascii_uppercase() {
            b'U' => b'T',
            base => base,
        };
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn length_is_kept_and_cleaning_twice_changes_nothing(bases in proptest::collection::vec(any::<u8>(), 0..80)) {
            for soft_masked in [SoftMasked::Upper, SoftMasked::Unknown] {
                let once = clean_dna(&bases, soft_masked);
                prop_assert_eq!(once.len(), bases.len());
                prop_assert_eq!(&clean_dna(once.as_bytes(), soft_masked), &once);
                prop_assert!(once.bytes().all(|base| b"ACGTN".contains(&base)));
            }
        }
    }
}
