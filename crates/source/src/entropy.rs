//! Entropies of distributions and what is known of the entropy rate of a source.

use serde::{Deserialize, Serialize};

use crate::Error;

/// Shannon entropy `-Σ p log2 p` in bits of probabilities or unnormalised weights.
///
/// Weights are divided by their sum; zero weights contribute nothing. What is no distribution has
/// no entropy: NaN where a weight is negative or not finite, where all are zero, where there is
/// none.
///
/// ```
/// use dissensus_source::entropy_bits;
/// assert_eq!(entropy_bits(&[0.5, 0.25, 0.25]), 1.5);
/// assert_eq!(entropy_bits(&[2.0, 1.0, 1.0]), 1.5);
/// assert!(entropy_bits(&[-1.0, 2.0]).is_nan());
/// ```
pub fn entropy_bits(weights: &[f64]) -> f64 {
    let valid = |w: &f64| w.is_finite() && *w >= 0.0;
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if !weights.iter().all(valid) || largest == 0.0 {
        return f64::NAN;
    }
    if weights.iter().sum::<f64>().is_normal() {
        return weighted_entropy_bits(weights);
    }
    // Sums that overflow, or that have lost their digits below the normal numbers.
    let scaled: Vec<f64> = weights.iter().map(|w| w / largest).collect();
    weighted_entropy_bits(&scaled)
}

/// [`entropy_bits`] of weights that are known to be some, or to be nothing: nothing gives 0.
pub(crate) fn weighted_entropy_bits(weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let plain: f64 = weights.iter().map(|&w| plogp(w / total)).sum();
    plain.max(0.0)
}

/// `-p log2 p`, 0 at 0.
pub(crate) fn plogp(p: f64) -> f64 {
    if p > 0.0 { -p * p.log2() } else { 0.0 }
}

/// What is known of an entropy, in bits per symbol.
///
/// `low == high` where the value is exact (to rounding).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Certainly not below this.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub low: f64,
    /// Certainly not above this.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub high: f64,
}

impl Bounds {
    /// An exact value.
    #[must_use]
    pub fn exact(bits: f64) -> Self {
        Self {
            low: bits,
            high: bits,
        }
    }

    /// The value, where the two bounds agree to 1e-9.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.high - self.low <= 1e-9).then_some(0.5 * (self.low + self.high))
    }

    /// Middle of the two bounds.
    #[must_use]
    pub fn middle(&self) -> f64 {
        0.5 * (self.low + self.high)
    }
}

impl std::fmt::Display for Bounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.value() {
            Some(bits) => write!(f, "{bits:.6} bits"),
            None => write!(f, "{:.6} to {:.6} bits", self.low, self.high),
        }
    }
}

/// A mean over independent samples with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SampleMean {
    /// The mean, in bits per symbol.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub bits: f64,
    /// Standard error of the mean over `samples`.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub standard_error: f64,
    /// Number of independent samples.
    pub samples: usize,
}

impl SampleMean {
    /// Mean and standard error of independent values.
    ///
    /// `standard_error = sqrt(Σ (v - mean)² / (n - 1) / n)`, infinite for one value.
    ///
    /// ```
    /// use dissensus_source::SampleMean;
    /// let mean = SampleMean::of(&[1.0, 2.0, 3.0])?;
    /// assert_eq!((mean.bits, mean.samples), (2.0, 3));
    /// assert!((mean.standard_error - (1.0f64 / 3.0).sqrt()).abs() < 1e-12);
    /// # Ok::<(), dissensus_source::Error>(())
    /// ```
    ///
    /// # Errors
    /// No value; a value that is not finite.
    pub fn of(values: &[f64]) -> Result<Self, Error> {
        if values.is_empty() {
            return Err(Error::TooFew {
                what: "values of a mean",
                expected: 1,
                found: 0,
            });
        }
        if let Some(position) = values.iter().position(|v| !v.is_finite()) {
            return Err(Error::NotFinite {
                what: "value of a mean",
                position,
                value: values[position],
            });
        }
        // Fractions of the largest value keep sums of huge values finite, and squares of tiny ones
        // above 0.
        let scale = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let plain = scale == 0.0 || (TINY..=HUGE).contains(&scale);
        let unit = if plain { 1.0 } else { scale };
        let n = values.len() as f64;
        let mean = values.iter().map(|v| v / unit).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v / unit - mean).powi(2)).sum();
        let standard_error = if values.len() < 2 {
            f64::INFINITY
        } else {
            unit * (squares / (n - 1.0) / n).sqrt()
        };
        Ok(Self {
            bits: unit * mean,
            standard_error,
            samples: values.len(),
        })
    }

    /// Lower end of the normal 95 % interval.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.bits - 1.96 * self.standard_error
    }

    /// Upper end of the normal 95 % interval.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.bits + 1.96 * self.standard_error
    }
}

/// Above this a square overflows.
const HUGE: f64 = 1e150;
/// Below this a square loses digits.
const TINY: f64 = 1e-140;

impl std::fmt::Display for SampleMean {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.4} ± {:.4} bits",
            self.bits,
            1.96 * self.standard_error
        )
    }
}

