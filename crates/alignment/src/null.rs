//! What a measure gives when rows are matched at random.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::{Error, Table};

/// Values of a measure under no relation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Null {
    /// One value per draw.
    pub values: Vec<f64>,
}

impl Null {
    /// Mean of the draws: the chance level.
    pub fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// Standard deviation of the draws (n − 1); 0 for a single draw.
    pub fn standard_deviation(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.values.iter().map(|v| (v - mean).powi(2)).sum();
        (squares / (self.values.len() as f64 - 1.0).max(1.0)).sqrt()
    }

    /// Share of draws at least as large as `observed`, the observation counted as one: (1 + #{≥}) / (1 + draws).
    pub fn p_at_least(&self, observed: f64) -> f64 {
        let larger = self.values.iter().filter(|&&v| v >= observed).count();
        (1 + larger) as f64 / (1 + self.values.len()) as f64
    }
}

/// Measures the tables `draws` times with the rows of the second in random order: both keep their geometry, only the matching of
/// tokens is lost.
///
/// # Errors
/// [`Error::Parameter`] without draws, and whatever `measure` returns.
///
/// ```
/// use dissensus_alignment::{Table, null, top_k_overlap};
/// let table = Table::new((0..200).map(|i| ((i * i) as f32).sin()).collect(), 4)?;
/// let null = null::permutation(&table, &table, 40, 7, |a, b| Ok(top_k_overlap(a, b, &[5])?[0].score.value))?;
/// // The exact expectation is 0.0577.
/// assert!((null.mean() - 0.0577).abs() < 0.01);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn permutation(
    first: &Table,
    second: &Table,
    draws: usize,
    seed: u64,
    measure: impl Fn(&Table, &Table) -> Result<f64, Error>,
) -> Result<Null, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..second.rows()).collect();
    null(draws, || {
        order.shuffle(&mut rng);
        measure(first, &second.select(&order)?)
    })
}

/// Measures `draws` pairs of independent Gaussian tables of the shape given.
///
/// # Errors
/// [`Error::Parameter`] without draws, and whatever `measure` returns.
pub fn gaussian(
    (rows, dimension): (usize, usize),
    draws: usize,
    seed: u64,
    measure: impl Fn(&Table, &Table) -> Result<f64, Error>,
) -> Result<Null, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut table = || {
        let draw = |_| -> f32 { StandardNormal.sample(&mut rng) };
        Table::new((0..rows * dimension).map(draw).collect(), dimension)
    };
    null(draws, || measure(&table()?, &table()?))
}

fn null(draws: usize, mut draw: impl FnMut() -> Result<f64, Error>) -> Result<Null, Error> {
    if draws == 0 {
        return Err(Error::Parameter {
            name: "draws",
            value: 0.0,
            expected: "at least 1",
        });
    }
    Ok(Null {
        values: (0..draws).map(|_| draw()).collect::<Result<_, _>>()?,
    })
}
