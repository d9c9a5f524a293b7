//! Values against their chance level.

/// (observed − null)/(1 − null): 0 at chance, 1 where everything agrees, below 0 under chance.
///
/// `null` is the value by chance of a measure whose largest value is 1, such as an overlap or an
/// accuracy. NaN where `null` is 1: then nothing can be told from chance.
///
/// Source: Cohen 1960 (kappa is this for agreement).
///
/// ```
/// use dissensus_stats::chance_corrected;
///
/// // An overlap of .97 where chance gives .955.
/// assert!((chance_corrected(0.97, 0.955) - 1.0 / 3.0).abs() < 1e-12);
/// assert!(chance_corrected(1.0, 1.0).is_nan());
/// ```
#[must_use]
pub fn chance_corrected(observed: f64, null: f64) -> f64 {
    (observed - null) / (1.0 - null)
}
