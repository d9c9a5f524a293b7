//! How a number is printed.

/// Prints a number with four significant digits, so that shares and bits read alike.
///
/// ```
/// use dissensus_report::shown;
/// assert_eq!(shown(11.98765), "11.99");
/// assert_eq!(shown(0.98765), "0.988");
/// assert_eq!(shown(0.00012345), "1.23e-4");
/// assert_eq!(shown(0.0), "0.000");
/// ```
#[must_use]
pub fn shown(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "n/a".into();
    }
    if size != 0.0 && !(0.001..100_000.0).contains(&size) {
        return format!("{value:.2e}");
    }
    let digits = match size {
        s if s >= 1000.0 => 0,
        s if s >= 100.0 => 1,
        s if s >= 10.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

/// Prints a number and its interval: `0.400 [0.380 0.420]`.
///
/// ```
/// use dissensus_report::shown_with_interval;
/// assert_eq!(shown_with_interval(0.4, Some((0.38, 0.42))), "0.400 [0.380 0.420]");
/// assert_eq!(shown_with_interval(0.4, None), "0.400");
/// ```
#[must_use]
pub fn shown_with_interval(value: f64, interval: Option<(f64, f64)>) -> String {
    match interval {
        Some((low, high)) => format!("{} [{} {}]", shown(value), shown(low), shown(high)),
        None => shown(value),
    }
}
