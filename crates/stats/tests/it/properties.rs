//! What holds for any input.

#![allow(clippy::unwrap_used)]

use dissensus_stats::{
    AreaEstimate, AreaInterval, BootstrapEstimate, BootstrapParams, ClassPredictions, Confusion,
    Estimate, OneVersusRest, PermutationTest, Permutations, RiskCoverage, auprc, auprc_bootstrap,
    auroc, auroc_bootstrap, auroc_delong, average_ranks, benjamini_hochberg, bootstrap,
    bootstrap_blocks, bootstrap_nested, chance_corrected, jackknife, jackknife_mean,
    jackknife_pairs, paired_permutation_test, permutation_test, risk_coverage, spearman, surest,
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
        let area = auroc_delong(&labels, &scores, 0.9).unwrap().estimate;
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
        let params = BootstrapParams::default().with_draws(50).with_seed(seed).with_level(0.9);
        let mean = |shift: f64| bootstrap(values.len(), &params, |drawn| {
            shift + drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64
        }).unwrap().estimate;
        prop_assert!((mean(5.0).low - mean(0.0).low - 5.0).abs() < 1e-9);
    }

    #[test]
    fn reading_an_estimate_never_panics(text in "\\PC*") {
        prop_assert!(serde_json::from_str::<Estimate>(&text).is_err() || text.contains("value"));
    }

    #[test]
    fn any_values_give_a_sound_estimate_or_an_error(values in numbers(8)) {
        let finite = values.iter().all(|v| v.is_finite());
        let mean = jackknife_mean(&values, 0.95);
        prop_assert_eq!(mean.is_ok(), finite && values.len() > 1);
        prop_assert!(mean.as_ref().map_or(true, is_sound), "{:?}", mean);
        let plain = jackknife(0.5, &values, 0.95);
        prop_assert_eq!(plain.is_ok(), finite && values.len() > 1);
        prop_assert!(plain.as_ref().map_or(true, is_sound));
        let pairs = jackknife_pairs(4, &values, 0.95);
        prop_assert_eq!(pairs.is_ok(), finite && values.len() == 6);
        prop_assert!(pairs.as_ref().map_or(true, is_sound));
        let units: Vec<[usize; 1]> = (0..values.len()).map(|i| [i]).collect();
        let params = BootstrapParams::default().with_draws(20);
        let nested = bootstrap_nested(&units, &values, &params);
        prop_assert_eq!(nested.is_ok(), finite && values.len() > 1);
        prop_assert!(nested.as_ref().map_or(true, |b| is_sound(&b.estimate)));
    }

    #[test]
    fn any_values_have_a_p_value_or_an_error(a in numbers(5), b in numbers(5)) {
        let finite = |v: &[f64]| !v.is_empty() && v.iter().all(|v| v.is_finite());
        let test = permutation_test(&a, &b, Permutations::Exact);
        prop_assert_eq!(test.is_ok(), finite(&a) && finite(&b));
        // The split that was observed counts itself.
        prop_assert!(test.as_ref().map_or(true, |t| t.p_value > 0.0 && t.p_value <= 1.0), "{:?}", test);
        prop_assert!(test.map_or(true, |t| !t.difference.is_nan()));
        let paired = paired_permutation_test(&a, Permutations::UpTo { draws: 40, seed: 1 });
        prop_assert_eq!(paired.is_ok(), finite(&a));
        prop_assert!(paired.map_or(true, |t| t.p_value > 0.0 && t.p_value <= 1.0));
    }

    #[test]
    fn any_scores_have_an_area_or_an_error(scores in numbers(8), flips in any::<u8>()) {
        let labels: Vec<bool> = (0..scores.len()).map(|i| flips >> i & 1 == 1).collect();
        let positives = labels.iter().filter(|l| **l).count();
        let finite = scores.iter().all(|v| v.is_finite());
        let fits = finite && positives > 0 && positives < labels.len();
        for area in [auroc(&labels, &scores), auprc(&labels, &scores)] {
            prop_assert_eq!(area.is_ok(), fits);
            prop_assert!(area.map_or(true, |a| (0.0..=1.0).contains(&a)));
        }
        let delong = auroc_delong(&labels, &scores, 0.95);
        prop_assert_eq!(delong.is_ok(), fits && positives > 1 && labels.len() - positives > 1);
        if let Ok(AreaEstimate { estimate, .. }) = delong {
            prop_assert!(is_sound(&estimate) && !estimate.is_degenerate(), "{}", estimate);
            prop_assert!(estimate.low >= 0.0 && estimate.high <= 1.0);
        }
        prop_assert_eq!(average_ranks(&scores).is_ok(), finite);
        let params = BootstrapParams::default().with_draws(200);
        for drawn in [auroc_bootstrap, auprc_bootstrap].map(|of| of(&labels, &scores, &params)) {
            // Of two examples half of the resamples are of one class: too many for an interval.
            prop_assert!(fits || drawn.is_err());
            let inside = |b: BootstrapEstimate| b.estimate.low >= 0.0 && b.estimate.high <= 1.0;
            prop_assert!(drawn.map_or(scores.len() < 5 || !fits, inside));
        }
    }

    #[test]
    fn any_pairs_have_a_correlation_or_an_error(x in numbers(6), y in numbers(6)) {
        let varied = |v: &[f64]| v.iter().all(|v| v.is_finite()) && v.iter().any(|w| *w != v[0]);
        let fits = x.len() == y.len() && x.len() > 1 && varied(&x) && varied(&y);
        let found = spearman(&x, &y);
        prop_assert_eq!(found.is_ok(), fits);
        prop_assert!(found.map_or(true, |rho| (-1.0..=1.0).contains(&rho)));
        let curve = risk_coverage(&x, &y);
        let finite = |v: &[f64]| v.iter().all(|v| v.is_finite());
        prop_assert_eq!(curve.is_ok(), x.len() == y.len() && !x.is_empty() && finite(&x) && finite(&y));
        prop_assert!(curve.map_or(true, |c| !c.area.is_nan() && !c.mean_loss.is_nan()));
        prop_assert_eq!(surest(&x, 0.5).is_ok(), !x.is_empty() && finite(&x));
    }

    #[test]
    fn only_probabilities_are_probabilities(p in numbers(7), truth in prop::collection::vec(0..4_usize, 0..4)) {
        let found = benjamini_hochberg(&p);
        prop_assert_eq!(found.is_ok(), p.iter().all(|p| (0.0..=1.0).contains(p)));
        let rows = p.chunks(2).all(|r| r.len() == 2 && (r[0] + r[1] - 1.0).abs() <= 1e-4);
        let fits = !truth.is_empty() && p.len() == 2 * truth.len() && rows
            && truth.iter().all(|t| *t < 2) && p.iter().all(|p| (0.0..=1.0).contains(p));
        prop_assert_eq!(ClassPredictions::new(2, &truth, &p).is_ok(), fits);
        let confusion = Confusion::new(3, &truth, &truth);
        prop_assert_eq!(confusion.is_ok(), !truth.is_empty() && truth.iter().all(|t| *t < 3));
        prop_assert!(confusion.map_or(true, |c| c.accuracy() == 1.0 && c.f1_weighted() == 1.0));
        prop_assert_eq!(chance_corrected(0.5, 1.0).is_finite(), false);
    }

    #[test]
    fn chance_is_zero_full_agreement_one_and_between_them_a_line(null in -1.0..0.9_f64, part in 0.0..1.0_f64) {
        prop_assert_eq!((chance_corrected(null, null), chance_corrected(1.0, null)), (0.0, 1.0));
        prop_assert!((chance_corrected(null + part * (1.0 - null), null) - part).abs() < 1e-12);
    }

    #[test]
    fn a_bootstrap_of_any_statistic_is_sound_or_an_error(of in numbers(6), seed in any::<u64>()) {
        let params = BootstrapParams::default().with_draws(30).with_seed(seed);
        let statistic = |drawn: &[usize]| of[drawn[0]];
        for found in [
            bootstrap(of.len(), &params, statistic),
            bootstrap_blocks(&(0..of.len()).collect::<Vec<_>>(), &params, statistic),
        ].into_iter().flatten() {
            prop_assert!(is_sound(&found.estimate), "{:?}", found);
            prop_assert_eq!(found.undefined > 0, found.to_string().contains("undefined"));
        }
    }

    #[test]
    fn results_survive_json(a in any::<f64>(), b in any::<f64>(), c in any::<f64>(), d in any::<f64>(), n in 0..9_usize) {
        let estimate = Estimate { value: a, standard_error: b, low: c, high: d, level: a, samples: n };
        let same = |x: f64, y: f64| x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan();
        let equal = |x: &Estimate, y: &Estimate| {
            same(x.value, y.value) && same(x.standard_error, y.standard_error) && same(x.low, y.low)
                && same(x.high, y.high) && same(x.level, y.level) && x.samples == y.samples
        };
        prop_assert!(equal(&round_trip(&estimate), &estimate));
        let area = AreaEstimate { estimate, interval: AreaInterval::NewcombeScore };
        prop_assert!(equal(&round_trip(&area).estimate, &estimate));
        let drawn = BootstrapEstimate { estimate, draws: n, undefined: 1 };
        prop_assert!(equal(&round_trip(&drawn).estimate, &estimate));
        let test = PermutationTest { difference: a, p_value: b, permutations: n, exact: true };
        let read = round_trip(&test);
        prop_assert!(same(read.difference, a) && same(read.p_value, b));
        let rest = OneVersusRest { by_class: vec![Some(a), None], macro_mean: b, weighted_mean: c };
        let read = round_trip(&rest);
        prop_assert!(same(read.by_class[0].unwrap(), a) && read.by_class[1].is_none());
        prop_assert!(same(read.macro_mean, b) && same(read.weighted_mean, c));
        let point = dissensus_stats::RiskPoint { coverage: a, risk: b, threshold: c };
        let curve = RiskCoverage { points: vec![point], area: d, mean_loss: a };
        let read = round_trip(&curve);
        prop_assert!(same(read.points[0].risk, b) && same(read.area, d) && same(read.mean_loss, a));
    }
}

