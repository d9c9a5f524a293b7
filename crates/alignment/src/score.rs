//! A value beside its chance level.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A measured value, what unrelated tables would give, and what equal ones give.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The measured value.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub value: f64,
    /// Its expectation for unrelated tables, where one is known.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub chance: Option<f64>,
    /// The value of perfect agreement: 1 for similarities, 0 for distances.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub perfect: f64,
}

impl Score {
    /// A score whose perfect value is 1.
    #[must_use]
    pub fn similarity(value: f64, chance: Option<f64>) -> Self {
        Self {
            value,
            chance,
            perfect: 1.0,
        }
    }

    /// A score whose perfect value is 0.
    #[must_use]
    pub fn distance(value: f64, chance: Option<f64>) -> Self {
        Self {
            value,
            chance,
            perfect: 0.0,
        }
    }

    /// How far the value lies from chance towards perfection: (value − chance) / (perfect −
    /// chance).
    ///
    /// 0 at chance, 1 at perfection, negative below chance. `None` without a chance level, or when
    /// chance is perfect already.
    ///
    /// ```
    /// use dissensus_alignment::Score;
    /// assert_eq!(Score::similarity(0.75, Some(0.5)).corrected(), Some(0.5));
    /// assert_eq!(Score::distance(0.25, Some(0.5)).corrected(), Some(0.5));
    /// assert_eq!(Score::similarity(1.0, Some(1.0)).corrected(), None);
    /// ```
    #[must_use]
    pub fn corrected(&self) -> Option<f64> {
        let chance = self.chance.filter(|&chance| chance != self.perfect)?;
        Some((self.value - chance) / (self.perfect - chance))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.chance {
            Some(chance) => write!(f, "{:.4} (chance {chance:.4})", self.value),
            None => write!(f, "{:.4}", self.value),
        }
    }
}
