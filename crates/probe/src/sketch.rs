//! Near-duplicates, by what k-mers two sequences share.

mod minhash;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::parameter;
use crate::{Error, Folds};

use minhash::{similarity, sketch};

/// When two sequences count as near-duplicates.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SketchParams {
    /// Length of the k-mers; by default 16.
    pub k: usize,
    /// Hashes kept of a sequence; by default 256. A sequence with no more different k-mers is
    /// compared exactly.
    pub size: usize,
    /// The smallest Jaccard similarity of the sets of k-mers; by default 0.5.
    ///
    /// A substitution changes up to k k-mers: sequences of 500 bases that differ at 10 places share
    /// about 0.5.
    pub similarity: f64,
}

impl Default for SketchParams {
    fn default() -> Self {
        Self {
            k: 16,
            size: 256,
            similarity: 0.5,
        }
    }
}

impl SketchParams {
    /// Sets the length of the k-mers.
    #[must_use]
    pub fn with_k(self, k: usize) -> Self {
        Self { k, ..self }
    }

    /// Sets how many hashes are kept.
    #[must_use]
    pub fn with_size(self, size: usize) -> Self {
        Self { size, ..self }
    }

    /// Sets the smallest similarity.
    #[must_use]
    pub fn with_similarity(self, similarity: f64) -> Self {
        Self { similarity, ..self }
    }

    fn check(&self) -> Result<(), Error> {
        parameter("k", "1 to 32", self.k as f64, (1..=32).contains(&self.k))?;
        parameter("size", "1 or more", self.size as f64, self.size > 0)?;
        let holds = self.similarity > 0.0 && self.similarity <= 1.0;
        let expected = "a number above 0 and at most 1";
        parameter("similarity", expected, self.similarity, holds)
    }
}

/// Two sequences that are nearly one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NearDuplicate {
    /// The earlier of the two.
    pub first: usize,
    /// The later.
    pub second: usize,
    /// Jaccard similarity of their k-mers; an estimate where one has more of them than a sketch
    /// holds.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub similarity: f64,
}

/// All pairs of sequences at least as similar as asked for, in order.
///
/// A sequence is the set of its canonical k-mers (the lesser of a k-mer and its reverse complement,
/// so both strands are one); k-mers with another letter than ACGT are left out, U is T, case is
/// ignored. Of each set the `size` smallest hashes are kept. The similarity is |A ∩ B|/|A ∪ B|
/// among the `size` smallest hashes of the union, whose standard error is at most 1/(2√size). No
/// pair of sketches above the threshold is missed: each is looked up by so many of its rarest
/// hashes that one must be shared. A sequence without a k-mer is like none.
///
/// # Errors
/// Parameters outside their range.
///
/// Source: Broder 1997; Chaudhuri, Ganti and Kaushik 2006 (the rarest hashes).
///
/// ```
/// use dissensus_probe::{SketchParams, near_duplicates};
///
/// let forward = b"ACGGTACCATTTGCAAGCAT";
/// let reverse = b"ATGCTTGCAAATGGTACCGT"; // the other strand
/// let other = b"TTTTTTTTTTTTTTTTTTTT";
/// let found = near_duplicates(&[&forward[..], other, reverse], &SketchParams::default())?;
/// assert_eq!(found.len(), 1);
/// assert_eq!((found[0].first, found[0].second, found[0].similarity), (0, 2, 1.0));
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
pub fn near_duplicates<S: AsRef<[u8]> + Sync>(
    sequences: &[S],
    params: &SketchParams,
) -> Result<Vec<NearDuplicate>, Error> {
    use rayon::prelude::*;
    params.check()?;
    let sketches: Vec<Vec<u64>> = sequences
        .par_iter()
        .map(|sequence| sketch(sequence.as_ref(), params.k, params.size))
        .collect();
    let mut holders: HashMap<u64, u32> = HashMap::new();
    for hash in sketches.iter().flatten() {
        *holders.entry(*hash).or_default() += 1;
    }
    let mut index: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    for (second, own) in sketches.iter().enumerate() {
        let rare = rarest(own, &holders, params.similarity);
        let mut candidates: Vec<usize> = rare
            .iter()
            .filter_map(|hash| index.get(hash))
            .flatten()
            .copied()
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        for first in candidates {
            let similarity = similarity(&sketches[first], own, params.size);
            if similarity >= params.similarity {
                found.push(NearDuplicate {
                    first,
                    second,
                    similarity,
                });
            }
        }
        for hash in rare {
            index.entry(hash).or_default().push(second);
        }
    }
    found.sort_by_key(|pair| (pair.first, pair.second));
    Ok(found)
}

/// As many of a sketch's rarest hashes as cannot all be missing in a sketch that shares the
/// fraction asked for.
fn rarest(sketch: &[u64], holders: &HashMap<u64, u32>, minimum: f64) -> Vec<u64> {
    if sketch.is_empty() {
        return Vec::new();
    }
    // A little less, so that rounding of the product cannot ask for one too many.
    let shared = (sketch.len() as f64 * minimum - 1e-9).ceil().max(1.0) as usize;
    let mut rare = sketch.to_vec();
    rare.sort_unstable_by_key(|hash| (holders.get(hash).copied(), *hash));
    rare.truncate(sketch.len() - shared + 1);
    rare
}

