//! Substitutions at random places, each set within the next.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Error;
use crate::error::parameter;

/// The numbers of substitutions of the paper on tokenization and transfer, in windows of 1024
/// bases.
pub const SUBSTITUTION_COUNTS: [usize; 6] = [1, 64, 128, 256, 512, 1024];

/// One sequence for each of `counts`, with so many bases replaced by another of A, C, G, T.
///
/// Places and new bases are drawn once: what is replaced at 64 is replaced alike at 128. Letters
/// other than A, C, G, T are not replaced.
///
/// # Errors
/// More substitutions than there are known bases.
///
/// ```
/// use dissensus_variant::nested_substitutions;
///
/// let found = nested_substitutions(b"ACGTACGT", &[1, 8], 7)?;
/// let changed = |to: &[u8]| b"ACGTACGT".iter().zip(to).filter(|(a, b)| a != b).count();
/// assert_eq!((changed(&found[0]), changed(&found[1])), (1, 8));
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn nested_substitutions(
    bases: &[u8],
    counts: &[usize],
    seed: u64,
) -> Result<Vec<Vec<u8>>, Error> {
    let known = |&at: &usize| b"ACGT".contains(&bases[at].to_ascii_uppercase());
    let mut places: Vec<usize> = (0..bases.len()).filter(known).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    places.shuffle(&mut rng);
    let other = |&at: &usize| {
        let base = bases[at].to_ascii_uppercase();
        let others = b"ACGT".iter().filter(|&&other| other != base);
        others.copied().nth(rng.random_range(0..3)).unwrap_or(base)
    };
    let new: Vec<u8> = places.iter().map(other).collect();
    let one = |&count: &usize| {
        let expected = "at most the number of known bases";
        let holds = count <= places.len();
        parameter("substitutions", expected, count as f64, holds)?;
        let mut mutated = bases.to_vec();
        for (&place, &base) in places.iter().zip(&new).take(count) {
            mutated[place] = base;
        }
        Ok(mutated)
    };
    counts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn mutations_nest(seed in any::<u64>(), length in 64_usize..200) {
            let bases: Vec<u8> = (0..length).map(|i| b"ACGTN"[i * 7 % 5]).collect();
            let known = bases.iter().filter(|&&base| base != b'N').count();
            let counts = [0, 1, 5, 20, known];
            let found = nested_substitutions(&bases, &counts, seed).unwrap();
            for (mutated, count) in found.iter().zip(counts) {
                let changed = mutated.iter().zip(&bases).filter(|(a, b)| a != b).count();
                prop_assert_eq!(changed, count);
            }
            for pair in found.windows(2) {
                for ((fewer, more), original) in pair[0].iter().zip(&pair[1]).zip(&bases) {
                    prop_assert!(fewer == original || fewer == more);
                }
            }
            prop_assert_eq!(&found, &nested_substitutions(&bases, &counts, seed).unwrap());
        }
    }

    #[test]
    fn more_substitutions_than_bases_are_refused() {
        assert!(matches!(
            nested_substitutions(b"ACNN", &[3], 0),
            Err(Error::Parameter {
                name: "substitutions",
                ..
            })
        ));
    }
}
