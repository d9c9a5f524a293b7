//! What holds for any input.

use dissensus_stats::{
    Estimate, Resampling, auroc, auroc_delong, benjamini_hochberg, bootstrap, jackknife_pairs,
    spearman,
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn the_area_of_negated_scores_is_the_rest(scores in prop::collection::vec(-3_i8..3, 4..40), flips in any::<u64>()) {
        let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
        let mut labels: Vec<bool> = (0..scores.len()).map(|i| flips >> i & 1 == 1).collect();
        (labels[0], labels[1]) = (true, false);
        let negated: Vec<f64> = scores.iter().map(|s| -s).collect();
        let sum = auroc(&labels, &scores).unwrap() + auroc(&labels, &negated).unwrap();
        prop_assert!((sum - 1.0).abs() < 1e-12);
    }

    #[test]
    fn delong_covers_its_own_value(scores in prop::collection::vec(-1e3..1e3, 6..40)) {
        let labels: Vec<bool> = (0..scores.len()).map(|i| i % 2 == 0).collect();
        let area = auroc_delong(&labels, &scores, 0.9).unwrap();
        prop_assert!(area.covers(area.value) && area.low >= 0.0 && area.high <= 1.0);
    }

    #[test]
    fn rank_correlation_knows_only_order(x in prop::collection::vec(-50_i32..50, 3..30)) {
        let x: Vec<f64> = x.into_iter().map(f64::from).collect();
        prop_assume!(x.iter().any(|v| *v != x[0]));
        let cubes: Vec<f64> = x.iter().map(|v| v.powi(3)).collect();
        prop_assert!((spearman(&x, &cubes).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn adjusted_p_values_keep_their_order_and_never_fall(p in prop::collection::vec(0.0..=1.0, 1..40)) {
        let q = benjamini_hochberg(&p).unwrap();
        for i in 0..p.len() {
            prop_assert!(q[i] >= p[i] && q[i] <= 1.0);
            prop_assert!((0..p.len()).all(|j| p[i] > p[j] || q[i] <= q[j]));
        }
    }

    #[test]
    fn intervals_over_members_cover_the_mean(values in prop::collection::vec(-10.0..10.0, 6)) {
        let found = jackknife_pairs(4, &values, 0.95).unwrap();
        prop_assert!(found.covers(values.iter().sum::<f64>() / 6.0));
    }

    #[test]
    fn a_shifted_sample_has_a_shifted_interval(values in prop::collection::vec(-10.0..10.0, 3..12), seed in any::<u64>()) {
        let resampling = Resampling { draws: 50, seed, level: 0.9 };
        let mean = |shift: f64| bootstrap(values.len(), &resampling, |drawn| {
            shift + drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64
        }).unwrap();
        prop_assert!((mean(5.0).low - mean(0.0).low - 5.0).abs() < 1e-9);
    }

    #[test]
    fn reading_an_estimate_never_panics(text in "\\PC*") {
        prop_assert!(serde_json::from_str::<Estimate>(&text).is_err() || text.contains("value"));
    }
}
