//! Values of scipy and scikit-learn; `tests/reference/stats_golden.py` wrote them.

use approx::assert_abs_diff_eq;
use dissensus_stats::{
    Confusion, Permutations, auprc, auroc, auroc_delong, average_ranks, benjamini_hochberg,
    jackknife_mean, permutation_test, spearman,
};

#[derive(serde::Deserialize)]
struct Golden {
    labels: Vec<bool>,
    scores: Vec<f64>,
    auroc: f64,
    auprc: f64,
    delong_standard_error: f64,
    x: Vec<f64>,
    y: Vec<f64>,
    spearman: f64,
    ranks: Vec<f64>,
    truth: Vec<usize>,
    predicted: Vec<usize>,
    mcc: f64,
    f1_macro: f64,
    f1_weighted: f64,
    p: Vec<f64>,
    benjamini_hochberg: Vec<f64>,
    a: Vec<f64>,
    b: Vec<f64>,
    permutation_p: f64,
    student: [f64; 2],
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/stats.json")).expect("the golden file is JSON")
}

#[test]
fn areas_are_those_of_scikit_learn() {
    let g = golden();
    assert_abs_diff_eq!(
        auroc(&g.labels, &g.scores).unwrap(),
        g.auroc,
        epsilon = 1e-12
    );
    assert_abs_diff_eq!(
        auprc(&g.labels, &g.scores).unwrap(),
        g.auprc,
        epsilon = 1e-12
    );
    let delong = auroc_delong(&g.labels, &g.scores, 0.95).unwrap();
    assert_abs_diff_eq!(
        delong.standard_error,
        g.delong_standard_error,
        epsilon = 1e-12
    );
}

#[test]
fn rank_correlation_is_that_of_scipy() {
    let g = golden();
    assert_eq!(average_ranks(&g.x).unwrap(), g.ranks);
    assert_abs_diff_eq!(spearman(&g.x, &g.y).unwrap(), g.spearman, epsilon = 1e-12);
}

#[test]
fn scores_of_classes_are_those_of_scikit_learn() {
    let g = golden();
    let found = Confusion::new(4, &g.truth, &g.predicted).unwrap();
    assert_abs_diff_eq!(found.mcc(), g.mcc, epsilon = 1e-12);
    assert_abs_diff_eq!(found.f1_macro(), g.f1_macro, epsilon = 1e-12);
    assert_abs_diff_eq!(found.f1_weighted(), g.f1_weighted, epsilon = 1e-12);
}

#[test]
fn tests_are_those_of_scipy() {
    let g = golden();
    let found = permutation_test(&g.a, &g.b, Permutations::Exact).unwrap();
    assert_abs_diff_eq!(found.p_value, g.permutation_p, epsilon = 1e-12);
    let adjusted = benjamini_hochberg(&g.p).unwrap();
    adjusted
        .iter()
        .zip(&g.benjamini_hochberg)
        .for_each(|(a, b)| assert_abs_diff_eq!(*a, *b, epsilon = 1e-12));
}

#[test]
fn the_jackknife_of_a_mean_is_the_student_interval() {
    let g = golden();
    let found = jackknife_mean(&g.a, 0.95).unwrap();
    assert_abs_diff_eq!(found.low, g.student[0], epsilon = 1e-9);
    assert_abs_diff_eq!(found.high, g.student[1], epsilon = 1e-9);
}
