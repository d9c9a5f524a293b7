//! Standardisation.

use serde::{Deserialize, Serialize};

use crate::error::{parameter, same_length};
use crate::{Error, Features, product};

/// Subtracts from each column its mean and divides it by its standard deviation, both of the rows that it was fitted on.
///
/// z = (x − m)/s with s² = Σ(x − m)²/n. A column that is constant on the rows fitted gets s = 1, so it becomes 0 there.
/// It is fitted on training rows only; to fit it on all rows is to look at the test.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Other numbers of means than of deviations, a mean that is not finite, a deviation that is not above 0.
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
        let mut squares = vec![0.0; means.len()];
        for row in training.values().chunks_exact(means.len()) {
            for ((square, value), mean) in squares.iter_mut().zip(row).zip(&means) {
                *square += (value - mean).powi(2);
            }
        }
        let rows = training.rows() as f64;
        let deviation = |(square, mean): (f64, &f64)| {
            let deviation = (square / rows).sqrt();
            // The mean of equal values may miss them by rounding.
            if deviation <= mean.abs() * f64::EPSILON * 8.0 {
                1.0
            } else {
                deviation
            }
        };
        let deviations = squares.into_iter().zip(&means).map(deviation).collect();
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
