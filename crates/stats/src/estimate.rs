//! A value and how sure it is.

use std::fmt;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// A value with its standard error and an interval.
///
/// Where no interval could be computed (one member, say) the standard error and the bounds are infinite, which JSON
/// shows as `null`; see [`Estimate::without_interval`].
///
/// ```
/// use dissensus_stats::Estimate;
///
/// let estimate = Estimate { value: 0.54, standard_error: 0.02, low: 0.5, high: 0.58, level: 0.95, samples: 5 };
/// assert_eq!(format!("{estimate:.2}"), "0.54 [0.50, 0.58]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value from all samples.
    pub value: f64,
    /// Its standard error.
    #[serde(with = "upper")]
    pub standard_error: f64,
    /// Lower bound of the interval.
    #[serde(with = "lower")]
    pub low: f64,
    /// Upper bound of the interval.
    #[serde(with = "upper")]
    pub high: f64,
    /// The level of confidence of the interval, such as 0.95; 0 where there is none.
    pub level: f64,
    /// How many units were resampled: members, sequences, labels.
    pub samples: usize,
}

impl Estimate {
    /// A value of which only the value is known: the interval is the whole line.
    ///
    /// ```
    /// use dissensus_stats::Estimate;
    ///
    /// let alone = Estimate::without_interval(3.5, 1);
    /// assert_eq!(alone.to_string(), "3.5");
    /// assert!(!alone.has_interval());
    /// ```
    pub fn without_interval(value: f64, samples: usize) -> Self {
        Self {
            value,
            standard_error: f64::INFINITY,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            level: 0.0,
            samples,
        }
    }

    /// Whether the interval says anything.
    pub fn has_interval(&self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    /// Half of the width of the interval.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether the interval covers `value`.
    pub fn covers(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// `value ± t · standard_error`, t the two-sided quantile of Student's distribution with `freedom` degrees.
    pub(crate) fn student(
        value: f64,
        standard_error: f64,
        freedom: usize,
        level: f64,
        samples: usize,
    ) -> Self {
        let half = student_quantile(freedom, level) * standard_error;
        Self {
            value,
            standard_error,
            low: value - half,
            high: value + half,
            level,
            samples,
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)?;
        if self.has_interval() {
            f.write_str(" [")?;
            fmt::Display::fmt(&self.low, f)?;
            f.write_str(", ")?;
            fmt::Display::fmt(&self.high, f)?;
            f.write_str("]")?;
        }
        Ok(())
    }
}

/// t such that a Student variable lies inside ±t with probability `level`.
fn student_quantile(freedom: usize, level: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom.max(1) as f64) {
        Ok(t) => t.inverse_cdf(0.5 + level / 2.0),
        Err(_) => f64::INFINITY,
    }
}

/// z such that a normal variable lies inside ±z with probability `level`.
pub(crate) fn normal_quantile(level: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + level / 2.0)
}

/// JSON has no infinity: an infinite upper bound is written as `null`.
mod upper {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        super::write(*value, serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
    }
}

/// JSON has no infinity: an infinite lower bound is written as `null`.
mod lower {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        super::write(*value, serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NEG_INFINITY))
    }
}

fn write<S: serde::Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_some(&value)
    } else {
        serializer.serialize_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        assert!((student_quantile(4, 0.95) - 2.776_445_105_198_6).abs() < 1e-9); // scipy.stats.t.ppf(0.975, 4)
    }

    #[test]
    fn an_estimate_without_interval_survives_json() {
        let estimate = Estimate::without_interval(2.5, 1);
        let text = serde_json::to_string(&estimate).unwrap();
        assert_eq!(serde_json::from_str::<Estimate>(&text).unwrap(), estimate);
    }
}
