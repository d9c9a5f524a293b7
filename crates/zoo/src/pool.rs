//! One vector a sequence.

use burn::tensor::Tensor;
use dissensus_lm::{Batch, Error, Sizes};

/// Which vector stands for a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

/// What counts as a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Over {
    /// Tokens of the sequence.
    #[default]
    Tokens,
    /// Every column of the batch, padding too: the pooling of m42-health/gfm-random-eval, under which the vector of a sequence
    /// depends on the longest one beside it.
    Columns,
}

/// The pooled states `[B, H]`, row-major, of hidden states `[B, T, H]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_lm::{Batch, Sizes};
/// use dissensus_zoo::{Over, Pool, pool};
/// let sizes = Sizes { vocabulary: 9, positions: 8, width: 1, layers: 0, padding: 0 };
/// let batch = Batch::new(&[vec![5, 6], vec![7]], &sizes)?;
/// let states = Tensor::<3>::from_data([[[1.0], [3.0]], [[4.0], [100.0]]], &Device::flex());
/// assert_eq!(pool(states.clone(), &batch, Pool::Mean, Over::Tokens), [2.0, 4.0]);
/// assert_eq!(pool(states, &batch, Pool::Max, Over::Columns), [3.0, 100.0]);
/// # Ok::<(), dissensus_lm::Error>(())
/// ```
pub fn pool(states: Tensor<3>, batch: &Batch, how: Pool, over: Over) -> Vec<f32> {
    let [_, time, width] = states.dims();
    let states: Vec<f32> = states.into_data().iter::<f32>().collect();
    let rows = states.chunks(time * width).zip(batch.lengths());
    rows.flat_map(|(row, &length)| {
        let count = match over {
            Over::Tokens => length,
            Over::Columns => time,
        };
        of_row(&row[..count * width], width, how)
    })
    .collect()
}

fn of_row(row: &[f32], width: usize, how: Pool) -> Vec<f32> {
    let tokens = row.len() / width;
    let feature = |h: usize| row.iter().skip(h).step_by(width).copied();
    match how {
        Pool::First => row[..width].to_vec(),
        Pool::Last => row[(tokens - 1) * width..].to_vec(),
        Pool::Max => (0..width)
            .map(|h| feature(h).fold(f32::NEG_INFINITY, f32::max))
            .collect(),
        Pool::Mean => (0..width)
            .map(|h| (feature(h).map(f64::from).sum::<f64>() / tokens as f64) as f32)
            .collect(),
    }
}

/// A batch in which padding counts as tokens, which attention sees: how m42-health/gfm-random-eval runs DNABERT-2, to
/// which it gives no mask.
///
/// # Errors
/// Those of [`Batch::new`].
pub fn batch_seeing_padding<S: AsRef<[u32]>>(
    sequences: &[S],
    sizes: &Sizes,
) -> Result<Batch, Error> {
    let longest = sequences.iter().map(|s| s.as_ref().len()).max();
    let padded = |sequence: &S| {
        let mut ids = sequence.as_ref().to_vec();
        if !ids.is_empty() {
            ids.resize(longest.unwrap_or_default(), sizes.padding);
        }
        ids
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
        assert_eq!(of_row(&row, 2, Pool::First), [1.0, -2.0]);
        assert_eq!(of_row(&row, 2, Pool::Last), [5.0, -9.0]);
        assert_eq!(of_row(&row, 2, Pool::Max), [5.0, -2.0]);
        assert_eq!(of_row(&row, 2, Pool::Mean), [3.0, -5.0]);
    }
}