/// The pairs of which one is learned from (or chosen on) and the other tested, with the fold.
///
/// ```
/// use dissensus_probe::{Folds, SketchParams, across, near_duplicates};
///
/// let sequences = ["ACGGTACCATTTGCAAGCAT", "GATTACAGATTACAGATTAC", "ACGGTACCATTTGCAAGCAT"];
/// let pairs = near_duplicates(&sequences, &SketchParams::default())?;
/// let leaks = across(&pairs, &Folds::fixed(&["train", "train", "test"])?);
/// assert_eq!(leaks.len(), 1);
/// assert_eq!((leaks[0].fold, leaks[0].train, leaks[0].test), (0, 0, 2));
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[must_use]
pub fn across(pairs: &[NearDuplicate], folds: &Folds) -> Vec<Leak> {
    let mut leaks = Vec::new();
    for (index, fold) in folds.iter().enumerate() {
        let mut tested = vec![None; folds.rows()];
        fold.test.iter().for_each(|&row| tested[row] = Some(true));
        let learned = fold.train.iter().chain(&fold.validation);
        learned.for_each(|&row| tested[row] = Some(false));
        let side = |row: usize| tested.get(row).copied().flatten();
        for pair in pairs {
            let (train, test) = match (side(pair.first), side(pair.second)) {
                (Some(false), Some(true)) => (pair.first, pair.second),
                (Some(true), Some(false)) => (pair.second, pair.first),
                _ => continue,
            };
            leaks.push(Leak {
                fold: index,
                train,
                test,
                similarity: pair.similarity,
            });
        }
    }
    leaks
}

/// A sequence that is tested, and its near-duplicate that was learned from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leak {
    /// Which fold.
    pub fold: usize,
    /// The row that is trained on, or chosen on.
    pub train: usize,
    /// The row that is tested.
    pub test: usize,
    /// How similar they are.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub similarity: f64,
}

/// Groups of sequences that are linked by near-duplicates, for [`Folds::grouped`]: numbers in the
/// order of first members.
///
/// ```
/// use dissensus_probe::{SketchParams, near_duplicates, similarity_groups};
///
/// let sequences = ["ACGGTACCATTTGCAAGCAT", "GATTACAGATTACAGATTAC", "ACGGTACCATTTGCAAGCAT"];
/// let pairs = near_duplicates(&sequences, &SketchParams::default())?;
/// assert_eq!(similarity_groups(3, &pairs), [0, 1, 0]);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
///
/// # Panics
/// Where a pair names a sequence that there is not.
#[must_use]
pub fn similarity_groups(sequences: usize, pairs: &[NearDuplicate]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..sequences).collect();
    for pair in pairs {
        let (a, b) = (
            root(&mut parent, pair.first),
            root(&mut parent, pair.second),
        );
        parent[a.max(b)] = a.min(b);
    }
    let mut numbers = HashMap::new();
    (0..sequences)
        .map(|sequence| {
            let next = numbers.len();
            *numbers.entry(root(&mut parent, sequence)).or_insert(next)
        })
        .collect()
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Families of sequences that differ from their first member at some places.
    fn families() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let base = prop::sample::select(&b"ACGTN"[..]);
        let first = prop::collection::vec(base, 0..120);
        let places = prop::collection::vec(prop::collection::vec(0_usize..120, 0..6), 1..4);
        let family = (first, places).prop_map(|(first, places)| {
            let changed = |places: Vec<usize>| {
                let mut copy: Vec<u8> = first.clone();
                for at in places.into_iter().filter(|&at| at < first.len()) {
                    copy[at] = if copy[at] == b'A' { b'C' } else { b'A' };
                }
                copy
            };
            places.into_iter().map(changed).collect::<Vec<_>>()
        });
        prop::collection::vec(family, 1..6).prop_map(|families| families.concat())
    }

    proptest! {
        /// The slow twin compares every sketch with every other.
        #[test]
        fn no_pair_is_missed(sequences in families(), k in 3_usize..20, size in 4_usize..80, minimum in 0.05..1.0_f64) {
            let params = SketchParams::default().with_k(k).with_size(size).with_similarity(minimum);
            let found = near_duplicates(&sequences, &params).unwrap();
            let sketches: Vec<_> = sequences.iter().map(|s| sketch(s, k, size)).collect();
            let mut wanted = Vec::new();
            for first in 0..sequences.len() {
                for second in first + 1..sequences.len() {
                    let similarity = similarity(&sketches[first], &sketches[second], size);
                    if similarity >= minimum {
                        wanted.push(NearDuplicate { first, second, similarity });
                    }
                }
            }
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn validation_rows_count_as_learned_from() {
        let pair = NearDuplicate {
            first: 0,
            second: 2,
            similarity: 1.0,
        };
        let folds = Folds::fixed(&["dev", "train", "test"]).unwrap();
        let leaks = across(&[pair], &folds);
        assert_eq!((leaks.len(), leaks[0].train, leaks[0].test), (1, 0, 2));
    }

    #[test]
    fn links_make_groups_through_others() {
        let pair = |first, second| NearDuplicate {
            first,
            second,
            similarity: 0.9,
        };
        let groups = similarity_groups(6, &[pair(0, 4), pair(2, 4), pair(1, 5)]);
        assert_eq!(groups, [0, 1, 0, 2, 0, 1]);
    }

    #[test]
    fn a_similarity_of_zero_is_refused() {
        let params = SketchParams::default().with_similarity(0.0);
        assert!(matches!(
            near_duplicates(&["ACGT"], &params),
            Err(Error::Parameter {
                name: "similarity",
                ..
            })
        ));
    }
}
