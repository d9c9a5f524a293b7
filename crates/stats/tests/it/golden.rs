//! Values of scipy, scikit-learn and statsmodels; `tests/reference/stats_golden.py` wrote them.

use approx::assert_abs_diff_eq;
use dissensus_stats::{
    ClassPredictions, Confusion, Permutations, auprc, auroc, auroc_delong, average_ranks,
    benjamini_hochberg, jackknife_mean, paired_permutation_test, permutation_test,
    proportion_exact, proportion_wilson, risk_coverage, spearman,
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
    delong_logit: [f64; 2],
    newcombe: [[f64; 2]; 3],
    accuracy: f64,
    classes: Vec<usize>,
    probabilities: Vec<f64>,
    brier: f64,
    log_loss: f64,
    ovr_macro: f64,
    ovr_weighted: f64,
    calibration: f64,
    rates: Vec<Rate>,
    uncertainty: Vec<f64>,
    losses: Vec<f64>,
    risk_area: f64,
    differences: Vec<f64>,
    sign_flip_p: f64,
    ties_p: f64,
}

#[derive(serde::Deserialize)]
struct Rate {
    k: usize,
    n: usize,
    exact: [f64; 2],
    wilson: [f64; 2],
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/stats.json")).expect("the golden file is JSON")
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
    let delong = auroc_delong(&g.labels, &g.scores, 0.95).unwrap().estimate;
    assert_abs_diff_eq!(delong.low, g.delong_logit[0], epsilon = 1e-9);
    assert_abs_diff_eq!(delong.high, g.delong_logit[1], epsilon = 1e-9);
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
    assert_abs_diff_eq!(found.accuracy(), g.accuracy, epsilon = 1e-12);
    assert_abs_diff_eq!(found.mcc(), g.mcc, epsilon = 1e-12);
    assert_abs_diff_eq!(found.f1_macro(), g.f1_macro, epsilon = 1e-12);
    assert_abs_diff_eq!(found.f1_weighted(), g.f1_weighted, epsilon = 1e-12);
}

#[test]
fn tests_are_those_of_scipy() {
    let g = golden();
    let found = permutation_test(&g.a, &g.b, Permutations::Exact).unwrap();
    assert_abs_diff_eq!(found.p_value, g.permutation_p, epsilon = 1e-12);
    let ties = permutation_test(
        &[1e13, 1.0, 2.0, 3.0],
        &[1e13, 5.0, 6.0, 7.0],
        Permutations::Exact,
    );
    assert_abs_diff_eq!(ties.unwrap().p_value, g.ties_p, epsilon = 1e-12);
    let flips = paired_permutation_test(&g.differences, Permutations::Exact).unwrap();
    assert_abs_diff_eq!(flips.p_value, g.sign_flip_p, epsilon = 1e-12);
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

#[test]
fn score_intervals_of_areas_are_the_roots_of_their_equation() {
    let g = golden();
    // Perfect order of 3 + 3 and 20 + 7; one score for all of 4 + 9.
    let labels = |m: usize, n: usize| (0..m + n).map(|i| i < m).collect::<Vec<bool>>();
    let falling = |n: usize| (0..n).map(|i| -(i as f64)).collect::<Vec<f64>>();
    let cases = [
        (labels(3, 3), falling(6)),
        (labels(20, 7), falling(27)),
        (labels(4, 9), vec![2.0; 13]),
    ];
    for ((labels, scores), [low, high]) in cases.iter().zip(g.newcombe) {
        let found = auroc_delong(labels, scores, 0.95).unwrap().estimate;
        assert_abs_diff_eq!(found.low, low, epsilon = 1e-9);
        assert_abs_diff_eq!(found.high, high, epsilon = 1e-9);
    }
}

#[test]
fn scores_of_probabilities_are_those_of_scikit_learn() {
    let g = golden();
    let found = ClassPredictions::new(3, &g.classes, &g.probabilities).unwrap();
    assert_abs_diff_eq!(found.brier_score(), g.brier, epsilon = 1e-12);
    assert_abs_diff_eq!(found.log_loss_nats(), g.log_loss, epsilon = 1e-12);
    let areas = found.one_versus_rest().unwrap();
    assert_abs_diff_eq!(areas.macro_mean, g.ovr_macro, epsilon = 1e-12);
    assert_abs_diff_eq!(areas.weighted_mean, g.ovr_weighted, epsilon = 1e-12);
    let error = found.expected_calibration_error(10).unwrap();
    assert_abs_diff_eq!(error, g.calibration, epsilon = 1e-12);
    let curve = risk_coverage(&g.uncertainty, &g.losses).unwrap();
    assert_abs_diff_eq!(curve.area, g.risk_area, epsilon = 1e-12);
}

#[test]
fn intervals_of_rates_are_those_of_statsmodels() {
    for rate in golden().rates {
        let exact = proportion_exact(rate.k, rate.n, 0.95).unwrap();
        assert_abs_diff_eq!(exact.low, rate.exact[0], epsilon = 1e-8);
        assert_abs_diff_eq!(exact.high, rate.exact[1], epsilon = 1e-8);
        let wilson = proportion_wilson(rate.k, rate.n, 0.95).unwrap();
        assert_abs_diff_eq!(wilson.low, rate.wilson[0], epsilon = 1e-9);
        assert_abs_diff_eq!(wilson.high, rate.wilson[1], epsilon = 1e-9);
    }
}
