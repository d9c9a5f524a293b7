//! Quotients of the gamma function and its derivatives, without cancellation.

/// Above this the series of Stirling has all digits with the terms below.
const LARGE: f64 = 16.0;

/// `ln Γ(x + n) / Γ(x) = Σ_{i<n} ln(x + i)` for a whole number `n`.
///
/// The first terms are summed; of what is left, from a large `x` on, Stirling's series is taken as
/// `(x - ½) ln(1 + n/x) + n (ln(x + n) - 1)` and the difference of its corrections.
pub(super) fn ln_rising(mut x: f64, mut n: f64) -> f64 {
    let mut sum = 0.0;
    while n > 0.0 && x < LARGE {
        sum += x.ln();
        x += 1.0;
        n -= 1.0;
    }
    if n <= 0.0 {
        return sum;
    }
    sum + (x - 0.5) * (n / x).ln_1p() + n * ((x + n).ln() - 1.0) + correction(x + n) - correction(x)
}

/// `ln Γ(x) - (x - ½) ln x + x - ½ ln 2π` (Abramowitz and Stegun 6.1.40).
fn correction(x: f64) -> f64 {
    let r = 1.0 / (x * x);
    (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x
}

/// `1 - x ψ'(x + 1)`, between 1 at 0 and `1 / 2x` far out.
pub(super) fn trigamma_deficit(x: f64) -> f64 {
    if x >= LARGE {
        return far_deficit(x);
    }
    // ψ'(x + 1) = Σ_{1≤j≤m} 1/(x + j)² + ψ'(x + m + 1).
    let shift = (LARGE - x).ceil();
    let near: f64 = (1..=shift as usize).map(|j| (x + j as f64).powi(-2)).sum();
    let y = x + shift;
    1.0 - x * (near + (1.0 - far_deficit(y)) / y)
}

/// The same for large `x`, by the series of `ψ'` (Abramowitz and Stegun 6.4.12).
fn far_deficit(x: f64) -> f64 {
    let r = 1.0 / (x * x);
    0.5 / x
        - r * (1.0 / 6.0 - r * (1.0 / 30.0 - r * (1.0 / 42.0 - r * (1.0 / 30.0 - r * 5.0 / 66.0))))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use statrs::function::gamma::ln_gamma;

    use super::*;

    #[test]
    fn rising_factorials_are_quotients_of_gamma() {
        for (x, n) in [
            (0.3, 1.0),
            (0.5, 30.0),
            (17.0, 5.0),
            (3.0, 4.0),
            (100.0, 1.0),
        ] {
            let direct: f64 = (0..n as usize).map(|i| (x + i as f64).ln()).sum();
            let found = ln_rising(x, n);
            assert!(
                (found - direct).abs() < 1e-13 * direct.abs().max(1.0),
                "{x} {n}"
            );
            assert!((found - (ln_gamma(x + n) - ln_gamma(x))).abs() < 1e-10);
        }
        // n ln x + n(n - 1)/2x where x is far above n².
        let found = ln_rising(1e15, 1000.0);
        assert!((found - (1000.0 * 1e15_f64.ln() + 4.995e-10)).abs() < 1e-9);
        assert_eq!(ln_rising(2.0, 0.0), 0.0);
    }

    #[test]
    fn trigamma_has_its_known_values() {
        // ψ'(1) = π²/6, ψ'(2) = π²/6 - 1, ψ'(3/2) = π²/2 - 4.
        assert_eq!(trigamma_deficit(0.0), 1.0);
        assert!((trigamma_deficit(1.0) - (2.0 - PI * PI / 6.0)).abs() < 1e-14);
        assert!((trigamma_deficit(0.5) - (3.0 - PI * PI / 4.0)).abs() < 1e-14);
        assert!((trigamma_deficit(1e-9) - (1.0 - 1e-9 * PI * PI / 6.0)).abs() < 1e-15);
        let far = trigamma_deficit(1e12);
        assert!((far * 2e12 - 1.0).abs() < 1e-11);
        assert!((trigamma_deficit(15.999_999) / trigamma_deficit(16.0) - 1.0).abs() < 1e-6);
    }
}
