//! What unrelated tables give.

use crate::hypergeometric;

/// Expected Jaccard index of two independent uniform k-subsets of `others` elements, exact.
///
/// ```text
/// E[J] = Σ_x P(x) x / (2k − x),   x ~ Hypergeometric(others, k, k)
/// ```
///
/// This is what [`crate::top_k_overlap`] gives, on average, when one table's rows are permuted:
/// each row's neighbours then are a uniform k-subset of the V − 1 = `others` other rows. The common
/// approximation k / (2 (V − 1) − k) divides expectations instead; it is close from k ≈ 10 on and
/// half the truth at k = 1 ([`jaccard_approximate`]).
///
/// Returns 0 for k = 0 or no others, else 1 for k ≥ `others`.
///
/// ```
/// use dissensus_alignment::chance::jaccard;
/// // Two singletons out of four agree one time in four.
/// assert!((jaccard(1, 4) - 0.25).abs() < 1e-12);
/// assert!((jaccard(4000, 4095) - 0.9547).abs() < 1e-4);
/// ```
#[must_use]
pub fn jaccard(k: usize, others: usize) -> f64 {
    if k == 0 || others == 0 {
        return 0.0;
    }
    if k >= others {
        return 1.0;
    }
    hypergeometric::mean((others, k, k), |x| x as f64 / (2 * k - x) as f64)
}

/// The usual approximation of [`jaccard`], k / (2 · others − k).
///
/// Of more neighbours than there are `others`, all are meant; returns 0 for k = 0 or no others.
///
/// ```
/// use dissensus_alignment::chance::jaccard_approximate;
/// assert!((jaccard_approximate(4000, 4095) - 0.9547).abs() < 1e-4);
/// ```
#[must_use]
pub fn jaccard_approximate(k: usize, others: usize) -> f64 {
    let (k, others) = (k.min(others) as f64, others as f64);
    if k == 0.0 {
        return 0.0;
    }
    k / (2.0 * others - k)
}

/// Expected Σσ of two independent Gaussian tables of `rows` × `dimension`, centred and scaled to
/// unit norm: about the mean row cosine after orthogonal Procrustes alignment.
///
/// ```text
/// E[Σσ] ≈ 8 / (3π) · √(d / n)    for n ≥ d
/// ```
///
/// AᵀB / (‖A‖‖B‖) is close to a d × d Gaussian matrix with entries of variance 1 / (n d²), whose
/// singular values follow the quarter circle law. The value is capped at 1: with no more rows than
/// columns any table can be turned nearly onto any other. The approximation wants n well above d;
/// nearer to square take a null by permutation of the rows.
///
/// ```
/// use dissensus_alignment::chance::procrustes_cosine;
/// assert!((procrustes_cosine(4096, 768) - 0.3675).abs() < 1e-4);
/// ```
#[must_use]
pub fn procrustes_cosine(rows: usize, dimension: usize) -> f64 {
    (8.0 / (3.0 * std::f64::consts::PI) * (dimension as f64 / rows as f64).sqrt()).min(1.0)
}

/// Expected disparity 1 − (Σσ)² of two independent Gaussian tables, from [`procrustes_cosine`].
///
/// ```
/// use dissensus_alignment::chance::procrustes_disparity;
/// assert!((procrustes_disparity(4096, 768) - 0.8649).abs() < 1e-4);
/// ```
#[must_use]
pub fn procrustes_disparity(rows: usize, dimension: usize) -> f64 {
    1.0 - procrustes_cosine(rows, dimension).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_by_chance_is_the_mean_over_all_subsets() {
        // The first 3 of 6 against every other 3 of 6.
        let subsets = (0_u32..64).filter(|s| s.count_ones() == 3);
        let overlaps: Vec<f64> = subsets
            .map(|s| f64::from((s & 7).count_ones()) / f64::from((s | 7).count_ones()))
            .collect();
        let mean = overlaps.iter().sum::<f64>() / 20.0;
        assert!(overlaps.len() == 20 && (jaccard(3, 6) - mean).abs() < 1e-15);
        assert_eq!((jaccard(0, 5), jaccard(0, 0)), (0.0, 0.0));
        assert_eq!((jaccard(5, 5), jaccard(6, 5)), (1.0, 1.0));
        // 3/(12 − 3)
        assert_eq!(jaccard_approximate(3, 6), 1.0 / 3.0);
        for (k, others) in [(0, 5), (0, 0), (2, 0), (5, 5), (6, 5), (usize::MAX, 7)] {
            let expected = jaccard(k, others);
            assert_eq!(jaccard_approximate(k, others), expected, "{k} of {others}");
        }
    }

    #[test]
    fn cosines_by_chance_rise_with_the_dimension_up_to_one() {
        // 8/(3π) · ½
        let quarter = 4.0 / (3.0 * std::f64::consts::PI);
        assert!((procrustes_cosine(400, 100) - quarter).abs() < 1e-15);
        assert!((procrustes_disparity(400, 100) - (1.0 - quarter * quarter)).abs() < 1e-15);
        assert_eq!(
            (procrustes_cosine(1, 9), procrustes_disparity(1, 9)),
            (1.0, 0.0)
        );
    }
}
