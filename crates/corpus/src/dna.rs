//! What a byte of a nucleotide sequence is.

use std::ops::Range;

const NUCLEOTIDES: [bool; 256] = nucleotides();

const fn nucleotides() -> [bool; 256] {
    let codes = b"ACGTUNRYSWKMBDHV";
    let mut table = [false; 256];
    let mut index = 0;
    while index < codes.len() {
        table[codes[index] as usize] = true;
        table[codes[index].to_ascii_lowercase() as usize] = true;
        index += 1;
    }
    table
}

/// Where the first byte stands that is no IUPAC nucleotide code, in either case: not `ACGTU`, `N`
/// or one of `RYSWKMBDHV`.
///
/// ```
/// use dissensus_corpus::first_not_nucleotide;
///
/// assert_eq!(first_not_nucleotide(b"ACGTUNryk"), None);
/// assert_eq!(first_not_nucleotide(b"MAEGFQ"), Some(2)); // a protein: E is no code
/// ```
#[must_use]
pub fn first_not_nucleotide(bases: &[u8]) -> Option<usize> {
    // Nearly all lines hold the common codes only, which vector instructions check.
    let is_common = |&base: &u8| {
        let upper = base & 0xdf;
        (upper == b'A') | (upper == b'C') | (upper == b'G') | (upper == b'T') | (upper == b'N')
    };
    if bases.iter().fold(true, |all, base| all & is_common(base)) {
        return None;
    }
    let mut bases = bases.iter();
    bases.position(|&base| !NUCLEOTIDES[usize::from(base)])
}

/// Maximal runs of the bases for which `is_in` holds.
fn runs(bases: &[u8], is_in: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, _) in bases.iter().enumerate().filter(|&(_, &base)| is_in(base)) {
        match runs.last_mut() {
            Some(last) if last.end == index => last.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

/// Maximal runs of soft-masked bases: lower case, by which genome projects mark repeats.
///
/// ```
/// assert_eq!(dissensus_corpus::soft_masked_runs(b"ACgtnACt"), [2..5, 7..8]);
/// ```
#[must_use]
pub fn soft_masked_runs(bases: &[u8]) -> Vec<Range<usize>> {
    runs(bases, |base| base.is_ascii_lowercase())
}

/// Maximal runs of unknown bases: everything but A, C, G, T and U in either case.
///
/// ```
/// assert_eq!(dissensus_corpus::unknown_runs(b"ACnNACR"), [2..4, 6..7]);
/// ```
#[must_use]
pub fn unknown_runs(bases: &[u8]) -> Vec<Range<usize>> {
    runs(bases, |base| {
        !matches!(base.to_ascii_uppercase(), b'A' | b'C' | b'G' | b'T' | b'U')
    })
}
