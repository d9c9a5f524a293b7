//! From the states of tokens to one state a sequence, with gradients.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_layers::{beside, gather_rows};
use dissensus_lm::{Batch, Pool};
use serde::{Deserialize, Serialize};

/// Which vector stands for a sequence, and which tokens are left out of it.
///
/// Padding is always left out. With the special tokens of a tokenizer left out too, the vector is
/// over what stands for bases or text; without any, special tokens count, as in the published
/// studies.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pooling {
    /// The mean, the largest of each feature, the first or the last state.
    pub pool: Pool,
    /// Ids of tokens that are left out. [`Pool::First`] takes the first position whatever stands
    /// there.
    pub without: Vec<u32>,
}

impl Pooling {
    /// A pool over all tokens but these.
    #[must_use]
    pub fn new(pool: Pool, without: impl IntoIterator<Item = u32>) -> Self {
        let mut without: Vec<u32> = without.into_iter().collect();
        without.sort_unstable();
        without.dedup();
        Self { pool, without }
    }

    /// The positions of a sequence that are pooled.
    #[must_use]
    pub fn positions(&self, ids: &[u32]) -> Vec<usize> {
        let kept = |&position: &usize| self.without.binary_search(&ids[position]).is_err();
        let mut kept = (0..ids.len()).filter(kept);
        match self.pool {
            Pool::First => (0..ids.len().min(1)).collect(),
            Pool::Last => kept.next_back().into_iter().collect(),
            _ => kept.collect(),
        }
    }

    /// The pooled states `[B, H]` of states `[B, T, H]`; a sequence of which nothing is pooled
    /// gets 0.
    ///
    /// The mean is `Σ_t s_t/n` over the `n` kept tokens; the gradient of the largest goes to the
    /// position that has it.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use dissensus_finetune::Pooling;
    /// use dissensus_lm::{Batch, Pool, Sizes};
    /// let sizes = Sizes { vocabulary: 9, positions: 8, width: 1, layers: 0, padding: 0 };
    /// let batch = Batch::new(&[vec![2, 5, 6], vec![2, 7]], &sizes)?;
    /// let states = Tensor::<3>::from_data(
    ///     [[[9.0], [1.0], [3.0]], [[9.0], [4.0], [100.0]]],
    ///     &Device::flex(),
    /// );
    /// let pooled = |pool| Pooling::new(pool, [2]).of(states.clone(), &batch).into_data();
    /// assert_eq!(pooled(Pool::Mean).try_to_vec::<f32>().unwrap(), [2.0, 4.0]);
    /// assert_eq!(pooled(Pool::Max).try_to_vec::<f32>().unwrap(), [3.0, 4.0]);
    /// # Ok::<(), dissensus_lm::Error>(())
    /// ```
    #[must_use]
    pub fn of(&self, states: Tensor<3>, batch: &Batch) -> Tensor<2> {
        let rows = batch.ids().chunks(batch.time()).zip(batch.lengths());
        let kept: Vec<Vec<usize>> = rows
            .map(|(ids, &length)| self.positions(&ids[..length]))
            .collect();
        let device = states.device().inner();
        match self.pool {
            Pool::Mean => mean(states, &kept, &device),
            Pool::Max => largest(states, &kept, &device),
            _ => single(states, &kept, batch, &device),
        }
    }
}

fn mean(states: Tensor<3>, kept: &[Vec<usize>], device: &Device) -> Tensor<2> {
    let [rows, time, width] = states.dims();
    let mut weights = vec![0.0_f32; rows * time];
    for (row, kept) in kept.iter().enumerate() {
        let weight = 1.0 / kept.len().max(1) as f32;
        kept.iter().for_each(|at| weights[row * time + at] = weight);
    }
    let weights = Tensor::<3>::from_data(TensorData::new(weights, [rows, time, 1]), device);
    let weights = beside(weights, &states);
    (states * weights).sum_dim(1).reshape([rows, width])
}

/// So little that it is never the largest, and finite, so that 0 times it is 0.
const LITTLE: f32 = -1e30;

