//! Both strands of a batch side by side.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_layers::gather_rows;
use dissensus_lm::Batch;

use super::complement::Complement;

/// The other strands of a batch's sequences, and where their positions are on the first.
pub(super) struct OtherStrands {
    /// Reverse complements, `[B, T]`.
    pub(super) ids: Tensor<2, Int>,
    /// The row of `[B·T, D]` that has the complement of each position; padding's own.
    places: Tensor<1, Int>,
}

impl OtherStrands {
    pub(super) fn new(batch: &Batch, complement: &Complement, device: &Device) -> Self {
        let (rows, time) = (batch.rows(), batch.time());
        let sequences = batch.ids().chunks(time).zip(batch.lengths());
        let ids: Vec<i32> = sequences
            .flat_map(|(ids, &length)| complement.reverse(ids, length))
            .map(|id| id as i32)
            .collect();
        let place = |row: usize, t: usize| {
            let length = batch.lengths()[row];
            let at = if t < length { length - 1 - t } else { t };
            (row * time + at) as i32
        };
        let places = (0..rows).flat_map(|row| (0..time).map(move |t| place(row, t)));
        let places: Vec<i32> = places.collect();
        Self {
            ids: Tensor::from_data(TensorData::new(ids, [rows, time]), device),
            places: Tensor::from_data(TensorData::new(places, [rows * time]), device),
        }
    }

    /// States of the other strands at the places that their positions have on the first.
    pub(super) fn aligned(&self, states: Tensor<3>) -> Tensor<3> {
        let shape = states.dims();
        gather_rows(states, self.places.clone()).reshape(shape)
    }
}

/// The published state of a pair, `[B, T, 2·D]`: the first strand's and the aligned other one's
/// with its channels in reverse; the other way round after an odd number of exchanges.
pub(super) fn paired(first: Tensor<3>, aligned: Tensor<3>, exchanged: bool) -> Tensor<3> {
    let other = aligned.flip([2]);
    let halves = if exchanged {
        vec![other, first]
    } else {
        vec![first, other]
    };
    Tensor::cat(halves, 2)
}
