//! Where the values of a model's parameters come from.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::Error;

/// How a fresh parameter starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Normally distributed around 0.
    Gaussian,
    /// Normally distributed around 0, with the padding token's row 0.
    Words,
}

/// Gives each parameter its values, in the order in which a model is built.
pub trait ParameterSource {
    /// Row-major values of the parameter, in the model's layout.
    ///
    /// # Errors
    /// Those of the files it reads.
    fn values(&mut self, name: &str, shape: &[usize], start: Start) -> Result<Vec<f32>, Error>;

    /// Row-major values of an array that is no parameter, where the source has it: see
    /// [`Constant`].
    ///
    /// # Errors
    /// Those of the files it reads.
    fn constant(&mut self, _name: &str, _shape: &[usize]) -> Result<Option<Vec<f32>>, Error> {
        Ok(None)
    }
}

/// An array of a model that is not trained, and that files hold beside the parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// Its name, as a parameter has one.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

/// A parameter from a source.
///
/// # Errors
/// Those of the source.
pub fn parameter<const D: usize>(
    source: &mut dyn ParameterSource,
    name: &str,
    shape: [usize; D],
    start: Start,
    device: &Device,
) -> Result<Param<Tensor<D>>, Error> {
    let values = source.values(name, &shape, start)?;
    Ok(Param::from_data(TensorData::new(values, shape), device))
}

/// Fresh weights: the `n`-th parameter draws from stream `n` of the seed.
#[derive(Debug, Clone)]
pub struct FreshWeights {
    seed: u64,
    stream: u64,
    deviation: f32,
    padding: Option<u32>,
}

impl FreshWeights {
    /// Weights with this standard deviation; the row of the padding token, if there is one, is 0.
    #[must_use]
    pub fn new(deviation: f64, padding: Option<u32>, seed: u64) -> Self {
        Self {
            seed,
            stream: 0,
            deviation: deviation as f32,
            padding,
        }
    }

    fn draw(&self, count: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.stream);
        let Ok(normal) = Normal::new(0.0f32, self.deviation) else {
            return vec![0.0; count]; // a checked configuration has a finite deviation
        };
        normal.sample_iter(&mut rng).take(count).collect()
    }
}

impl ParameterSource for FreshWeights {
    fn values(&mut self, _name: &str, shape: &[usize], start: Start) -> Result<Vec<f32>, Error> {
        let count = shape.iter().product();
        let mut values = match start {
            Start::Zeros => vec![0.0; count],
            Start::Ones => vec![1.0; count],
            Start::Gaussian | Start::Words => self.draw(count),
        };
        if let (Start::Words, Some(padding)) = (start, self.padding) {
            let width = shape[1];
            values[padding as usize * width..][..width].fill(0.0);
        }
        self.stream += 1;
        Ok(values)
    }
}
