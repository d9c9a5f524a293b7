//! States at some positions.

use burn::tensor::{Tensor, TensorData};
use dissensus_layers::gather_rows;

/// The states `[M, H]` at positions given by `Batch::flat`.
pub(crate) fn rows_at(states: Tensor<3>, positions: &[usize]) -> Tensor<2> {
    let indices: Vec<i64> = positions.iter().map(|&position| position as i64).collect();
    let data = TensorData::new(indices, [positions.len()]);
    let indices = Tensor::from_data(data, &states.device().inner());
    gather_rows(states, indices)
}
