//! The learning rate.

use serde::{Deserialize, Serialize};

/// How the rate falls after the warm-up, as a fraction of its peak, `s` of `total` steps being done
/// and `w` of them warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decay {
    /// `½(1 + cos(π(s − w)/(total − w)))`.
    #[default]
    Cosine,
    /// One, then over the last `fraction` of the steps straight down to zero:
    /// `min(1, (total − s)/(fraction·total))`; 0 never falls.
    Linear {
        /// Fraction of the steps in which it falls.
        #[serde(alias = "share")] // as runs were stored before
        fraction: f64,
    },
}

/// Linear warm-up to the peak, `(s + 1)/w` for step `s < w` counted from 0, then the decay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Schedule {
    decay: Decay,
    warmup: u64,
    total: u64,
}

impl Schedule {
    pub(crate) fn new(decay: Decay, warmup_fraction: f64, total: u64) -> Self {
        let warmup = (warmup_fraction * total as f64).ceil() as u64;
        Self {
            decay,
            warmup,
            total,
        }
    }

    /// The fraction of the peak at a step.
    pub(crate) fn fraction(&self, step: u64) -> f64 {
        if step < self.warmup {
            return (step + 1) as f64 / self.warmup as f64;
        }
        match self.decay {
            Decay::Cosine => {
                let span = (self.total - self.warmup).max(1) as f64;
                let progress = ((step - self.warmup) as f64 / span).min(1.0);
                0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
            }
            Decay::Linear { fraction } if fraction > 0.0 => {
                let left = self.total.saturating_sub(step) as f64;
                (left / (fraction * self.total as f64)).min(1.0)
            }
            Decay::Linear { .. } => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_to_the_peak_and_falls_to_zero() {
        let schedule = Schedule::new(Decay::Cosine, 0.1, 100);
        assert_eq!(schedule.fraction(0), 0.1);
        assert_eq!((schedule.fraction(9), schedule.fraction(10)), (1.0, 1.0));
        assert!((schedule.fraction(55) - 0.5).abs() < 1e-12);
        assert!(schedule.fraction(99) > 0.0 && schedule.fraction(100).abs() < 1e-12);
    }

    #[test]
    fn a_linear_decay_keeps_the_peak_and_then_falls_straight_to_zero() {
        let schedule = Schedule::new(Decay::Linear { fraction: 0.6 }, 0.1, 100);
        assert_eq!(schedule.fraction(4), 0.5);
        assert_eq!((schedule.fraction(10), schedule.fraction(40)), (1.0, 1.0));
        assert!((schedule.fraction(70) - 0.5).abs() < 1e-12);
        assert_eq!(schedule.fraction(100), 0.0);
        let never = Schedule::new(Decay::Linear { fraction: 0.0 }, 0.0, 100);
        assert_eq!((never.fraction(0), never.fraction(99)), (1.0, 1.0));
    }

    #[test]
    fn the_name_that_a_fraction_had_before_is_read_too() {
        let linear = Decay::Linear { fraction: 0.25 };
        let written = serde_json::to_string(&linear).unwrap();
        assert_eq!(written, r#"{"linear":{"fraction":0.25}}"#);
        for stored in [written.as_str(), r#"{"linear":{"share":0.25}}"#] {
            let read: Decay = serde_json::from_str(stored).unwrap();
            assert_eq!(read, linear, "{stored}");
        }
    }

    #[test]
    fn without_warmup_it_starts_at_the_peak() {
        assert_eq!(Schedule::new(Decay::Cosine, 0.0, 1).fraction(0), 1.0);
    }
}
