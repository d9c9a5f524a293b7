//! Numbers that break what was not thought of: a typed error or the documented value.

#![allow(clippy::unwrap_used)]

use dissensus_stats::BootstrapParams;
use dissensus_variant::{
    Contig, CoveragePoint, Genome, MemberScore, NamedScores, ScoreColumn, Sign, Variant,
    VariantScore, VariantWindow, auroc_by_coverage, base_probabilities, join_members, joined,
    pairs_in_order, scan_figures, scan_scores, variant_figures, write_table,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

const NOT_FINITE: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// Finite, and hard for a sum or a square.
const FINITE: [[f64; 4]; 5] = [
    [1e308, -1e308, 1e308, 0.0],
    [5e-324, 0.0, -5e-324, 1e-310],
    [0.0, -0.0, 0.0, -0.0],
    [-2.0; 4],
    [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1.0],
];

const LABELS: [bool; 4] = [true, false, true, false];

fn params() -> BootstrapParams {
    BootstrapParams::default().with_draws(40)
}

#[test]
fn figures_of_scores_that_are_not_finite_are_refused() {
    for value in NOT_FINITE {
        let scores = [value, 0.0, 1.0, 2.0];
        let labels = LABELS.map(Some);
        let found = variant_figures(&labels, &scores, &[None; 4], Sign::Low, &params());
        assert!(found.unwrap_err().to_string().contains("labelled variant"));
        // One of each label has no area, and is checked as well.
        let few = [Some(true), Some(false)];
        assert!(variant_figures(&few, &scores[..2], &[None; 2], Sign::Low, &params()).is_err());
        // Nobody asks how an unlabelled variant scored.
        let unlabelled = [None, Some(true), Some(false), Some(true)];
        let found = variant_figures(&unlabelled, &scores, &[None; 4], Sign::Low, &params());
        assert_eq!(found.unwrap().unlabelled, 1);
        assert!(pairs_in_order(&[(0, 1), (2, 3)], &scores, Sign::High, &params()).is_err());
        let unsure = [0.1; 4];
        let at = [0.5, 1.0];
        assert!(auroc_by_coverage(&LABELS, &scores, &unsure, Sign::Low, &at).is_err());
        assert!(auroc_by_coverage(&LABELS, &unsure, &scores, Sign::Low, &at).is_err());
        assert!(auroc_by_coverage(&LABELS, &unsure, &unsure, Sign::Low, &[value]).is_err());
    }
    for coverage in [0.0, -0.5, 1.5] {
        let found = auroc_by_coverage(&LABELS, &[0.0; 4], &[0.0; 4], Sign::Low, &[coverage]);
        assert!(found.is_err());
    }
    assert!(variant_figures(&[], &[0.0], &[], Sign::Low, &params()).is_err());
    assert!(pairs_in_order(&[], &[], Sign::Low, &params()).is_err());
}

#[test]
fn figures_of_hard_scores_lie_in_their_range() {
    for scores in FINITE {
        let labels = LABELS.map(Some);
        for sign in [Sign::Low, Sign::High] {
            let found = variant_figures(&labels, &scores, &[None; 4], sign, &params()).unwrap();
            let area = found.all.auroc.unwrap();
            assert!(0.0 <= area.low && area.low <= area.high && area.high <= 1.0);
            let found = auroc_by_coverage(&LABELS, &scores, &[0.5; 4], sign, &[0.5, 1.0]);
            let areas = found.unwrap().into_iter().filter_map(|point| point.auroc);
            assert!(areas.clone().count() == 2 && areas.eq([area.value; 2]));
            let pairs = pairs_in_order(&[(0, 1), (2, 3)], &scores, sign, &params()).unwrap();
            assert!((0.0..=1.0).contains(&pairs.value));
        }
    }
    let same = variant_figures(
        &LABELS.map(Some),
        &[7.0; 4],
        &[None; 4],
        Sign::Low,
        &params(),
    );
    assert_eq!(same.unwrap().all.auroc.unwrap().value, 0.5);
}

#[test]
fn members_that_say_nothing_possible_are_joined_to_what_is_missing() {
    for value in NOT_FINITE.into_iter().chain([1e308, f64::MIN]) {
        let found = join_members(&[vec![value, 1.0], vec![-value, 3.0]]).unwrap();
        assert!(found[0].mean.is_nan() && found[0].deviation.unwrap().is_nan());
        assert_eq!(found[1].mean, 2.0);
        let named = joined("models", &[vec![value, 1.0], vec![-value, 3.0]]).unwrap();
        assert!(named.values[0].is_nan() && named.deviation.unwrap()[0].is_nan());
    }
    for value in [5e-324, 0.0, -0.0, 1e-310] {
        let found = join_members(&[vec![value], vec![value], vec![value]]).unwrap();
        assert!(found[0].mean.abs() <= 1e-310 && found[0].deviation.unwrap() < 1e-150);
    }
    let one = join_members(&[vec![f64::NAN]]).unwrap();
    assert!(one[0].mean.is_nan() && one[0].deviation.is_none());
    assert!(join_members(&[]).is_err());
    assert!(join_members(&[vec![1.0], vec![]]).is_err());
    assert_eq!(join_members(&[vec![], vec![]]).unwrap(), []);
}

#[test]
fn a_base_has_no_probability_where_a_token_has_none() {
    let symbols = ["A", "C", "G", "T", ""];
    let of = |log: [f32; 5]| base_probabilities(&log, &symbols, 0, 1);
    for value in [f32::NAN, f32::INFINITY] {
        let found = of([value, 0.0, 0.0, 0.0, 0.0]);
        assert!(found.iter().all(|p| p.is_nan()), "{value}: {found:?}");
        // A special token is no base, whatever the model says of it.
        assert_eq!(of([0.0, 0.0, 0.0, 0.0, value]), [0.25; 4]);
    }
    let off = f32::NEG_INFINITY;
    assert_eq!(of([off, 0.0, off, off, 0.0]), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(of([off; 5]), [0.25; 4]);
    assert_eq!(of([f32::MIN; 5]), [0.25; 4]);
    assert_eq!(
        of([f32::MAX, f32::MIN, 0.0, 0.0, 0.0]),
        [1.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(of([1e-45; 5]), [0.25; 4]);
    assert_eq!(base_probabilities::<&str>(&[], &[], 0, 1), [0.25; 4]);
}

fn labelled() -> Vec<Variant> {
    let variant = |position| Variant::new("chr1", position, "A", "C");
    let mut variants: Vec<Variant> = (1..5).map(variant).collect();
    for (variant, label) in variants.iter_mut().zip(LABELS) {
        variant.label = Some(label);
    }
    variants
}

#[test]
fn a_scan_of_scores_that_are_not_finite_has_no_figures_and_missing_fields() {
    let variants = labelled();
    for value in NOT_FINITE {
        let values = vec![value, 0.0, 1.0, 2.0];
        let scores = [
            NamedScores::low("low", values.clone()),
            NamedScores::high("high", values.clone()),
            NamedScores::low("unsure", vec![0.0; 4]).with_deviation(values.clone()),
        ];
        for scores in scores {
            assert!(scan_figures(&variants, &[scores], &params()).is_err());
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scores.tsv");
        let column = ScoreColumn::new("LLR", "a ratio", values);
        write_table(&file, &variants, &[column]).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let fields: Vec<&str> = text
            .lines()
            .map(|l| l.rsplit('\t').next().unwrap())
            .collect();
        assert_eq!(fields, ["LLR", "", "0", "1", "2"]);
    }
    let short = NamedScores::low("short", vec![0.0; 3]);
    assert!(scan_figures(&variants, &[short], &params()).is_err());
    assert!(scan_figures(&variants, &[NamedScores::low("none", vec![])], &params()).is_err());
}

#[test]
fn scores_of_members_that_say_nothing_possible_are_missing_beside_those_of_no_model() {
    let genome = Genome::new([Contig::new("7", 0, b"ACGTTGCAACGGTACC")]);
    let variants = [Variant::new("7", 5, "T", "C")];
    let windows = [VariantWindow::around(&variants[0], &genome, 8).unwrap()];
    let asked = (&variants[..], &windows[..]);
    for value in NOT_FINITE {
        let found = scan_scores(&[vec![value]], &[vec![value]], &genome, asked, &[]).unwrap();
        assert!(found[0].values[0].is_nan() && found[1].values[0].is_nan());
        assert!(found[2..].iter().all(|scores| scores.values[0].is_finite()));
    }
    assert!(scan_scores(&[], &[], &genome, asked, &[]).is_err());
    assert!(scan_scores(&[vec![1.0], vec![]], &[], &genome, asked, &[]).is_err());
}

fn reads_back<T: Serialize + DeserializeOwned + std::fmt::Debug>(value: &T) -> bool {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap();
    format!("{read:?}") == format!("{value:?}")
}

proptest! {
    #[test]
    fn results_survive_json_whatever_they_hold(x in any::<f64>(), maybe in any::<Option<f64>>(), kept in 0..9_usize) {
        let point = CoveragePoint { coverage: x, kept, auroc: maybe };
        prop_assert!(reads_back(&point));
        let joined = MemberScore { mean: x, deviation: maybe };
        prop_assert!(reads_back(&joined));
        let score = VariantScore { forward: x, reverse: maybe };
        prop_assert!(reads_back(&score));
    }
}
