//! Features that need no model.

use crate::error::{at_least, parameter};
use crate::kmer::{code, kmers};
use crate::{Error, Features};

/// Which strand k-mers are counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Strands {
    /// As the sequence is written: 4ᵏ columns.
    #[default]
    Written,
    /// A k-mer and its reverse complement are one: (4ᵏ + p)/2 columns, p = 4^(k/2) palindromes
    /// where k is even.
    Merged,
}

/// Frequencies of the k-mers of each sequence: counts over their sum.
///
/// Columns are in alphabetical order, merged pairs by their first. k-mers with another letter than
/// ACGT are left out (U is T, case is ignored); a sequence without any has zeros.
///
/// # Errors
/// No sequence, k outside 1 to 8.
///
/// ```
/// use dissensus_probe::{Strands, kmer_frequencies};
///
/// let features = kmer_frequencies(&["AACGT"], 1, Strands::Written)?;
/// assert_eq!(features.row(0), [0.4, 0.2, 0.2, 0.2]);
/// let merged = kmer_frequencies(&["AACGT"], 1, Strands::Merged)?;
/// assert!((merged.row(0)[0] - 0.6).abs() < 1e-12); // A and T
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn kmer_frequencies<S: AsRef<[u8]>>(
    sequences: &[S],
    k: usize,
    strands: Strands,
) -> Result<Features, Error> {
    at_least("sequences", 1, sequences.len())?;
    parameter("k", "1 to 8", k as f64, (1..=8).contains(&k))?;
    let (place, columns) = places(k, strands);
    let mut values = vec![0.0; sequences.len() * columns];
    for (sequence, row) in sequences.iter().zip(values.chunks_exact_mut(columns)) {
        let mut total = 0.0;
        for (forward, _) in kmers(sequence.as_ref(), k) {
            row[place[forward as usize]] += 1.0;
            total += 1.0;
        }
        if total > 0.0 {
            row.iter_mut().for_each(|count| *count /= total);
        }
    }
    Features::new(values, columns)
}

/// The column of each k-mer, and how many columns there are.
fn places(k: usize, strands: Strands) -> (Vec<usize>, usize) {
    let count = 1_u64 << (2 * k);
    let reverse = |kmer: u64| {
        (0..k).fold(0, |reverse, i| {
            (reverse << 2) | (3 - ((kmer >> (2 * i)) & 3))
        })
    };
    let mut place: Vec<usize> = Vec::with_capacity(count as usize);
    let mut columns = 0;
    for kmer in 0..count {
        let other = reverse(kmer);
        if strands == Strands::Merged && other < kmer {
            place.push(place[other as usize]);
        } else {
            place.push(columns);
            columns += 1;
        }
    }
    (place, columns)
}

/// One column per position and base, 1 where the sequence has that base there; 4 · `length`
/// columns.
///
/// A longer sequence is cut at the end, a shorter one has zeros; so has another letter than ACGT (U
/// is T, case is ignored).
///
/// # Errors
/// No sequence, a length of 0.
///
/// ```
/// use dissensus_probe::one_hot;
///
/// let features = one_hot(&["CA", "G"], 2)?;
/// assert_eq!(features.row(0), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
/// assert_eq!(features.row(1), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn one_hot<S: AsRef<[u8]>>(sequences: &[S], length: usize) -> Result<Features, Error> {
    at_least("sequences", 1, sequences.len())?;
    at_least("length of one-hot sequences", 1, length)?;
    let columns = 4 * length;
    let mut values = vec![0.0; sequences.len() * columns];
    for (sequence, row) in sequences.iter().zip(values.chunks_exact_mut(columns)) {
        for (base, slots) in sequence.as_ref().iter().zip(row.chunks_exact_mut(4)) {
            if let Some(code) = code(*base) {
                slots[code as usize] = 1.0;
            }
        }
    }
    Features::new(values, columns)
}

/// The fraction of G and C among the known bases of each of `parts` equal parts of the sequence.
///
/// One part is the GC content. A part without known bases has ½.
///
/// # Errors
/// No sequence, no part.
///
/// ```
/// use dissensus_probe::gc_content;
///
/// assert_eq!(gc_content(&["GGAT"], 2)?.row(0), [1.0, 0.0]);
/// assert_eq!(gc_content(&["GGAT"], 1)?.row(0), [0.5]);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn gc_content<S: AsRef<[u8]>>(sequences: &[S], parts: usize) -> Result<Features, Error> {
    at_least("sequences", 1, sequences.len())?;
    at_least("parts of a sequence", 1, parts)?;
    let fraction = |bases: &[u8]| {
        let known: Vec<u64> = bases.iter().filter_map(|&base| code(base)).collect();
        let strong = known.iter().filter(|&&code| code == 1 || code == 2).count();
        if known.is_empty() {
            0.5
        } else {
            strong as f64 / known.len() as f64
        }
    };
    let mut values = Vec::with_capacity(sequences.len() * parts);
    for sequence in sequences {
        let bases = sequence.as_ref();
        let edge = |part: usize| part * bases.len() / parts;
        values.extend((0..parts).map(|part| fraction(&bases[edge(part)..edge(part + 1)])));
    }
    Features::new(values, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_columns_are_as_many_as_the_formula_says() {
        for (k, columns) in [(1, 2), (2, 10), (3, 32), (4, 136)] {
            assert_eq!(places(k, Strands::Merged).1, columns);
            assert_eq!(places(k, Strands::Written).1, 1 << (2 * k));
        }
    }

    #[test]
    fn both_strands_merged_have_the_same_frequencies() {
        let found = kmer_frequencies(&["ACGGTACCATN", "NATGGTACCGT"], 4, Strands::Merged).unwrap();
        assert_eq!(found.row(0), found.row(1));
        assert!((found.row(0).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn unknown_bases_have_no_frequency() {
        assert_eq!(
            kmer_frequencies(&["NNN"], 2, Strands::Written)
                .unwrap()
                .row(0),
            [0.0; 16]
        );
        assert_eq!(gc_content(&["NN"], 1).unwrap().row(0), [0.5]);
        assert_eq!(gc_content(&["G"], 3).unwrap().row(0), [0.5, 0.5, 1.0]);
    }
}
