//! Where the tokens of a batch stand.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use dissensus_lm::Batch;

/// The position of every token, row-major `[B, T]`; 0, 1, 2, … unless the batch says others.
pub(crate) fn token_positions(batch: &Batch) -> Arc<[u32]> {
    match batch.positions() {
        Some(positions) => positions.iter().map(|&position| position as u32).collect(),
        None => {
            let row = 0..batch.time() as u32;
            (0..batch.rows()).flat_map(|_| row.clone()).collect()
        }
    }
}

/// `[B, T, 1]`, 1 where there is a token and 0 where there is padding; none if there is no padding.
pub(crate) fn kept(batch: &Batch, device: &Device) -> Option<Tensor<3>> {
    if batch.lengths().iter().all(|&length| length == batch.time()) {
        return None;
    }
    let row = |&length: &usize| (0..batch.time()).map(move |t| f32::from(u8::from(t < length)));
    let values: Vec<f32> = batch.lengths().iter().flat_map(row).collect();
    let data = TensorData::new(values, [batch.rows(), batch.time(), 1]);
    Some(Tensor::from_data(data, device))
}
