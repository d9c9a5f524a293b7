//! Values of scipy, scikit-learn, ckatorch and the published functions
//! (`tests/reference/alignment_golden.py`).

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use dissensus_alignment::{
    ComparisonParams, EmbeddingGeometry, EmbeddingTable, EmbeddingTables, Estimator, Kernel,
    MinibatchCka, Procrustes, Ties, cka, compare, local_spearman, retrieval, svcca, top_k_overlap,
};
use nalgebra::DMatrix;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/alignment.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

fn table(value: &Value) -> EmbeddingTable {
    EmbeddingTable::from_matrix(&matrix(value)).unwrap()
}

/// The list of k and the columns after it.
fn by_k(value: &Value) -> (Vec<usize>, Vec<Vec<f64>>) {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    (
        rows.iter().map(|row| row[0] as usize).collect(),
        rows.iter().map(|row| row[1..].to_vec()).collect(),
    )
}

#[track_caller]
fn close(found: f64, wanted: f64, tolerance: f64) {
    assert!(
        (found - wanted).abs() <= tolerance,
        "found {found}, expected {wanted}"
    );
}

#[track_caller]
fn overlap_is(golden: &Value, wanted: &Value, tolerance: f64) {
    let (ks, wanted) = by_k(wanted);
    let found = top_k_overlap(&table(&golden["a"]), &table(&golden["b"]), &ks).unwrap();
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        close(found.score.value, wanted[0], tolerance);
    }
}

#[track_caller]
fn both_directions_are([a, b]: [&Value; 2], wanted: &Value) {
    let (ks, wanted) = by_k(wanted);
    let found = local_spearman(&table(a), &table(b), &ks, Ties::Average).unwrap();
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        close(found.forward.unwrap(), wanted[0], 1e-12);
        close(found.backward.unwrap(), wanted[1], 1e-12);
    }
}

#[test]
fn overlap_is_that_of_scikit_learns_neighbours() {
    let golden = golden();
    overlap_is(&golden, &golden["overlap"], 1e-12);
}

#[test]
fn overlap_is_that_of_the_published_function() {
    let golden = golden();
    overlap_is(&golden, &golden["published"]["overlap"], 1e-6);
}

#[test]
fn local_spearman_is_that_of_scipy_in_both_directions() {
    let golden = golden();
    both_directions_are([&golden["a"], &golden["b"]], &golden["spearman"]);
}

#[test]
fn ties_take_scipys_average_ranks() {
    let golden = golden();
    let signs = [&golden["signs_a"], &golden["signs_b"]];
    both_directions_are(signs, &golden["tied_spearman"]);
}

#[test]
fn local_spearman_as_published_is_that_of_the_published_function() {
    let golden = golden();
    let (ks, wanted) = by_k(&golden["published"]["spearman"]);
    let found = local_spearman(
        &table(&golden["a"]),
        &table(&golden["b"]),
        &ks,
        Ties::AsPublished,
    )
    .unwrap();
    for (found, wanted) in found.iter().zip(wanted) {
        close(found.value().unwrap(), wanted[0], 1e-6);
    }
}

#[test]
fn procrustes_is_that_of_scipy() {
    let golden = golden();
    let wanted = &golden["procrustes"];
    let fit = Procrustes::default()
        .fit(&matrix(&golden["a"]), &matrix(&golden["b"]))
        .unwrap();
    close(fit.disparity, wanted["disparity"].as_f64().unwrap(), 1e-12);
    close(fit.disparity, 1.0 - fit.trace.powi(2), 1e-12);
    close(fit.cosine, wanted["cosine"].as_f64().unwrap(), 1e-12);
    for (found, wanted) in fit.residuals.iter().zip(numbers(&wanted["residuals"])) {
        close(*found, wanted, 1e-12);
    }
    let choice = Procrustes {
        scale: false,
        unit_norm: false,
        ..Procrustes::default()
    };
    let fit = choice
        .fit(&matrix(&golden["a"]), &matrix(&golden["b"]))
        .unwrap();
    close(
        fit.disparity,
        wanted["raw_disparity_without_scale"].as_f64().unwrap(),
        1e-9,
    );
    close(fit.trace, wanted["raw_trace"].as_f64().unwrap(), 1e-9);
}

#[test]
fn kernel_alignment_is_that_of_the_reference() {
    let golden = golden();
    let (a, b) = (matrix(&golden["a"]), matrix(&golden["b"]));
    let rbf = Kernel::Rbf { fraction: 1.0 };
    for (name, kernel, estimator, tolerance) in [
        ("linear_biased", Kernel::Linear, Estimator::Biased, 1e-12),
        (
            "linear_debiased",
            Kernel::Linear,
            Estimator::Debiased,
            1e-12,
        ),
        ("rbf_biased", rbf, Estimator::Biased, 2e-6),
        ("rbf_debiased", rbf, Estimator::Debiased, 2e-6),
    ] {
        close(
            cka(&a, &b, kernel, estimator).unwrap().value,
            golden["cka"][name].as_f64().unwrap(),
            tolerance,
        );
    }
    close(
        cka(&a, &b, Kernel::Linear, Estimator::Biased)
            .unwrap()
            .value,
        golden["published"]["linear_cka"].as_f64().unwrap(),
        1e-12,
    );
    close(
        cka(&a, &b, rbf, Estimator::Biased).unwrap().value,
        golden["published"]["rbf_cka"].as_f64().unwrap(),
        2e-6,
    );
}

