//! One number with all that is needed to believe it.

use serde::{Deserialize, Serialize};

use crate::{Error, shown, shown_with_interval};

/// One number with all that is needed to believe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// For example `js_distance`.
    pub id: String,
    /// The argument it was taken at (`p`, `k`, a layer), where it has one.
    #[serde(
        with = "dissensus_kernels::non_finite",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub at: Option<f64>,
    /// `bits`, `bits/base`, `share`, `1` for plain numbers.
    pub unit: String,
    /// The estimate.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub value: f64,
    /// Lower end of the interval.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub low: Option<f64>,
    /// Upper end of the interval.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub high: Option<f64>,
    /// The value that chance alone gives.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub chance: Option<f64>,
    /// The value of a perfect model of the data, where that is known.
    #[serde(
        with = "dissensus_kernels::non_finite",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub oracle: Option<f64>,
    /// The value of each member, empty where the measure belongs to pairs or the whole.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub per_member: Vec<f64>,
    /// Standard error over members, where there are several.
    #[serde(
        with = "dissensus_kernels::non_finite",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub member_error: Option<f64>,
    /// Standard error over the examples that it was measured on, where it is known.
    #[serde(
        with = "dissensus_kernels::non_finite",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub example_error: Option<f64>,
}

impl Measure {
    /// A measure without interval or chance.
    ///
    /// # Errors
    /// [`Error::NotANumber`] if `value` is NaN.
    pub fn new(id: &str, unit: &str, value: f64) -> Result<Self, Error> {
        number(id, value)?;
        Ok(Self {
            id: id.into(),
            at: None,
            unit: unit.into(),
            value,
            low: None,
            high: None,
            chance: None,
            oracle: None,
            per_member: Vec::new(),
            member_error: None,
            example_error: None,
        })
    }

    /// States the argument the measure was taken at.
    ///
    /// # Errors
    /// [`Error::NotANumber`] if `at` is NaN.
    pub fn at(mut self, at: f64) -> Result<Self, Error> {
        self.at = Some(number(&self.id, at)?);
        Ok(self)
    }

    /// States the interval.
    ///
    /// # Errors
    /// [`Error::NotANumber`] or [`Error::Interval`] (`low > high`).
    pub fn with_interval(mut self, low: f64, high: f64) -> Result<Self, Error> {
        number(&self.id, low)?;
        number(&self.id, high)?;
        if low > high {
            return Err(Error::Interval {
                what: self.id,
                low,
                high,
            });
        }
        (self.low, self.high) = (Some(low), Some(high));
        Ok(self)
    }

    /// States the chance level.
    ///
    /// # Errors
    /// [`Error::NotANumber`] if it is NaN.
    pub fn with_chance(mut self, chance: f64) -> Result<Self, Error> {
        self.chance = Some(number(&self.id, chance)?);
        Ok(self)
    }

    /// States the value of a perfect model of the data.
    ///
    /// # Errors
    /// [`Error::NotANumber`] if it is NaN.
    pub fn with_oracle(mut self, oracle: f64) -> Result<Self, Error> {
        self.oracle = Some(number(&self.id, oracle)?);
        Ok(self)
    }

    /// States the value of each member.
    ///
    /// # Errors
    /// [`Error::NotANumber`] if one is NaN.
    pub fn with_members(mut self, values: &[f64]) -> Result<Self, Error> {
        for &value in values {
            number(&self.id, value)?;
        }
        self.per_member = values.to_vec();
        Ok(self)
    }

    /// States the standard error over members.
    ///
    /// # Errors
    /// [`Error::NotANumber`] if it is NaN.
    pub fn with_member_error(mut self, error: f64) -> Result<Self, Error> {
        self.member_error = Some(number(&self.id, error)?);
        Ok(self)
    }

    /// States the standard error over the examples it was measured on.
    ///
    /// # Errors
    /// [`Error::NotANumber`] if it is NaN.
    pub fn with_example_error(mut self, error: f64) -> Result<Self, Error> {
        self.example_error = Some(number(&self.id, error)?);
        Ok(self)
    }

    /// The interval, where there is one.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.low.zip(self.high)
    }

    /// The value and interval as printed in tables.
    #[must_use]
    pub fn shown(&self) -> String {
        shown_with_interval(self.value, self.interval())
    }

    /// The chance level as printed in tables; a dash where none is known.
    #[must_use]
    pub fn shown_chance(&self) -> String {
        self.chance.map_or_else(|| "–".into(), shown)
    }
}

fn number(what: &str, value: f64) -> Result<f64, Error> {
    if value.is_nan() {
        return Err(Error::NotANumber { what: what.into() });
    }
    Ok(value)
}
