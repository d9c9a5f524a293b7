//! Entropies of distributions and what is known of the entropy rate of a source.

use serde::{Deserialize, Serialize};

/// Shannon entropy `-Σ p log2 p` in bits of probabilities or unnormalised weights.
///
/// Weights are divided by their sum; zero weights contribute nothing, no weight at all gives 0.
///
/// ```
/// use dissensus_source::entropy_bits;
/// assert_eq!(entropy_bits(&[0.5, 0.25, 0.25]), 1.5);
/// assert_eq!(entropy_bits(&[2.0, 1.0, 1.0]), 1.5);
/// ```
pub fn entropy_bits(weights: &[f64]) -> f64 {
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Certainly not below this.
    pub low: f64,
    /// Certainly not above this.
    pub high: f64,
}

impl Bounds {
    /// An exact value.
    pub fn exact(bits: f64) -> Self {
        Self {
            low: bits,
            high: bits,
        }
    }

    /// The value, where the two bounds agree to 1e-9.
    pub fn value(&self) -> Option<f64> {
        (self.high - self.low <= 1e-9).then_some(0.5 * (self.low + self.high))
    }

    /// Middle of the two bounds.
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleMean {
    /// The mean, in bits per symbol.
    pub bits: f64,
    /// Standard error of the mean over `samples`.
    pub standard_error: f64,
    /// Number of independent samples.
    pub samples: usize,
}

impl SampleMean {
    /// Mean and standard error of independent values.
    ///
    /// `standard_error = sqrt(Σ (v - mean)² / (n - 1) / n)`, infinite for fewer than two values.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let bits = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - bits).powi(2)).sum();
        let standard_error = if values.len() < 2 {
            f64::INFINITY
        } else {
            (squares / (n - 1.0) / n).sqrt()
        };
        Self {
            bits,
            standard_error,
            samples: values.len(),
        }
    }

    /// Lower end of the normal 95 % interval.
    pub fn low(&self) -> f64 {
        self.bits - 1.96 * self.standard_error
    }

    /// Upper end of the normal 95 % interval.
    pub fn high(&self) -> f64 {
        self.bits + 1.96 * self.standard_error
    }
}

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
pub(crate) fn check_row(what: &'static str, row: usize, p: &[f64]) -> Result<(), crate::Error> {
    let sum: f64 = p.iter().sum();
    let valid = p.iter().all(|&v| v.is_finite() && v >= 0.0) && (sum - 1.0).abs() <= 1e-9;
    if valid {
        Ok(())
    } else {
        Err(crate::Error::Probabilities { what, row, sum })
    }
}

/// Checks that a parameter lies in `[0, 1]`.
pub(crate) fn check_probability(name: &'static str, value: f64) -> Result<(), crate::Error> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(crate::Error::Parameter {
            name,
            value,
            expected: "a probability",
        })
    }
}
