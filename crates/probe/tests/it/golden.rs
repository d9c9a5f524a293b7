//! Against scikit-learn and XGBoost; `tests/reference/probe_golden.py` wrote the values.

#![allow(clippy::unwrap_used)]

use dissensus_probe::{
    BoostedTrees, ClassWeight, Features, Labels, Logistic, LogisticParams, Metric, Probe,
    ProbeOutcome, Reduction, Ridge, RidgeParams, TreesParams, scores,
};
use nalgebra::DMatrix;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/probe.json")).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(all) => all.iter().flat_map(floats).collect(),
        other => vec![other.as_f64().unwrap()],
    }
}

fn integers(value: &Value) -> Vec<usize> {
    floats(value).into_iter().map(|v| v as usize).collect()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let rows = value.as_array().unwrap().len();
    let values = floats(value);
    DMatrix::from_row_slice(rows, values.len() / rows, &values)
}

fn features(golden: &Value) -> Features {
    Features::from_matrix(&matrix(&golden["x"])).unwrap()
}

#[track_caller]
fn close(found: &DMatrix<f64>, wanted: &DMatrix<f64>, tolerance: f64) {
    assert_eq!(found.shape(), wanted.shape());
    let off = (found - wanted).amax();
    assert!(off <= tolerance, "off by {off}");
}

#[test]
fn ridge_is_that_of_scikit_learn() {
    let golden = golden();
    let x = features(&golden);
    let y = matrix(&golden["ridge"]["y"]);
    for (case, rows) in [(0, x.rows()), (1, x.rows()), (2, 5)] {
        let wanted = &golden["ridge"]["models"][case];
        let chosen: Vec<usize> = (0..rows).collect();
        let params = RidgeParams::default().with_penalty(wanted["alpha"].as_f64().unwrap());
        let targets = y.rows(0, rows).into_owned();
        let found = Ridge::fit(&x.select(&chosen).unwrap(), &targets, &params).unwrap();
        close(
            &found.weights.transpose(),
            &matrix(&wanted["weights"]),
            1e-10,
        );
        let intercept = DMatrix::from_row_slice(2, 1, &found.intercept);
        close(&intercept, &matrix(&wanted["intercept"]), 1e-10);
    }
}

#[test]
fn the_ridge_classifier_is_that_of_scikit_learn() {
    let golden = golden();
    let x = features(&golden);
    let labels = Labels::new(integers(&golden["labels"]), 4).unwrap();
    let probe = RidgeParams::default().with_penalty(2.0);
    let found = Probe::fit(&probe, &x, &labels)
        .unwrap()
        .predict(&x)
        .unwrap();
    assert!(!found.probabilities);
    close(&found.scores, &matrix(&golden["ridge_classifier"]), 1e-10);
}

#[test]
fn logistic_regression_is_that_of_scikit_learn() {
    let golden = golden();
    let x = features(&golden);
    let cases =
        ["logistic", "logistic_binary"].map(|name| golden[name].as_array().unwrap().clone());
    let balanced = golden["logistic_balanced"].clone();
    let equal = cases
        .into_iter()
        .flatten()
        .map(|case| (case, ClassWeight::Equal));
    for (case, weight) in equal.chain([(balanced, ClassWeight::Balanced)]) {
        let values = integers(&case["labels"]);
        let classes = values.iter().max().unwrap() + 1;
        let params = LogisticParams::default()
            .with_inverse_penalty(case["c"].as_f64().unwrap())
            .with_class_weight(weight)
            .with_tolerance(1e-10)
            .with_iterations(20_000);
        let found = Logistic::fit(&x, &Labels::new(values, classes).unwrap(), &params).unwrap();
        assert!(
            found.converged,
            "C {}: gradient {} after {} iterations",
            case["c"], found.gradient, found.iterations
        );
        close(&found.weights.transpose(), &matrix(&case["weights"]), 1e-6);
        let intercept = DMatrix::from_column_slice(found.intercept.len(), 1, &found.intercept);
        close(&intercept, &matrix(&case["intercept"]), 1e-6);
        let first: Vec<usize> = (0..5).collect();
        let p = found.probabilities(&x.select(&first).unwrap()).unwrap();
        close(&p, &matrix(&case["probabilities"]), 1e-7);
    }
}

#[test]
fn principal_components_are_those_of_scikit_learn() {
    let golden = golden();
    let x = features(&golden);
    let fitted = Reduction::Pca { dimension: 3 }.fit(&x).unwrap();
    let first: Vec<usize> = (0..7).collect();
    let reduced = fitted.apply(&x.select(&first).unwrap()).unwrap();
    close(
        &reduced.to_matrix().abs(),
        &matrix(&golden["pca"]["reduced"]),
        1e-9,
    );
    let wanted = golden["pca"]["explained"].as_f64().unwrap();
    assert!((fitted.explained.unwrap() - wanted).abs() < 1e-12);
}

/// XGBoost sums in single precision: probabilities agree to about 1e-6. Two columns may part the
/// training rows alike; which of them is taken is then rounding, and an unseen row may fall to the
/// other side.
#[test]
fn boosted_trees_are_those_of_xgboost() {
    let golden = golden();
    let x = features(&golden);
    let training: Vec<usize> = (0..120).collect();
    let params = TreesParams::default().with_rounds(30);
    for name in ["trees", "trees_binary"] {
        let case = &golden[name];
        let values = integers(&case["labels"]);
        let classes = values.iter().max().unwrap() + 1;
        let labels = Labels::new(values, classes).unwrap();
        let (x_train, y_train) = (
            x.select(&training).unwrap(),
            labels.select(&training).unwrap(),
        );
        let fitted = BoostedTrees::fit(&x_train, &y_train, &params).unwrap();
        let found = fitted.probabilities(&x).unwrap();
        let wanted = if classes == 2 {
            let ones = floats(&case["probabilities"]);
            DMatrix::from_fn(
                ones.len(),
                2,
                |i, k| if k == 1 { ones[i] } else { 1.0 - ones[i] },
            )
        } else {
            matrix(&case["probabilities"])
        };
        close(
            &found.rows(0, 120).into_owned(),
            &wanted.rows(0, 120).into_owned(),
            2e-6,
        );
        let agree = |i: &usize| (found.row(*i) - wanted.row(*i)).amax() <= 2e-6;
        assert!((120..160).filter(agree).count() >= 39);
    }
}

/// The calibration error is that of Guo et al. 2017, computed with numpy: scikit-learn has none of
/// several classes.
#[test]
fn scores_are_those_of_scikit_learn() {
    let golden = golden();
    for (name, classes) in [("scores", 3), ("scores_binary", 2)] {
        let case = &golden[name];
        let labels = Labels::new(integers(&case["truth"]), classes).unwrap();
        let outcome = ProbeOutcome::probabilities(matrix(&case["probabilities"]));
        let found = scores(&labels, &outcome).unwrap();
        for metric in Metric::ALL {
            let key = serde_json::to_value(metric).unwrap();
            let wanted = case[key.as_str().unwrap()].as_f64().unwrap();
            let found = found.get(metric).unwrap();
            assert!(
                (found - wanted).abs() < 1e-12,
                "{name}, {metric}: {found} for {wanted}"
            );
        }
    }
}
