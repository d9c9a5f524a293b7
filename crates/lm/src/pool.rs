//! One vector a sequence.

use std::fmt;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Batch, Error, Sizes};

/// Which vector stands for a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pool {
    /// The mean over tokens.
    #[default]
    Mean,
    /// The largest of each feature over tokens.
    Max,
    /// The first token's, which is `[CLS]` where there is one.
    First,
    /// The last token's.
    Last,
}

impl Pool {
    /// All pools.
    pub const ALL: [Self; 4] = [Self::Mean, Self::Max, Self::First, Self::Last];

    /// The pooled vector of the states of some tokens; none of no token. What is NaN in one of them
    /// is NaN in it.
    ///
    /// ```
    /// use dissensus_lm::Pool;
    /// let states = [[1.0_f32, 5.0], [3.0, 4.0]];
    /// let pooled = |pool: Pool| pool.of(states.iter().map(|state| &state[..]));
    /// assert_eq!(pooled(Pool::Mean), Some(vec![2.0, 4.5]));
    /// assert_eq!(pooled(Pool::Max), Some(vec![3.0, 5.0]));
    /// assert_eq!(Pool::Mean.of([]), None);
    /// ```
    ///
    /// # Panics
    /// In a debug build if the states are of unlike widths.
    pub fn of<'a>(self, states: impl IntoIterator<Item = &'a [f32]>) -> Option<Vec<f32>> {
        let mut states = states.into_iter();
        let first = states.next()?;
        match self {
            Self::First => Some(first.to_vec()),
            Self::Last => Some(states.last().unwrap_or(first).to_vec()),
            Self::Max => Some(states.fold(first.to_vec(), |mut most, state| {
                debug_assert_eq!(most.len(), state.len());
                // `f32::max` would pass over NaN.
                for (most, &x) in most.iter_mut().zip(state) {
                    if x > *most || x.is_nan() {
                        *most = x;
                    }
                }
                most
            })),
            Self::Mean => {
                let mut sum: Vec<f64> = first.iter().copied().map(f64::from).collect();
                let mut count = 1.0;
                for state in states {
                    debug_assert_eq!(sum.len(), state.len());
                    sum.iter_mut()
                        .zip(state)
                        .for_each(|(s, &x)| *s += f64::from(x));
                    count += 1.0;
                }
                Some(sum.into_iter().map(|s| (s / count) as f32).collect())
            }
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Mean => "mean",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
        })
    }
}

/// What counts as a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Over {
    /// Tokens of the sequence.
    #[default]
    Tokens,
    /// Every column of the batch, padding too: the pooling of m42-health/gfm-random-eval, under
    /// which the vector of a sequence depends on the longest one beside it.
    Columns,
}

/// The pooled states `[B, H]`, row-major, of hidden states `[B, T, H]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_lm::{Batch, Over, Pool, Sizes, pool};
/// let sizes = Sizes { vocabulary: 9, positions: 8, width: 1, layers: 0, padding: 0 };
/// let batch = Batch::new(&[vec![5, 6], vec![7]], &sizes)?;
/// let states = Tensor::<3>::from_data([[[1.0], [3.0]], [[4.0], [100.0]]], &Device::flex());
/// assert_eq!(pool(states.clone(), &batch, Pool::Mean, Over::Tokens), [2.0, 4.0]);
/// assert_eq!(pool(states, &batch, Pool::Max, Over::Columns), [3.0, 100.0]);
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
#[must_use]
pub fn pool(states: Tensor<3>, batch: &Batch, how: Pool, over: Over) -> Vec<f32> {
    let [_, time, width] = states.dims();
    let states: Vec<f32> = states.into_data().iter::<f32>().collect();
    let rows = states.chunks(time * width).zip(batch.lengths());
    rows.flat_map(|(row, &length)| {
        let count = match over {
            Over::Tokens => length,
            Over::Columns => time,
        };
        let states = row.chunks_exact(width).take(count);
        how.of(states).unwrap_or_else(|| vec![0.0; width])
    })
    .collect()
}

/// A batch in which padding counts as tokens, which attention sees: how m42-health/gfm-random-eval
/// runs DNABERT-2, to which it gives no mask.
///
/// # Errors
/// Those of [`Batch::new`].
pub fn batch_seeing_padding<S: AsRef<[u32]>>(
    sequences: &[S],
    sizes: &Sizes,
) -> Result<Batch, Error> {
    filled(sequences, sizes, |ids, padding| [ids, padding].concat())
}

/// A batch in which padding counts as tokens and stands on the left: how the published tokenizers
/// of HyenaDNA and Caduceus pad, whose models have no mask and so read it like letters.
///
/// ```
/// use dissensus_lm::{Sizes, batch_padded_left};
/// let sizes = Sizes { vocabulary: 12, positions: 8, width: 1, layers: 0, padding: 4 };
/// let batch = batch_padded_left(&[vec![7, 8, 9, 10, 1], vec![7, 8, 1]], &sizes)?;
/// assert_eq!(batch.ids(), [7, 8, 9, 10, 1, 4, 4, 7, 8, 1]);
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
///
/// # Errors
/// Those of [`Batch::new`].
pub fn batch_padded_left<S: AsRef<[u32]>>(sequences: &[S], sizes: &Sizes) -> Result<Batch, Error> {
    filled(sequences, sizes, |ids, padding| [padding, ids].concat())
}

/// A batch of sequences that are all as long as the longest, but for empty ones.
fn filled<S: AsRef<[u32]>>(
    sequences: &[S],
    sizes: &Sizes,
    join: impl Fn(&[u32], &[u32]) -> Vec<u32>,
) -> Result<Batch, Error> {
    let longest = sequences.iter().map(|s| s.as_ref().len()).max();
    let padded = |sequence: &S| match sequence.as_ref() {
        [] => Vec::new(),
        ids => {
            let missing = longest.unwrap_or_default() - ids.len();
            join(ids, &vec![sizes.padding; missing])
        }
    };
    let padded: Vec<Vec<u32>> = sequences.iter().map(padded).collect();
    Batch::new(&padded, sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pool_takes_its_tokens() {
        let row = [1.0, -2.0, 3.0, -4.0, 5.0, -9.0];
        let pooled = |pool: Pool| pool.of(row.chunks_exact(2)).expect("a token");
        assert_eq!(pooled(Pool::First), [1.0, -2.0]);
        assert_eq!(pooled(Pool::Last), [5.0, -9.0]);
        assert_eq!(pooled(Pool::Max), [5.0, -2.0]);
        assert_eq!(pooled(Pool::Mean), [3.0, -5.0]);
        for at in 0..3 {
            let mut broken = row;
            broken[2 * at] = f32::NAN;
            for how in [Pool::Mean, Pool::Max] {
                let pooled = how.of(broken.chunks_exact(2)).expect("a token");
                assert!(pooled[0].is_nan() && pooled[1].is_finite(), "{how}, {at}");
            }
        }
        let infinite = [f32::NEG_INFINITY, 0.0, f32::INFINITY, -0.0];
        let pooled = Pool::Max.of(infinite.chunks_exact(2)).expect("a token");
        assert_eq!(pooled, [f32::INFINITY, 0.0]);
        assert_eq!(Pool::First.of(row.chunks_exact(6)).expect("a token"), row);
        assert_eq!(Pool::Last.of(row.chunks_exact(6)).expect("a token"), row);
    }
}
