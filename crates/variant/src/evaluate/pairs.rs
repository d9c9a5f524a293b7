//! Matched pairs: a positive and a negative of one kind.

use std::collections::BTreeMap;

use dissensus_stats::{BootstrapParams, Estimate, bootstrap};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Sign;
use crate::Error;
use crate::error::parameter;

/// Positives and negatives of one stratum side by side, each used at most once; drawn at random.
///
/// ```
/// use dissensus_variant::matched_pairs;
///
/// let pairs = matched_pairs(
///     &[Some(true), Some(false), Some(false), Some(true)],
///     &["a", "a", "b", "b"],
///     0,
/// );
/// assert_eq!(pairs, [(0, 1), (3, 2)]); // (positive, negative)
/// ```
///
/// # Panics
/// Where there are fewer strata than labels.
#[must_use]
pub fn matched_pairs<S: Ord>(
    labels: &[Option<bool>],
    strata: &[S],
    seed: u64,
) -> Vec<(usize, usize)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut members = BTreeMap::<&S, [Vec<usize>; 2]>::new();
    for (row, label) in labels.iter().enumerate() {
        if let Some(label) = label {
            members.entry(&strata[row]).or_default()[usize::from(*label)].push(row);
        }
    }
    let mut pairs = Vec::new();
    for [negatives, positives] in members.values_mut() {
        negatives.shuffle(&mut rng);
        positives.shuffle(&mut rng);
        pairs.extend(positives.iter().copied().zip(negatives.iter().copied()));
    }
    pairs.sort_unstable();
    pairs
}

/// The fraction of matched pairs whose positive scores higher, ties ½, with an interval over pairs;
/// its chance level is ½.
///
/// # Errors
/// Fewer than two pairs, a pair that names a row without a score, a score of a pair that is not
/// finite.
///
/// ```
/// use dissensus_stats::BootstrapParams;
/// use dissensus_variant::{Sign, pairs_in_order};
///
/// let scores = [-2.0, 0.0, -1.0, -1.0];
/// let found = pairs_in_order(&[(0, 1), (2, 3)], &scores, Sign::Low, &BootstrapParams::default())?;
/// assert_eq!(found.value, 0.75); // one in order, one tied
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn pairs_in_order(
    pairs: &[(usize, usize)],
    scores: &[f64],
    sign: Sign,
    params: &BootstrapParams,
) -> Result<Estimate, Error> {
    let scored = pairs.iter().flat_map(|pair| [pair.0, pair.1]);
    for row in scored {
        let expected = "a row that has a score";
        parameter("row of a pair", expected, row as f64, row < scores.len())?;
        let score = scores[row];
        parameter(
            "score of a pair",
            "a finite number",
            score,
            score.is_finite(),
        )?;
    }
    let win = |&(positive, negative): &(usize, usize)| {
        let (high, low) = (sign.of(scores[positive]), sign.of(scores[negative]));
        if high == low {
            0.5
        } else {
            f64::from(u8::from(high > low))
        }
    };
    let wins: Vec<f64> = pairs.iter().map(win).collect();
    let mean = |drawn: &[usize]| drawn.iter().map(|&i| wins[i]).sum::<f64>() / drawn.len() as f64;
    Ok(bootstrap(wins.len(), params, mean)?.estimate)
}
