//! Where the weights of a new model come from.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::{Config, Error};

/// How a fresh parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Start {
    Zeros,
    Ones,
    Gaussian,
    /// Gaussian with the padding token's row zero.
    Words,
}

/// Gives each parameter its values, in the order in which the model is built.
pub(crate) trait Source {
    /// Row-major values of the parameter, in the model's layout.
    fn values(&mut self, name: &str, shape: &[usize], start: Start) -> Result<Vec<f32>, Error>;
}

/// A parameter from a source.
pub(crate) fn parameter<const D: usize>(
    source: &mut dyn Source,
    name: &str,
    shape: [usize; D],
    start: Start,
    device: &Device,
) -> Result<Param<Tensor<D>>, Error> {
    let values = source.values(name, &shape, start)?;
    Ok(Param::from_data(TensorData::new(values, shape), device))
}

/// Fresh weights: the `n`-th parameter draws from stream `n` of the seed.
pub(crate) struct Gaussian {
    seed: u64,
    stream: u64,
    deviation: f32,
    pad: Option<u32>,
}

impl Gaussian {
    pub(crate) fn new(config: &Config, seed: u64) -> Self {
        Self {
            seed,
            stream: 0,
            deviation: config.initializer_range as f32,
            pad: config.pad_token_id,
        }
    }

    fn draw(&self, count: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.stream);
        let Ok(normal) = Normal::new(0.0f32, self.deviation) else {
            return vec![0.0; count]; // a validated configuration has a finite deviation
        };
        normal.sample_iter(&mut rng).take(count).collect()
    }
}

impl Source for Gaussian {
    fn values(&mut self, _name: &str, shape: &[usize], start: Start) -> Result<Vec<f32>, Error> {
        let count = shape.iter().product();
        let mut values = match start {
            Start::Zeros => vec![0.0; count],
            Start::Ones => vec![1.0; count],
            Start::Gaussian | Start::Words => self.draw(count),
        };
        if let (Start::Words, Some(pad)) = (start, self.pad) {
            let width = shape[1];
            values[pad as usize * width..][..width].fill(0.0);
        }
        self.stream += 1;
        Ok(values)
    }
}
