//! How a number is printed.

/// Prints a number with about four significant digits, so that fractions and bits read alike; what
/// is no number, in words.
///
/// ```
/// use dissensus_report::shown;
/// assert_eq!(shown(11.98765), "11.99");
/// assert_eq!(shown(0.98765), "0.988");
/// assert_eq!(shown(0.00012345), "1.23e-4");
/// assert_eq!(shown(0.0), "0.000");
/// assert_eq!(shown(-0.0), "0.000");
/// assert_eq!(shown(f64::NAN), "undefined");
/// assert_eq!(shown(f64::NEG_INFINITY), "minus infinity");
/// ```
#[must_use]
pub fn shown(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return in_words(value).into();
    }
    if size == 0.0 {
        return "0.000".into();
    }
    if !(0.001..100_000.0).contains(&size) {
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

/// What a number that is not finite is called.
fn in_words(value: f64) -> &'static str {
    match value {
        v if v.is_nan() => "undefined",
        v if v > 0.0 => "infinity",
        _ => "minus infinity",
    }
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

/// A count as a reader expects it: `12 193 193`, with thin spaces.
///
/// ```
/// assert_eq!(dissensus_report::shown_count(12_193_193), "12\u{202f}193\u{202f}193");
/// assert_eq!(dissensus_report::shown_count(999), "999");
/// ```
#[must_use]
pub fn shown_count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