#[test]
fn minibatch_alignment_is_that_of_the_reference() {
    let golden = golden();
    let (a, b) = (matrix(&golden["a"]), matrix(&golden["b"]));
    let mut halves = [MinibatchCka::new(Kernel::Linear).unwrap(); 2];
    for batch in 0..3 {
        let rows = |m: &DMatrix<f64>| m.rows(20 * batch, 20).into_owned();
        halves[batch % 2].push(&rows(&a), &rows(&b)).unwrap();
    }
    let [mut whole, rest] = halves;
    whole.merge(&rest).unwrap();
    close(
        whole.value().unwrap(),
        golden["cka"]["linear_minibatch_20"].as_f64().unwrap(),
        1e-12,
    );
}

#[test]
fn canonical_correlations_are_those_of_scikit_learn() {
    let golden = golden();
    let found = svcca(&matrix(&golden["a"]), &matrix(&golden["b"]), 1.0).unwrap();
    assert_eq!(found.correlations.len(), numbers(&golden["cca"]).len());
    for (found, wanted) in found.correlations.iter().zip(numbers(&golden["cca"])) {
        close(*found, wanted, 1e-8);
    }
}

#[test]
fn retrieval_after_alignment_is_that_of_numpy() {
    let golden = golden();
    let (a, b) = (matrix(&golden["a"]), matrix(&golden["b"]));
    let fit = Procrustes::default().fit(&a, &b).unwrap();
    let centred = |m: &DMatrix<f64>| {
        EmbeddingTable::from_matrix(&DMatrix::from_fn(60, 6, |i, j| {
            m[(i, j)] - fit.reference_mean[j]
        }))
        .unwrap()
    };
    let found = retrieval(&centred(&a), &centred(&fit.transform(&b).unwrap()), 5).unwrap();
    let wanted = numbers(&golden["csls"]);
    close(found.accuracy.value, wanted[0], 1e-12);
    close(found.csls_accuracy.value, wanted[1], 1e-12);
}

#[test]
fn the_shape_of_a_cloud_is_that_of_numpy() {
    let golden = golden();
    let found = EmbeddingGeometry::of(&table(&golden["a"])).unwrap();
    let wanted = |name: &str| golden["cloud"][name].as_f64().unwrap();
    close(found.average_cosine, wanted("average_cosine"), 1e-7);
    close(found.anisotropy, wanted("anisotropy"), 1e-7);
    close(found.uniformity, wanted("uniformity"), 1e-6);
    close(found.effective_rank, wanted("effective_rank"), 1e-9);
    close(
        found.participation_ratio,
        wanted("participation_ratio"),
        1e-9,
    );
}

#[test]
fn comparing_many_tables_gives_each_pairs_own_values() {
    let golden = golden();
    let tables = EmbeddingTables::new(vec![
        table(&golden["b"]),
        table(&golden["a"]),
        table(&golden["b"]),
    ])
    .unwrap();
    let found = compare(&tables, &ComparisonParams::for_rows(60)).unwrap();
    let pair = &found.pairs[2];
    assert_eq!((pair.first, pair.second), (1, 2));
    let (_, overlap) = by_k(&golden["overlap"]);
    let (_, spearman) = by_k(&golden["spearman"]);
    pair.overlap
        .iter()
        .zip(overlap)
        .for_each(|(found, wanted)| close(found.score.value, wanted[0], 1e-12));
    for (found, wanted) in pair.spearman.iter().zip(spearman) {
        close(found.value().unwrap(), (wanted[0] + wanted[1]) / 2.0, 1e-12);
    }
    let (aligned, linear) = (pair.procrustes.unwrap(), pair.linear_cka.unwrap());
    let gaussian = pair.gaussian_cka.unwrap();
    for (found, group, name, tolerance) in [
        (aligned.disparity, "procrustes", "disparity", 1e-6),
        (aligned.cosine, "procrustes", "cosine", 1e-6),
        (linear.biased, "cka", "linear_biased", 1e-6),
        (linear.debiased.unwrap(), "cka", "linear_debiased", 1e-6),
        (gaussian.biased, "cka", "rbf_biased", 2e-6),
        (gaussian.debiased.unwrap(), "cka", "rbf_debiased", 2e-6),
    ] {
        close(
            found.value,
            golden[group][name].as_f64().unwrap(),
            tolerance,
        );
    }
}
