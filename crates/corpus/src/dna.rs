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

/// The first byte that is no IUPAC nucleotide code, in either case.
pub(crate) fn first_foreign(bases: &[u8]) -> Option<usize> {
    // Nearly all lines hold the common codes only, which vector instructions check.
    let is_common = |&base: &u8| {
        let upper = base & 0xdf;
        (upper == b'A') | (upper == b'C') | (upper == b'G') | (upper == b'T') | (upper == b'N')
    };
    match bases.iter().fold(true, |all, base| all & is_common(base)) {
        true => None,
        false => bases
            .iter()
            .position(|&base| !NUCLEOTIDES[usize::from(base)]),
    }
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
pub fn soft_masked_runs(bases: &[u8]) -> Vec<Range<usize>> {
    runs(bases, |base| base.is_ascii_lowercase())
}

/// Maximal runs of unknown bases: everything but A, C, G and T in either case.
///
/// ```
/// assert_eq!(dissensus_corpus::unknown_runs(b"ACnNACR"), [2..4, 6..7]);
/// ```
pub fn unknown_runs(bases: &[u8]) -> Vec<Range<usize>> {
    runs(bases, |base| {
        !matches!(base.to_ascii_uppercase(), b'A' | b'C' | b'G' | b'T')
    })
}
