//! Standardisation.

use serde::{Deserialize, Serialize};

use crate::error::{parameter, same_length};
use crate::{Error, Features, product};

/// Subtracts from each column its mean and divides it by its standard deviation, both of the rows
/// that it was fitted on.
///
/// z = (x − m)/s with s² = Σ(x − m)²/n. A column that is constant on the rows fitted gets s = 1, so
/// it becomes 0 there. It is fitted on training rows only; to fit it on all rows is to look at the
/// test.
///
/// ```
/// use dissensus_probe::{Features, Standardizer};
///
/// let training = Features::new(vec![1.0, 3.0], 1)?;
/// let fitted = Standardizer::fit(&training);
/// assert_eq!((fitted.means[0], fitted.deviations[0]), (2.0, 1.0));
/// assert_eq!(fitted.apply(&Features::new(vec![5.0], 1)?)?.row(0), [3.0]);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Standardizer {
    /// The mean of each column.
    pub means: Vec<f64>,
    /// The standard deviation of each column; 1 where it is constant.
    pub deviations: Vec<f64>,
}

/// [`Standardizer`] as it comes out of a file.
#[derive(Deserialize)]
struct Stored {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl TryFrom<Stored> for Standardizer {
    type Error = Error;

    /// # Errors
    /// Other numbers of means than of deviations, a mean that is not finite, a deviation that is
    /// not above 0.
    fn try_from(Stored { means, deviations }: Stored) -> Result<Self, Error> {
        same_length("deviations", means.len(), deviations.len())?;
        for &mean in &means {
            parameter("mean", "finite", mean, mean.is_finite())?;
        }
        for &deviation in &deviations {
            let holds = deviation > 0.0 && deviation.is_finite();
            parameter("deviation", "finite and above 0", deviation, holds)?;
        }
        Ok(Self { means, deviations })
    }
}

impl Standardizer {
    /// Means and deviations of the columns.
    #[must_use]
    pub fn fit(training: &Features) -> Self {
        let means = product::means(training);
        let units = units(training, &means);
        let mut squares = vec![0.0; means.len()];
        for row in training.values().chunks_exact(means.len()) {
            let columns = squares.iter_mut().zip(row).zip(&means).zip(&units);
            for (((square, value), mean), unit) in columns {
                *square += ((value - mean) / unit).powi(2);
            }
        }
        let rows = training.rows() as f64;
        let deviation = |((square, mean), unit): ((f64, &f64), &f64)| {
            let deviation = (square / rows).sqrt() * unit;
            // The mean of equal values may miss them by rounding.
            if deviation <= mean.abs() * f64::EPSILON * 8.0 {
                1.0
            } else {
                deviation
            }
        };
        let columns = squares.into_iter().zip(&means).zip(&units);
        let deviations = columns.map(deviation).collect();
        Self { means, deviations }
    }

    /// The standardised rows.
    ///
    /// # Errors
    /// Another number of columns than was fitted.
    pub fn apply(&self, features: &Features) -> Result<Features, Error> {
        features.expect_columns(self.means.len())?;
        let mut values = features.values().to_vec();
        for row in values.chunks_exact_mut(self.means.len()) {
            for ((value, mean), deviation) in row.iter_mut().zip(&self.means).zip(&self.deviations)
            {
                *value = (*value - mean) / deviation;
            }
        }
        Features::new(values, self.means.len())
    }
}

/// A power of two for each column, by which its distances from the mean are divided so that their
/// squares do not vanish; 1 for all of ordinary size, which so keep their bits.
fn units(training: &Features, means: &[f64]) -> Vec<f64> {
    let mut largest = vec![0.0_f64; means.len()];
    for row in training.values().chunks_exact(means.len()) {
        for ((largest, value), mean) in largest.iter_mut().zip(row).zip(means) {
            *largest = largest.max((value - mean).abs());
        }
    }
    let unit = |largest: f64| {
        if largest == 0.0 || largest >= 1e-100 {
            1.0
        } else {
            largest.log2().floor().max(-1022.0).exp2()
        }
    };
    largest.into_iter().map(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_that_do_not_fit_are_not_read() {
        let read = |text: &str| serde_json::from_str::<Standardizer>(text);
        assert!(read(r#"{"means":[1.0],"deviations":[2.0]}"#).is_ok());
        for text in [
            r#"{"means":[1.0],"deviations":[]}"#,
            r#"{"means":[1.0],"deviations":[0.0]}"#,
            r#"{"means":[1.0],"deviations":[-1.0]}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_constant_column_becomes_zero() {
        let features = Features::new(vec![0.1; 30], 1).unwrap();
        let scaled = Standardizer::fit(&features).apply(&features).unwrap();
        assert!(scaled.values().iter().all(|v| v.abs() < 1e-12));
    }
}
