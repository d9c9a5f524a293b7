//! Numbers that break what was not thought of: a typed error or the documented value.

#![allow(clippy::unwrap_used)]

use dissensus_probe::{
    BoostedTrees, Error, EvaluateParams, Features, Folds, Labels, Leak, Logistic, LogisticParams,
    Measured, Metric, NearDuplicate, Probe, ProbeOutcome, Reduction, Ridge, RidgeParams, Scores,
    Standardizer, Tree, TreesParams, evaluate, scores,
};
use dissensus_stats::BootstrapParams;
use nalgebra::DMatrix;
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// What is refused, each beside ordinary values.
const REFUSED: [f64; 6] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    -1e308,
    1.001e100,
];

#[test]
fn features_that_are_no_ordinary_numbers_are_refused_by_row_and_column() {
    for value in REFUSED {
        let table = vec![0.0, 1.0, 2.0, value];
        let found = [
            Features::new(table.clone(), 2),
            Features::from_matrix(&DMatrix::from_row_slice(2, 2, &table)),
        ];
        for found in found {
            let Err(Error::NotFinite { row, column, .. }) = found else {
                panic!("{value}: {found:?}");
            };
            assert_eq!((row, column), (1, 1));
        }
    }
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert!(Features::from_f32(&[value], 1).is_err());
    }
    for value in [f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45, -0.0] {
        let found = Features::from_f32(&[value], 1).unwrap();
        assert_eq!(found.values(), [f64::from(value)]);
    }
    assert!(Features::new(vec![], 1).is_err());
    assert!(Features::new(vec![1.0], 0).is_err());
    assert!(Features::new(vec![1.0; 3], 2).is_err());
}

#[test]
fn columns_of_any_scale_are_standardised_and_constant_ones_are_zero() {
    for scale in [1e100, 1e60, 1.0, 1e-90, 1e-160, 1e-300] {
        let values = [-1.0, 0.0, 0.5, 0.5].map(|v| v * scale).to_vec();
        let features = Features::new(values, 1).unwrap();
        let scaled = Standardizer::fit(&features).apply(&features).unwrap();
        let deviation = (1.5_f64 / 4.0).sqrt();
        for (found, wanted) in scaled.values().iter().zip([-1.0, 0.0, 0.5, 0.5]) {
            assert!(
                (found - wanted / deviation).abs() < 1e-12,
                "{scale}: {found}"
            );
        }
    }
    for constant in [0.0, -0.0, 0.1, 1e100, 1e-300, 5e-324] {
        let features = Features::new(vec![constant; 7], 1).unwrap();
        let scaled = Standardizer::fit(&features).apply(&features).unwrap();
        assert!(scaled.values().iter().all(|v| v.abs() < 1e-9), "{constant}");
    }
}

/// Tables that are allowed and hard: by name, of 12 rows and 2 columns.
fn hard_tables() -> Vec<(&'static str, Features)> {
    let table = |of: fn(usize) -> f64| Features::new((0..24).map(of).collect(), 2).unwrap();
    vec![
        ("constant", table(|_| 3.0)),
        ("zero", table(|_| 0.0)),
        ("huge", table(|i| [1e100, -1e100, 5e99][i % 3])),
        ("subnormal", table(|i| [5e-324, 0.0, 1e-310][i % 3])),
        ("tiny", table(|i| [1e-200, -1e-200, 3e-200][i % 3])),
        (
            "both ends",
            table(|i| [1e100, 1e-100, 1.0, 0.0, -7.0][i % 5]),
        ),
        ("two columns alike", table(|i| (i / 2) as f64)),
    ]
}

#[test]
fn every_probe_says_something_possible_of_hard_tables_or_refuses_them() {
    let labels = Labels::new((0..12).map(|i| i % 2).collect(), 2).unwrap();
    let folds = Folds::stratified(&labels, 3, 0).unwrap();
    let trees = TreesParams::default().with_rounds(5).with_depth(2);
    let probes: [&dyn Probe; 3] = [&RidgeParams::default(), &LogisticParams::default(), &trees];
    let bootstrap = BootstrapParams::default().with_draws(20);
    let params = EvaluateParams::default().with_bootstrap(bootstrap);
    let reductions = [
        Reduction::Full,
        Reduction::Pca { dimension: 1 },
        Reduction::Random {
            dimension: 1,
            seed: 3,
        },
    ];
    for (name, features) in hard_tables() {
        for probe in probes {
            for reduction in reductions {
                let params = params.with_reduction(reduction);
                let Ok(report) = evaluate(probe, &features, &labels, &folds, &params) else {
                    continue;
                };
                for fold in &report.folds {
                    for metric in Metric::ALL {
                        let lowest = if metric == Metric::Mcc { -1.0 } else { 0.0 };
                        let most = if metric == Metric::LogLoss {
                            800.0
                        } else {
                            1.0
                        };
                        let value = fold.scores.get(metric).unwrap_or(lowest);
                        assert!((lowest..=most).contains(&value), "{name}: {metric} {value}");
                    }
                }
            }
        }
        plain_fits_are_possible(name, &features, &labels);
    }
}