fn largest(states: Tensor<3>, kept: &[Vec<usize>], device: &Device) -> Tensor<2> {
    let [rows, time, width] = states.dims();
    let mut excluded = vec![true; rows * time];
    for (row, kept) in kept.iter().enumerate() {
        kept.iter().for_each(|at| excluded[row * time + at] = false);
        if kept.is_empty() {
            excluded[row * time] = false;
        }
    }
    let excluded = TensorData::new(excluded, [rows, time, 1]);
    let excluded = Tensor::<3, burn::tensor::Bool>::from_data(excluded, device);
    let excluded = excluded.expand([rows, time, width]);
    states
        .mask_fill(excluded, LITTLE)
        .max_dim(1)
        .reshape([rows, width])
}

fn single(states: Tensor<3>, kept: &[Vec<usize>], batch: &Batch, device: &Device) -> Tensor<2> {
    let place = |(row, kept): (usize, &Vec<usize>)| {
        batch.flat(row, kept.first().copied().unwrap_or(0)) as i32
    };
    let places: Vec<i32> = kept.iter().enumerate().map(place).collect();
    let count = places.len();
    let places = Tensor::<1, Int>::from_data(TensorData::new(places, [count]), device);
    gather_rows(states, places)
}

#[cfg(test)]
mod tests {
    use dissensus_lm::Sizes;

    use super::*;

    const SIZES: Sizes = Sizes {
        vocabulary: 10,
        positions: 8,
        width: 2,
        layers: 0,
        padding: 0,
    };

    fn pooled(pool: Pool, without: &[u32]) -> Vec<f32> {
        let batch = Batch::new(&[vec![2, 5, 6, 3], vec![2, 7, 3]], &SIZES).expect("a batch");
        let states: Vec<f32> = (0..16).map(|i| (i * 7 % 11) as f32 - 5.0).collect();
        let states = Tensor::from_data(TensorData::new(states, [2, 4, 2]), &Device::flex());
        let pooling = Pooling::new(pool, without.iter().copied());
        let data = pooling.of(states, &batch).into_data();
        data.iter::<f32>().collect()
    }

    /// The pools of the crate `lm`, which know no gradients.
    fn twin(pool: Pool, without: &[u32]) -> Vec<f32> {
        let states: Vec<f32> = (0..16).map(|i| (i * 7 % 11) as f32 - 5.0).collect();
        let rows = [vec![2, 5, 6, 3], vec![2, 7, 3]];
        let of = |(row, ids): (usize, &Vec<u32>)| {
            let kept =
                (0..ids.len()).filter(|&t| pool == Pool::First || !without.contains(&ids[t]));
            let kept: Vec<&[f32]> = kept.map(|t| &states[(row * 4 + t) * 2..][..2]).collect();
            pool.of(kept).expect("a token")
        };
        rows.iter().enumerate().flat_map(of).collect()
    }

    #[test]
    fn every_pool_is_that_of_the_plain_states() {
        for pool in Pool::ALL {
            for without in [&[][..], &[2, 3]] {
                let (fast, slow) = (pooled(pool, without), twin(pool, without));
                assert_eq!(fast.len(), slow.len(), "{pool}");
                // A mean by a product with the reciprocal differs from a quotient in its last bit.
                let close = |(a, b): (&f32, &f32)| (a - b).abs() <= f32::EPSILON * b.abs();
                assert!(
                    fast.iter().zip(&slow).all(close),
                    "{pool}: {fast:?}, {slow:?}"
                );
            }
        }
    }

    #[test]
    fn a_sequence_of_special_tokens_alone_has_no_positions() {
        assert!(
            Pooling::new(Pool::Max, [2, 3])
                .positions(&[2, 3])
                .is_empty()
        );
        assert_eq!(Pooling::new(Pool::Last, [2, 3]).positions(&[2, 5, 3]), [1]);
        assert_eq!(Pooling::new(Pool::First, [2, 3]).positions(&[2, 5, 3]), [0]);
    }
}
