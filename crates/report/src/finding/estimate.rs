//! Numbers with their uncertainty and what they are held against.

use std::fmt;

use crate::{Measure, shown_with_interval};

/// A number and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FindingValue {
    /// The number.
    pub value: f64,
    /// `(low, high)`, where there is one.
    pub interval: Option<(f64, f64)>,
}

impl FindingValue {
    /// Whether both intervals exist and do not touch.
    ///
    /// ```
    /// use dissensus_report::FindingValue;
    /// let at = |value: f64, half: f64| FindingValue {
    ///     value,
    ///     interval: Some((value - half, value + half)),
    /// };
    /// assert!(at(0.54, 0.03).is_apart_from(&at(0.41, 0.02)));
    /// assert!(!at(0.54, 0.08).is_apart_from(&at(0.41, 0.06)));
    /// assert!(!at(0.54, 0.03).is_apart_from(&FindingValue { value: 0.1, interval: None }));
    /// ```
    #[must_use]
    pub fn is_apart_from(&self, other: &Self) -> bool {
        match (self.interval, other.interval) {
            (Some(a), Some(b)) => a.0 > b.1 || b.0 > a.1,
            _ => false,
        }
    }

    /// Whether the interval exists and leaves `value` out.
    #[must_use]
    pub fn excludes(&self, value: f64) -> bool {
        self.interval
            .is_some_and(|(low, high)| value < low || value > high)
    }

    /// Whether the number can stand in a comparison.
    pub(super) fn is_defined(&self) -> bool {
        !self.value.is_nan()
    }

    /// The ends of the interval; the number itself where there is none.
    pub(super) fn ends(&self) -> (f64, f64) {
        self.interval.unwrap_or((self.value, self.value))
    }
}

impl From<&Measure> for FindingValue {
    fn from(measure: &Measure) -> Self {
        Self {
            value: measure.value,
            interval: measure.interval(),
        }
    }
}

impl fmt::Display for FindingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_with_interval(self.value, self.interval))
    }
}

/// Whom an estimate is of, and what it is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// As the sentence says it: `the text members`.
    pub name: String,
    /// The number after training.
    pub trained: FindingValue,
    /// The number of the same members before training.
    pub untrained: Option<FindingValue>,
    /// What chance alone gives.
    pub chance: Option<f64>,
    /// What a perfect model of the data would reach.
    pub oracle: Option<f64>,
    /// What simpler models reach, each with its name: `the tokens' frequencies`.
    pub controls: Vec<(String, f64)>,
}

impl Subject {
    /// A subject from what was measured on its trained and untrained members.
    #[must_use]
    pub fn measured(name: &str, trained: &Measure, untrained: Option<&Measure>) -> Self {
        Self {
            name: name.into(),
            trained: trained.into(),
            untrained: untrained.map(FindingValue::from),
            chance: trained.chance,
            oracle: trained.oracle,
            controls: Vec::new(),
        }
    }

    /// Adds what a simpler model reaches, where it is known.
    #[must_use]
    pub fn with_control(mut self, name: &str, value: Option<f64>) -> Self {
        self.controls
            .extend(value.map(|value| (name.into(), value)));
        self
    }
}
