//! Sums and squares that neither overflow nor vanish.

/// A power of two by which values are divided so that their squares stay in range; 1 for values
/// of ordinary size, which so keep their bits.
pub(crate) fn unit(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    // Squares of what lies between are normal numbers, and so are sums of many of them.
    if largest == 0.0 || (1e-100..1e100).contains(&largest) {
        1.0
    } else {
        largest.log2().floor().clamp(-1022.0, 1023.0).exp2()
    }
}

/// The mean.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let unit = unit(values);
    let scaled = if unit == 1.0 {
        values.iter().sum::<f64>()
    } else {
        values.iter().map(|v| v / unit).sum()
    };
    scaled / values.len() as f64 * unit
}

/// √(Σ (v − mean)² · factor).
pub(crate) fn root_of_squares(values: &[f64], factor: f64) -> f64 {
    let unit = unit(values);
    let mean = values.iter().map(|v| v / unit).sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v / unit - mean).powi(2)).sum();
    (factor * squares).sqrt() * unit
}

/// A sum with the rounding error of every addition kept (Knuth 1969, TwoSum).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub fn of(values: &[f64]) -> Self {
        values.iter().fold(Self::default(), |sum, &v| sum.plus(v))
    }

    #[must_use]
    pub fn plus(self, value: f64) -> Self {
        let high = self.high + value;
        let part = high - self.high;
        let error = (self.high - (high - part)) + (value - part);
        Self {
            high,
            low: self.low + error,
        }
    }

    pub fn minus(self, other: Self) -> f64 {
        let rest = self.plus(-other.high);
        rest.high + (rest.low - other.low)
    }

    pub fn value(self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_what_rounding_loses() {
        let sum = Sum::of(&[1e16, 1.0, -1e16, 1.0]);
        assert_eq!(sum.value(), 2.0);
        assert_eq!(Sum::of(&[1e16, 3.0]).minus(Sum::of(&[1e16, 1.0])), 2.0);
    }

    #[test]
    fn units_are_powers_of_two_for_extreme_values_only() {
        assert_eq!(unit(&[0.0, 3.0]), 1.0);
        assert_eq!(unit(&[0.0]), 1.0);
        assert_eq!(unit(&[1e308]), 2.0_f64.powi(1023));
        assert_eq!(unit(&[5e-324]), 2.0_f64.powi(-1022));
        assert_eq!(unit(&[-1e200, 1.0]), 1e200_f64.log2().floor().exp2());
    }

    #[test]
    fn means_and_deviations_survive_extreme_values() {
        assert!((mean(&[1e308, 1.5e308]) / 1.25e308 - 1.0).abs() < 1e-15);
        for size in [1e-200, 1.0, 1e200] {
            let found = root_of_squares(&[size, 2.0 * size, 3.0 * size], 0.5);
            assert!((found / size - 1.0).abs() < 1e-15, "{size}: {found}");
        }
    }
}
