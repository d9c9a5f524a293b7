//! A value and how sure it is.

use std::fmt;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::Error;

/// A value with its standard error and an interval.
///
/// Where no interval could be computed (one member, say) the standard error and the bounds are
/// infinite, which JSON shows as `null`; see [`Estimate::without_interval`]. Other numbers that
/// are not finite are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
///
/// ```
/// use dissensus_stats::Estimate;
///
/// let estimate = Estimate {
///     value: 0.54,
///     standard_error: 0.02,
///     low: 0.5,
///     high: 0.58,
///     level: 0.95,
///     samples: 5,
/// };
/// assert_eq!(format!("{estimate:.2}"), "0.54 [0.50, 0.58]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value from all samples.
    #[serde(with = "dissensus_kernels::non_finite")]
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
    #[serde(with = "dissensus_kernels::non_finite")]
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
    #[must_use]
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
    #[must_use]
    pub fn has_interval(&self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    /// Whether the interval is a point: all units had the same value. Then nothing was learnt of
    /// how much units differ, and the point is no certainty; see [`Estimate::within`].
    ///
    /// ```
    /// use dissensus_stats::jackknife_mean;
    ///
    /// assert!(jackknife_mean(&[1.0, 1.0, 1.0], 0.95)?.is_degenerate());
    /// assert!(!jackknife_mean(&[1.0, 1.0, 0.9], 0.95)?.is_degenerate());
    /// # Ok::<(), dissensus_stats::Error>(())
    /// ```
    #[must_use]
    pub fn is_degenerate(&self) -> bool {
        self.has_interval() && self.low == self.high
    }

    /// The same value with an interval that stays in the range of the quantity: (0, 1) for a rate,
    /// (0, log2 V) for an entropy, (0, ∞) for a divergence.
    ///
    /// The interval is taken on the logit scale of the range, g(v) = ln (v − a)/(b − v), with
    /// half the width h of the interval carried over by g′: v ↦ g⁻¹(g(v) ± h·g′(v)); where one end
    /// of the range is infinite, on the logarithm of the distance from the other. A value at an
    /// end of the range has no such interval: its interval is cut to the range.
    ///
    /// ```
    /// use dissensus_stats::jackknife_mean;
    ///
    /// let rate = jackknife_mean(&[0.5, 0.99, 0.95], 0.95)?;
    /// assert!(rate.high > 1.4);
    /// let rate = rate.within(0.0, 1.0)?;
    /// assert!(rate.low > 0.0 && rate.high < 1.0 && rate.covers(rate.value));
    /// # Ok::<(), dissensus_stats::Error>(())
    /// ```
    ///
    /// # Errors
    /// An empty range, a value outside it.
    pub fn within(self, lowest: f64, highest: f64) -> Result<Self, Error> {
        if !(lowest <= self.value && self.value <= highest && lowest < highest) {
            return Err(Error::Parameter {
                name: "estimate",
                expected: "a value in its range",
                value: self.value,
            });
        }
        let (below, above) = (self.value - lowest, highest - self.value);
        let half = self.half_width();
        let unbounded = below.is_infinite() && above.is_infinite();
        if below == 0.0 || above == 0.0 || unbounded || !half.is_finite() {
            return Ok(Self {
                low: self.low.max(lowest),
                high: self.high.min(highest),
                ..self
            });
        }
        let shift = half * (1.0 / below + 1.0 / above);
        let (low, high) = if lowest.is_finite() {
            let at = |shift| lowest + moved(below, above, shift);
            (at(-shift), at(shift))
        } else {
            let at = |shift| highest - moved(above, below, shift);
            (at(shift), at(-shift))
        };
        Ok(Self {
            low: low.max(lowest),
            high: high.min(highest),
            ..self
        })
    }

    /// Half of the width of the interval.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether the interval covers `value`.
    #[must_use]
    pub fn covers(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// `value ± t · standard_error`, t the two-sided quantile of Student's distribution with
    /// `freedom` degrees.
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

/// The distance from one end of a range, `below` as it is and `above` from the other end (which may
/// be infinite), once the logarithm of the odds below : above has grown by `shift`.
fn moved(below: f64, above: f64, shift: f64) -> f64 {
    let odds = below / above;
    if shift > 0.0 {
        below * (1.0 + odds) / ((-shift).exp() + odds)
    } else {
        below * (1.0 + odds) * shift.exp() / (1.0 + odds * shift.exp())
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

/// An infinite upper bound is written as `null`.
mod upper {
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        super::write(*value, f64::INFINITY, serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        super::read(f64::INFINITY, deserializer)
    }
}

/// An infinite lower bound is written as `null`.
mod lower {
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        super::write(*value, f64::NEG_INFINITY, serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        super::read(f64::NEG_INFINITY, deserializer)
    }
}

/// A number that may be any.
#[derive(Serialize, Deserialize)]
struct Stored(#[serde(with = "dissensus_kernels::non_finite")] f64);

fn write<S: serde::Serializer>(value: f64, none: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value == none {
        serializer.serialize_none()
    } else {
        serializer.serialize_some(&Stored(value))
    }
}

fn read<'de, D: serde::Deserializer<'de>>(none: f64, deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<Stored>::deserialize(deserializer)?.map_or(none, |stored| stored.0))
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

    #[test]
    fn intervals_in_a_range_are_those_of_the_logit() {
        let rate = Estimate {
            value: 0.9,
            standard_error: 0.1,
            low: 0.7,
            high: 1.1,
            level: 0.95,
            samples: 5,
        };
        let found = rate.within(0.0, 1.0).unwrap();
        // logit 0.9 = ln 9; ± 0.2/(0.9 · 0.1).
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let (g, h) = (9.0_f64.ln(), 0.2 / 0.09);
        assert!((found.low - logistic(g - h)).abs() < 1e-12, "{found}");
        assert!((found.high - logistic(g + h)).abs() < 1e-12, "{found}");
        // Without an upper end: 0.9 · e^{± 0.2/0.9}.
        let found = rate.within(0.0, f64::INFINITY).unwrap();
        assert!((found.low - 0.9 * (-0.2_f64 / 0.9).exp()).abs() < 1e-12);
        assert!((found.high - 0.9 * (0.2_f64 / 0.9).exp()).abs() < 1e-12);
        // Scaled and shifted, it is the same.
        let shifted = Estimate {
            value: 2.8,
            low: 2.4,
            high: 3.2,
            ..rate
        };
        let found = shifted.within(1.0, 3.0).unwrap();
        assert!((found.low - (1.0 + 2.0 * logistic(g - h))).abs() < 1e-12);
        // Mirrored, with the lower end infinite.
        let mirrored = Estimate {
            value: -0.9,
            low: -1.1,
            high: -0.7,
            ..rate
        };
        let found = mirrored.within(f64::NEG_INFINITY, 0.0).unwrap();
        assert!((found.high + 0.9 * (-0.2_f64 / 0.9).exp()).abs() < 1e-12);
        let free = rate.within(f64::NEG_INFINITY, f64::INFINITY).unwrap();
        assert!((free.low - 0.7).abs() < 1e-12 && (free.high - 1.1).abs() < 1e-12);
    }

    #[test]
    fn a_value_at_the_end_of_its_range_is_cut() {
        let estimate = |value| Estimate::student(value, 0.1, 3, 0.95, 4);
        // The logit does not exist there: the plain interval, cut.
        let one = estimate(1.0).within(0.0, 1.0).unwrap();
        assert_eq!((one.low, one.high), (estimate(1.0).low, 1.0));
        assert!(one.low > 0.6 && one.low < 0.75);
        let zero = estimate(0.0).within(0.0, 1.0).unwrap();
        assert_eq!((zero.low, zero.high), (0.0, estimate(0.0).high));
        let none = Estimate::without_interval(0.5, 1).within(0.0, 1.0).unwrap();
        assert_eq!((none.low, none.high), (0.0, 1.0));
        for (value, lowest, highest) in [
            (1.1, 0.0, 1.0),
            (f64::NAN, 0.0, 1.0),
            (0.5, 1.0, 0.0),
            (0.5, 0.5, 0.5),
        ] {
            assert!(estimate(value).within(lowest, highest).is_err());
        }
    }

    #[test]
    fn odds_beyond_the_range_of_the_exponential_are_at_an_end() {
        let all = f64::INFINITY;
        assert_eq!((moved(1.0, 3.0, all), moved(1.0, 3.0, -all)), (4.0, 0.0));
        assert_eq!((moved(1.0, all, 1e3), moved(1.0, all, -1e3)), (all, 0.0));
        // Odds of 1 : 3 grown tenfold and fallen tenfold.
        let ten = 10.0_f64.ln();
        assert!((moved(1.0, 3.0, ten) - 40.0 / 13.0).abs() < 1e-12);
        assert!((moved(1.0, 3.0, -ten) - 4.0 / 31.0).abs() < 1e-12);
    }

    #[test]
    fn an_estimate_is_shown_with_its_interval_where_it_has_one() {
        let estimate = Estimate {
            low: 0.25,
            high: 0.75,
            ..Estimate::without_interval(0.5, 4)
        };
        assert_eq!(format!("{estimate:.1}"), "0.5 [0.2, 0.8]");
        assert_eq!(Estimate::without_interval(0.5, 4).to_string(), "0.5");
    }

    #[test]
    fn a_point_is_degenerate_and_the_whole_line_is_not() {
        let all = Estimate::without_interval(0.5, 1);
        assert!(!all.is_degenerate() && all.covers(-1e300) && !all.has_interval());
        let half_open = Estimate { low: 0.0, ..all };
        assert!(!half_open.has_interval());
        let point = Estimate {
            low: 0.5,
            high: 0.5,
            ..all
        };
        assert!(point.is_degenerate() && point.covers(0.5) && !point.covers(0.6));
        assert_eq!(point.half_width(), 0.0);
    }
}
