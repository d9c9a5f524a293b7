//! Many tests at once.

use crate::Error;
use crate::error::unit_interval;

/// Benjamini–Hochberg adjusted p values, in the order given: q₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎·m/j, at
/// most 1.
///
/// Rejecting where q ≤ α bounds the false discovery rate by α for independent or positively
/// dependent tests.
///
/// # Errors
/// A p value outside [0, 1].
///
/// Source: Benjamini and Hochberg 1995.
///
/// ```
/// let q = dissensus_stats::benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5])?;
/// assert!((q[0] - 0.04).abs() < 1e-12); // 0.01 * 4/1
/// assert!((q[1] - 0.16 / 3.0).abs() < 1e-12); // 0.04 * 4/3
/// assert_eq!(q[1], q[2]); // 0.03 * 4/2 is larger: the minimum is taken
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, Error> {
    unit_interval("p value", p_values)?;
    let tests = p_values.len();
    let mut order: Vec<usize> = (0..tests).collect();
    order.sort_by(|&a, &b| p_values[b].total_cmp(&p_values[a]));
    let mut adjusted = vec![1.0; tests];
    let mut smallest: f64 = 1.0;
    for (above, &test) in order.iter().enumerate() {
        smallest = smallest.min(p_values[test] * (tests as f64 / (tests - above) as f64));
        adjusted[test] = smallest;
    }
    Ok(adjusted)
}
