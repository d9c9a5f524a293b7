//! The slopes of ALiBi.

use std::sync::Arc;

use dissensus_layers::Distances;
use dissensus_lm::Batch;

/// What each unit of distance takes off the scores of each head.
///
/// For a power of two `n` heads these are `2^(−8h/n)`, `h = 1 … n`. For other numbers, those of the
/// largest power of two `p` below, then the first, third, fifth, … of the `2p` slopes.
///
/// ```
/// let slopes = dissensus_zoo::alibi_slopes(3);
/// assert_eq!(slopes, [1.0 / 16.0, 1.0 / 256.0, 0.25]);
/// ```
#[must_use]
pub fn alibi_slopes(heads: usize) -> Vec<f32> {
    let power = 1 << heads.max(1).ilog2();
    let geometric = |n: usize| (1..=n).map(move |h| (-8.0 * h as f64 / n as f64).exp2() as f32);
    let more = geometric(2 * power).step_by(2);
    geometric(power).chain(more).take(heads).collect()
}

/// Slopes, and where the tokens of a batch stand.
pub(super) fn distances(slopes: &Arc<[f32]>, batch: &Batch) -> Distances {
    let positions = batch.token_positions();
    Distances {
        slopes: Arc::clone(slopes),
        positions: positions.iter().map(|&position| position as f32).collect(),
    }
}
