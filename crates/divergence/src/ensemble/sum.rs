//! Sums that do not depend on their order.

use serde::{Deserialize, Serialize};

use crate::Error;

/// The unit of [`Sum`]: 2⁻⁶⁴.
const SCALE: f64 = 18_446_744_073_709_551_616.0;
/// Values from here on count as infinite, so that 2³² of them still fit.
const LARGEST: f64 = 2_147_483_648.0;

/// An exact sum of values ≥ 0, in fixed point with 64 binary places.
///
/// Integer addition is associative, so any split into batches, shards or threads gives the same
/// bits. A value that is infinite (a target of probability zero) is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "Parts", from = "Parts")]
pub(crate) struct Sum {
    units: u128,
    infinite: u64,
}

/// What is written: 128-bit integers are not portable between formats.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Parts(u64, u64, u64);

impl From<Sum> for Parts {
    fn from(sum: Sum) -> Self {
        Self((sum.units >> 64) as u64, sum.units as u64, sum.infinite)
    }
}

impl From<Parts> for Sum {
    fn from(Parts(whole, fraction, infinite): Parts) -> Self {
        Self {
            units: u128::from(whole) << 64 | u128::from(fraction),
            infinite,
        }
    }
}

impl Sum {
    /// Adds a value ≥ 0; rounding errors below zero count as zero.
    pub(crate) fn add(&mut self, value: f64) {
        debug_assert!(!value.is_nan(), "measures are never NaN");
        if value < LARGEST {
            // A cast saturates: below zero and NaN give 0.
            self.units += (value * SCALE) as u128;
        } else {
            self.infinite += 1;
        }
    }

    /// Adds a number of units of 2⁻⁵².
    pub(crate) fn add_units_of_52_places(&mut self, units: u64) {
        self.units += u128::from(units) << 12;
    }

    /// Adds another sum.
    pub(crate) fn merge(&mut self, other: &Self) -> Option<()> {
        self.units = self.units.checked_add(other.units)?;
        self.infinite = self.infinite.checked_add(other.infinite)?;
        Some(())
    }

    /// The mean of `count` ≥ 1 values, of which this is the sum.
    pub(crate) fn mean(&self, count: u64) -> f64 {
        if self.infinite > 0 {
            return f64::INFINITY;
        }
        self.units as f64 / SCALE / count as f64
    }

    /// Whether `count` values of at most `largest` each can have given this sum.
    pub(crate) fn check(&self, count: u64, largest: f64) -> Result<(), Error> {
        let finite = count.checked_sub(self.infinite).ok_or(Error::Stored {
            what: "more values than positions",
        })?;
        let bound = largest.min(LARGEST) * finite as f64;
        if self.infinite > 0 && largest < LARGEST {
            return Err(Error::Stored {
                what: "an infinite value of a bounded measure",
            });
        }
        if self.units as f64 / SCALE > bound * (1.0 + 1e-6) {
            return Err(Error::Stored {
                what: "a sum above its bound",
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_exact_in_any_order() {
        let values = [0.1, 12.0, 1e-12, 3.5e5, 0.3];
        let (mut forward, mut backward) = (Sum::default(), Sum::default());
        values.iter().for_each(|v| forward.add(*v));
        values.iter().rev().for_each(|v| backward.add(*v));
        assert_eq!(forward, backward);
        assert!((forward.mean(5) - values.iter().sum::<f64>() / 5.0).abs() < 1e-10);
    }

    #[test]
    fn infinite_values_are_counted_apart() {
        let mut sum = Sum::default();
        sum.add(1.0);
        sum.add(f64::INFINITY);
        assert_eq!(sum.mean(2), f64::INFINITY);
        assert!(sum.check(2, f64::INFINITY).is_ok());
        assert!(sum.check(2, 10.0).is_err());
    }

    #[test]
    fn the_first_value_that_counts_as_infinite_is_the_limit() {
        let of = |value: f64| {
            let mut sum = Sum::default();
            sum.add(value);
            sum
        };
        assert_eq!(of(LARGEST.next_down()).mean(1), LARGEST.next_down());
        assert_eq!(of(LARGEST).mean(1), f64::INFINITY);
        assert!(of(LARGEST).check(1, LARGEST).is_ok());
        assert!(of(LARGEST).check(1, LARGEST.next_down()).is_err());
        // Bounds leave room for rounding and for no more.
        assert!(of(1.0 + 1e-9).check(1, 1.0).is_ok());
        assert!(of(1.0 + 1e-5).check(1, 1.0).is_err());
        assert!(of(1e-5).check(1, 0.0).is_err());
    }

    #[test]
    fn a_full_sum_refuses_to_merge() {
        let full = Sum::from(Parts(u64::MAX, u64::MAX, 0));
        assert!(full.clone().merge(&full).is_none());
    }
}
