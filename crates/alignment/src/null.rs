//! What a measure gives when rows are matched at random.

use std::fmt;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::{EmbeddingTable, Error};

/// Values of a measure under no relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Null {
    /// One value per draw.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub values: Vec<f64>,
}

impl Null {
    /// Mean of the draws: the chance level.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// Standard deviation of the draws (n − 1); 0 for a single draw.
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.values.iter().map(|v| (v - mean).powi(2)).sum();
        (squares / (self.values.len() as f64 - 1.0).max(1.0)).sqrt()
    }

    /// Standard error of [`Null::mean`]; 0 for a single draw.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        self.standard_deviation() / (self.values.len() as f64).sqrt()
    }

    /// Fraction of draws at least as large as `observed`, the observation counted as one: (1 +
    /// #{≥}) / (1 + draws).
    ///
    /// A draw within 1e-7 of the observation, relative to the larger of the two, counts as equal:
    /// symmetric tables reach one value by many permutations, and rounding would put half of them
    /// below.
    ///
    /// # Errors
    /// [`Error::ObservedNaN`] when the observation is not a number.
    pub fn p_at_least(&self, observed: f64) -> Result<f64, Error> {
        self.p(observed, |draw, observed| draw >= observed)
    }

    /// The same for values that are small where tables agree: (1 + #{≤}) / (1 + draws).
    ///
    /// # Errors
    /// As [`Null::p_at_least`].
    pub fn p_at_most(&self, observed: f64) -> Result<f64, Error> {
        self.p(observed, |draw, observed| draw <= observed)
    }

    fn p(&self, observed: f64, beyond: fn(f64, f64) -> bool) -> Result<f64, Error> {
        if observed.is_nan() {
            let draws = self.values.len();
            return Err(Error::ObservedNaN { draws });
        }
        let near = |v: f64| (v - observed).abs() <= EQUAL * v.abs().max(observed.abs());
        let equal = |v: f64| observed.is_finite() && v.is_finite() && near(v);
        let values = self.values.iter();
        let as_far = values.filter(|&&v| beyond(v, observed) || equal(v)).count();
        Ok((1 + as_far) as f64 / (1 + self.values.len()) as f64)
    }

    /// Mean, its error and the fraction of draws that reach `observed`, which agrees more the
    /// larger it is.
    ///
    /// # Errors
    /// As [`Null::p_at_least`].
    pub fn level_of_similarity(&self, observed: f64) -> Result<NullLevel, Error> {
        Ok(self.level(self.p_at_least(observed)?))
    }

    /// The same of a value that agrees more the smaller it is.
    ///
    /// # Errors
    /// As [`Null::p_at_least`].
    pub fn level_of_distance(&self, observed: f64) -> Result<NullLevel, Error> {
        Ok(self.level(self.p_at_most(observed)?))
    }

    fn level(&self, p: f64) -> NullLevel {
        NullLevel {
            draws: self.values.len(),
            mean: self.mean(),
            standard_error: self.standard_error(),
            p,
        }
    }
}

/// Draws this near to the observation, relative to the larger of the two, are equal to it: single
/// precision knows no better.
const EQUAL: f64 = 1e-7;

/// A chance level that was drawn, and where a measured value lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NullLevel {
    /// Draws made.
    pub draws: usize,
    /// Their mean.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub mean: f64,
    /// Standard error of the mean.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub standard_error: f64,
    /// Fraction of draws, the observation counted as one, that agree as much as the observation.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub p: f64,
}

impl fmt::Display for NullLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            draws,
            mean,
            standard_error,
            p,
        } = self;
        write!(
            f,
            "{mean:.4} ± {standard_error:.4} over {draws} permutations, p = {p:.3}"
        )
    }
}

/// Measures the tables `draws` times with the rows of the second in random order: both keep their
/// geometry, only the matching of tokens is lost.
///
/// # Errors
/// [`Error::Parameter`] without draws, and whatever `measure` returns.
///
/// ```
/// use dissensus_alignment::{EmbeddingTable, null, top_k_overlap};
/// let table = EmbeddingTable::new((0..200).map(|i| ((i * i) as f32).sin()).collect(), 4)?;
/// let null = null::permutation(&table, &table, 40, 7, |a, b| {
///     Ok(top_k_overlap(a, b, &[5])?[0].score.value)
/// })?;
/// // The exact expectation is 0.0577.
/// assert!((null.mean() - 0.0577).abs() < 0.01);
/// # Ok::<(), dissensus_alignment::Error>(())
/// ```
pub fn permutation(
    first: &EmbeddingTable,
    second: &EmbeddingTable,
    draws: usize,
    seed: u64,
    measure: impl Fn(&EmbeddingTable, &EmbeddingTable) -> Result<f64, Error>,
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
    measure: impl Fn(&EmbeddingTable, &EmbeddingTable) -> Result<f64, Error>,
) -> Result<Null, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut table = || {
        let draw = |_| -> f32 { StandardNormal.sample(&mut rng) };
        EmbeddingTable::new((0..rows * dimension).map(draw).collect(), dimension)
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