/// Numbers that break what was not thought of, beside ordinary ones; or one number several times.
fn numbers(most: usize) -> impl Strategy<Value = Vec<f64>> {
    let number = prop_oneof![
        8 => -1.0..1.0,
        2 => prop_oneof![Just(0.0), Just(-0.0), Just(0.5), Just(1.0)],
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
        1 => prop_oneof![Just(1e308), Just(-1.7e308), Just(5e-324)],
    ];
    let constant = (number.clone(), 0..most).prop_map(|(value, n)| vec![value; n]);
    prop_oneof![3 => prop::collection::vec(number, 0..most), 1 => constant]
}

/// No bound is NaN, and the value is inside.
fn is_sound(estimate: &Estimate) -> bool {
    estimate.value.is_finite() && !estimate.standard_error.is_nan() && estimate.low <= estimate.high
}

fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

#[test]
fn everything_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<(
        AreaEstimate,
        AreaInterval,
        BootstrapEstimate,
        BootstrapParams,
        Confusion,
    )>();
    shared::<(
        ClassPredictions<'static>,
        OneVersusRest,
        PermutationTest,
        Permutations,
    )>();
    shared::<(
        Estimate,
        RiskCoverage,
        dissensus_stats::RiskPoint,
        dissensus_stats::Error,
    )>();
}
