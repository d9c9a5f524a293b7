//! The hypergeometric distribution.

/// The support of Hypergeometric(`population`, `marked`, `drawn`), each value with its probability
/// relative to the mode's.
///
/// By the ratio of neighbouring terms, outwards from the mode, so that nothing overflows. `marked`
/// and `drawn` are at maximum `population`.
pub(crate) fn weights(population: usize, marked: usize, drawn: usize) -> Vec<(usize, f64)> {
    let minimum = (marked + drawn).saturating_sub(population);
    let maximum = marked.min(drawn);
    let mode = ((marked + 1) * (drawn + 1) / (population + 2)).clamp(minimum, maximum);
    let (n, m, d) = (population as f64, marked as f64, drawn as f64);
    // P(x + 1) / P(x)
    let ratio = |x: f64| (m - x) * (d - x) / ((x + 1.0) * (n - m - d + x + 1.0));
    let mut weights = vec![(mode, 1.0)];
    let mut weight = 1.0;
    for x in mode..maximum {
        weight *= ratio(x as f64);
        weights.push((x + 1, weight));
    }
    weight = 1.0;
    for x in (minimum..mode).rev() {
        weight /= ratio(x as f64);
        weights.push((x, weight));
    }
    weights
}

/// How many values Hypergeometric(`population`, `marked`, `drawn`) takes.
pub(crate) fn states(population: usize, marked: usize, drawn: usize) -> usize {
    marked.min(drawn) - (marked + drawn).saturating_sub(population) + 1
}

/// The mean of `value` over Hypergeometric(`population`, `marked`, `drawn`).
pub(crate) fn mean(
    (population, marked, drawn): (usize, usize, usize),
    mut value: impl FnMut(usize) -> f64,
) -> f64 {
    let weights = weights(population, marked, drawn);
    let total: f64 = weights.iter().map(|&(_, w)| w).sum();
    let sum: f64 = weights.iter().map(|&(x, w)| w * value(x)).sum();
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_marked_of_five_are_drawn_as_often_as_counting_says() {
        // scipy.stats.hypergeom(5, 2, 3).pmf([0, 1, 2]) == [0.1, 0.6, 0.3]
        let found = |x| mean((5, 2, 3), |drawn| f64::from(u8::from(drawn == x)));
        for (x, wanted) in [(0, 0.1), (1, 0.6), (2, 0.3)] {
            assert!((found(x) - wanted).abs() < 1e-15, "{x}: {}", found(x));
        }
    }

    #[test]
    fn the_mean_is_drawn_times_marked_over_population() {
        for (population, marked, drawn) in [(1, 0, 1), (9, 9, 4), (50, 7, 44), (4095, 30, 4000)] {
            let expected = (marked * drawn) as f64 / population as f64;
            let found = mean((population, marked, drawn), |x| x as f64);
            assert!((found - expected).abs() < 1e-9 * expected.max(1.0));
        }
    }

    #[test]
    fn nothing_drawn_from_nothing_is_nothing() {
        assert_eq!(weights(0, 0, 0), [(0, 1.0)]);
    }
}
