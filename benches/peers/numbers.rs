//! Numbers that a script drew, as arrays one after the other.

use std::path::Path;

use anyhow::{Result, ensure};
use burn::tensor::{Device, Tensor, TensorData};

pub struct Numbers(std::vec::IntoIter<f32>);

impl Numbers {
    /// `numbers.f32` of the folder of a case.
    pub fn read(work: &Path) -> Result<Self> {
        let bytes = std::fs::read(work.join("numbers.f32"))?;
        let (words, _) = bytes.as_chunks();
        let numbers: Vec<f32> = words.iter().map(|&word| f32::from_le_bytes(word)).collect();
        Ok(Self(numbers.into_iter()))
    }

    /// The next array, each number after `change`.
    pub fn take<const D: usize>(
        &mut self,
        shape: [usize; D],
        change: impl Fn(f32) -> f32,
        device: &Device,
    ) -> Result<Tensor<D>> {
        let count = shape.iter().product();
        let taken: Vec<f32> = self.0.by_ref().take(count).map(change).collect();
        ensure!(taken.len() == count, "the input is too short");
        Ok(Tensor::from_data(TensorData::new(taken, shape), device))
    }
}