/// Checks that a row is a probability distribution (sum within 1e-9 of one).
pub(crate) fn check_row(what: &'static str, row: usize, p: &[f64]) -> Result<(), Error> {
    let wrong = |v: &f64| !(0.0..=1.0 + 1e-9).contains(v);
    if let Some(entry) = p.iter().position(wrong) {
        return Err(Error::Probability {
            what,
            row,
            entry,
            value: p[entry],
        });
    }
    let sum: f64 = p.iter().sum();
    if (sum - 1.0).abs() <= 1e-9 {
        Ok(())
    } else {
        Err(Error::Sum { what, row, sum })
    }
}

/// Checks that a parameter lies in `[0, 1]`.
pub(crate) fn check_probability(name: &'static str, value: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(Error::Parameter {
            name,
            value,
            expected: "a probability",
        })
    }
}

/// Checks that a mean length is at least one symbol.
pub(crate) fn check_length(name: &'static str, value: f64) -> Result<(), Error> {
    if value >= 1.0 && value.is_finite() {
        Ok(())
    } else {
        Err(Error::Parameter {
            name,
            value,
            expected: "a finite length of at least 1",
        })
    }
}

/// Checks that a count lies in a range.
pub(crate) fn check_count(
    name: &'static str,
    value: usize,
    range: std::ops::RangeInclusive<usize>,
    expected: &'static str,
) -> Result<(), Error> {
    if range.contains(&value) {
        Ok(())
    } else {
        Err(Error::Parameter {
            name,
            value: value as f64,
            expected,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_of_nothing_is_refused() {
        assert!(matches!(SampleMean::of(&[]), Err(Error::TooFew { .. })));
        assert!(matches!(
            SampleMean::of(&[1.0, f64::NAN]),
            Err(Error::NotFinite { position: 1, .. })
        ));
    }

    #[test]
    fn a_mean_of_one_survives_json() {
        let one = SampleMean::of(&[1.5]).unwrap();
        assert_eq!(one.standard_error, f64::INFINITY);
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<SampleMean>(&text).unwrap(), one);
    }

    #[test]
    fn the_mean_of_huge_values_is_finite() {
        let mean = SampleMean::of(&[1e308, 1.5e308, 1e308]).unwrap();
        assert!((mean.bits / 1e308 - 3.5 / 3.0).abs() < 1e-12);
        // s = 0.5e308 / sqrt(3), divided by sqrt(3).
        assert!((mean.standard_error / 1e308 - 0.5 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_mean_of_tiny_values_has_its_standard_error() {
        let mean = SampleMean::of(&[1e-200, 3e-200]).unwrap();
        // s = sqrt(2)e-200, divided by sqrt(2).
        assert!((mean.bits / 1e-200 - 2.0).abs() < 1e-12);
        assert!((mean.standard_error / 1e-200 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn weights_at_the_ends_of_the_numbers_have_their_entropy() {
        for w in [1e-320, 1e308, 1.0] {
            assert!((entropy_bits(&[w, w, w, w]) - 2.0).abs() < 1e-12, "{w}");
        }
        for wrong in [
            &[][..],
            &[0.0, 0.0],
            &[f64::NAN, 0.5],
            &[f64::INFINITY, 1.0],
        ] {
            assert!(entropy_bits(wrong).is_nan(), "{wrong:?}");
        }
    }

    #[test]
    fn a_row_is_refused_by_what_is_wrong_with_it() {
        let message = |p: &[f64]| check_row("row", 3, p).unwrap_err().to_string();
        assert_eq!(
            message(&[-0.1, 1.1]),
            "row 3: entry 0 is -0.1, expected a probability"
        );
        assert_eq!(
            message(&[0.4, f64::NAN]),
            "row 3: entry 1 is NaN, expected a probability"
        );
        assert_eq!(
            message(&[0.5, 0.4]),
            "row 3: the probabilities sum to 0.9, expected 1"
        );
    }

    #[test]
    fn edges_of_ranges_belong_to_them() {
        assert!(check_probability("p", 0.0).is_ok() && check_probability("p", 1.0).is_ok());
        assert!(check_length("length", 1.0).is_ok());
        for wrong in [0.99, f64::NAN, f64::INFINITY, -1.0] {
            assert!(check_length("length", wrong).is_err());
        }
        for wrong in [-1e-9, 1.1, f64::NAN] {
            assert!(check_probability("p", wrong).is_err());
        }
        assert!(check_count("count", 2, 2..=3, "2 or 3").is_ok());
        assert!(check_count("count", 4, 2..=3, "2 or 3").is_err());
    }

    #[test]
    fn bounds_are_a_value_where_they_agree() {
        assert_eq!(Bounds::exact(1.5).value(), Some(1.5));
        let apart = Bounds {
            low: 1.0,
            high: 2.0,
        };
        assert_eq!((apart.value(), apart.middle()), (None, 1.5));
        assert_eq!(apart.to_string(), "1.000000 to 2.000000 bits");
        assert_eq!(Bounds::exact(1.5).to_string(), "1.500000 bits");
    }
}
