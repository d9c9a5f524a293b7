//! The other strand.

/// The sequence read backwards.
///
/// It keeps the composition and every statistic of palindromic order, but stands on no strand.
///
/// ```
/// assert_eq!(dissensus_corpus::reverse("ACGn"), "nGCA");
/// ```
#[must_use]
pub fn reverse(bases: &str) -> String {
    bases.chars().rev().collect()
}

/// Each base replaced by the one it pairs with; IUPAC codes pair with codes, and case is kept.
///
/// U pairs with A; what is not a nucleotide code stays as it is.
///
/// ```
/// assert_eq!(dissensus_corpus::complement("ACGTRNacg"), "TGCAYNtgc");
/// ```
pub fn complement(bases: &str) -> String {
    bases.chars().map(pair).collect()
}

/// The other strand, read in its own direction.
///
/// ```
/// assert_eq!(dissensus_corpus::reverse_complement("AACGN"), "NCGTT");
/// ```
pub fn reverse_complement(bases: &str) -> String {
    bases.chars().rev().map(pair).collect()
}

/// [`reverse_complement`] of bytes, those that are no letter of a base as they are.
///
/// ```
/// assert_eq!(dissensus_corpus::reverse_complement_bytes(b"AAcGN"), b"NCgTT");
/// ```
pub fn reverse_complement_bytes(bases: &[u8]) -> Vec<u8> {
    bases.iter().rev().copied().map(pair_byte).collect()
}

fn pair(base: char) -> char {
    u8::try_from(base).map_or(base, |byte| char::from(pair_byte(byte)))
}

fn pair_byte(base: u8) -> u8 {
    let paired = match base.to_ascii_uppercase() {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        b'T' | b'U' => b'A',
        b'R' => b'Y',
        b'Y' => b'R',
        b'K' => b'M',
        b'M' => b'K',
        b'B' => b'V',
        b'V' => b'B',
        b'D' => b'H',
        b'H' => b'D',
        _ => return base,
    };
    if base.is_ascii_lowercase() {
        paired.to_ascii_lowercase()
    } else {
        paired
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_strands_lead_back(bases in "[ACGTRYSWKMBDHVNacgtn]{0,40}") {
            prop_assert_eq!(&reverse_complement(&reverse_complement(&bases)), &bases);
            prop_assert_eq!(reverse(&complement(&bases)), reverse_complement(&bases));
            prop_assert_eq!(&complement(&complement(&bases)), &bases);
        }
    }
}
