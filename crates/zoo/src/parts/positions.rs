//! Where the tokens of a batch stand.

use burn::tensor::{Device, Tensor, TensorData};
use dissensus_lm::Batch;

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