/// The fits alone, without standardisation.
fn plain_fits_are_possible(name: &str, features: &Features, labels: &Labels) {
    let sums_to_one = |found: &DMatrix<f64>| {
        found.row_iter().all(|row| {
            (row.sum() - 1.0).abs() < 1e-6 && row.iter().all(|p| (0.0..=1.0).contains(p))
        })
    };
    if let Ok(fit) = Logistic::fit(features, labels, &LogisticParams::default()) {
        assert!(sums_to_one(&fit.probabilities(features).unwrap()), "{name}");
    }
    let trees = TreesParams::default().with_rounds(3);
    let fit = BoostedTrees::fit(features, labels, &trees).unwrap();
    assert!(sums_to_one(&fit.probabilities(features).unwrap()), "{name}");
    let targets = DMatrix::from_fn(12, 1, |i, _| (i % 2) as f64);
    if let Ok(fit) = Ridge::fit(features, &targets, &RidgeParams::default()) {
        let found = fit.predict(features).unwrap();
        assert!(found.iter().all(|v| v.is_finite()), "{name}: {found}");
    }
    for target in REFUSED.into_iter().filter(|t| !t.is_finite()) {
        let targets = DMatrix::from_element(12, 1, target);
        assert!(Ridge::fit(features, &targets, &RidgeParams::default()).is_err());
    }
}

#[test]
fn what_is_no_probability_has_no_scores() {
    let labels = Labels::new(vec![0, 1], 2).unwrap();
    let of = |row: [f64; 2]| DMatrix::from_row_slice(2, 2, &[0.5, 0.5, row[0], row[1]]);
    for row in [
        [f64::NAN, 1.0],
        [f64::INFINITY, 0.0],
        [-0.5, 1.5],
        [0.2, 0.2],
        [1e308, 0.0],
        [0.0, 0.0],
    ] {
        let found = scores(&labels, &ProbeOutcome::probabilities(of(row)));
        assert!(found.is_err(), "{row:?}: {found:?}");
    }
    for row in [[0.0, 1.0], [5e-324, 1.0], [0.25, 0.75 + 5e-5]] {
        assert!(scores(&labels, &ProbeOutcome::probabilities(of(row))).is_ok());
    }
    // What only orders the classes may be any number.
    for row in [[-1e308, 1e308], [5e-324, 0.0], [3.0, 3.0]] {
        let found = scores(&labels, &ProbeOutcome::scores(of(row))).unwrap();
        assert!(found.auroc.is_some_and(|area| (0.0..=1.0).contains(&area)));
    }
    for row in [[f64::NAN, 0.0], [f64::NEG_INFINITY, 0.0]] {
        assert!(scores(&labels, &ProbeOutcome::scores(of(row))).is_err());
    }
}

#[test]
fn a_row_of_a_tree_may_hold_any_number() {
    let text = r#"{"nodes":[{"Split":{"column":0,"threshold":0.5,"left":1}},{"Leaf":{"value":1.0}},{"Leaf":{"value":2.0}}]}"#;
    let tree: Tree = serde_json::from_str(text).unwrap();
    let cases = [
        (f64::NAN, 1.0),
        (f64::NEG_INFINITY, 1.0),
        (5e-324, 1.0),
        (0.5, 2.0),
        (f64::INFINITY, 2.0),
    ];
    for (value, wanted) in cases {
        assert_eq!(tree.value(&[value]), wanted, "{value}");
    }
}

/// Written and read, with all numbers as they were: `Debug` writes each so that it can be told from
/// every other.
fn reads_back<T: Serialize + DeserializeOwned + std::fmt::Debug>(value: &T) -> bool {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap();
    format!("{read:?}") == format!("{value:?}")
}

proptest! {
    #[test]
    fn results_survive_json_whatever_they_hold(x in any::<[f64; 4]>(), maybe in any::<[Option<f64>; 5]>()) {
        let mut found = Scores::default();
        (found.mcc, found.accuracy, found.f1_macro, found.f1_weighted) = (x[0], x[1], x[2], x[3]);
        (found.auroc, found.auprc, found.brier) = (maybe[0], maybe[1], maybe[2]);
        (found.log_loss, found.calibration_error) = (maybe[3], maybe[4]);
        prop_assert!(reads_back(&found));
        let text = r#"{"metric":"mcc","estimate":{"value":0.0,"standard_error":0.0,"low":0.0,"high":0.0,"level":0.9,"samples":3},"undefined":0}"#;
        let mut measured: Measured = serde_json::from_str(text).unwrap();
        (measured.chance, measured.majority) = (maybe[0], maybe[1]);
        prop_assert!(reads_back(&measured));
        let mut pair: NearDuplicate = serde_json::from_str(r#"{"first":0,"second":1,"similarity":1.0}"#).unwrap();
        pair.similarity = x[0];
        prop_assert!(reads_back(&pair));
        let mut leak: Leak = serde_json::from_str(r#"{"fold":0,"train":1,"test":2,"similarity":1.0}"#).unwrap();
        leak.similarity = x[1];
        prop_assert!(reads_back(&leak));
    }
}
