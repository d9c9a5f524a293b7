//! Pages of the programs that ask one model: what they say, and that they are the same made again
//! from `results.json`.

use dissensus_lm::Pool;
use dissensus_probe::{
    EvaluateParams, FeatureComparison, Features, Folds, Labels, LogisticParams, Reduction,
};
use dissensus_report::{RunCard, Verdict};
use dissensus_stats::BootstrapParams;
use dissensus_variant::{
    CurveParams, Embedder, ModelError, NamedScores, Variant, View, mutation_curve, scan_figures,
};
use dissensus_workbench::{
    CurveResults, Presentation, Presents, ProbeResults, ScanResults, ViewCurve,
};
use serde::Serialize;

/// Written as JSON and read again.
fn again(results: &impl Serialize) -> Presentation {
    let text = serde_json::to_string(results).unwrap();
    let value = serde_json::from_str(&text).unwrap();
    Presentation::of_results(&value).unwrap().unwrap()
}

/// A score that is always right, whose members differ more and more, and one that is blind.
fn scan() -> ScanResults {
    let one = |row: usize| {
        let mut variant = Variant::new("7", 1 + row as u64, "A", "G");
        variant.label = Some(row.is_multiple_of(2));
        variant.class = Some(["missense", "nonsense"][row / 30].to_owned());
        variant
    };
    let variants: Vec<Variant> = (0..60).map(one).collect();
    let right = (0..60).map(|row| f64::from(row % 2)).collect();
    let unsure = (0..60).map(f64::from).collect();
    let scores = [
        NamedScores::low("models", right).with_deviation(unsure),
        NamedScores::low("random twins", vec![0.0; 60]),
    ];
    let params = BootstrapParams::default().with_draws(100);
    ScanResults(scan_figures(&variants, &scores, &params).unwrap())
}

/// Features that are the class, and features that are nothing.
fn probe() -> ProbeResults {
    let labels = Labels::new((0..60).map(|i| i % 2).collect(), 2).unwrap();
    let folds = Folds::stratified(&labels, 4, 0).unwrap();
    let logistic = LogisticParams::default();
    let mut found = FeatureComparison::new(&logistic, &labels, &folds, EvaluateParams::default());
    let class = Features::new((0..60).map(|i| f64::from(i % 2)).collect(), 1).unwrap();
    let nothing = Features::new(vec![1.0; 60], 1).unwrap();
    found.add("trained, mean", &class, Reduction::Full).unwrap();
    found.add("GC content", &nothing, Reduction::Full).unwrap();
    ProbeResults {
        task: "60 sequences".into(),
        source: "made".into(),
        licence: "none".into(),
        folds: "4 folds".into(),
        gains: vec![found.gain("trained, mean", &["GC content"]).unwrap()],
        reports: found.reports().to_vec(),
    }
}

/// Counts of words of some length: of one base, they see no order.
struct Words(usize);

impl Embedder for Words {
    fn embed(&self, sequences: &[Vec<u8>]) -> Result<Vec<Vec<f32>>, ModelError> {
        let place = |base: u8| b"ACGT".iter().position(|&b| b == base).unwrap();
        let count = |sequence: &Vec<u8>| {
            let mut counts = vec![0.0; 4_usize.pow(self.0 as u32)];
            for word in sequence.windows(self.0) {
                counts[word.iter().fold(0, |sum, &base| 4 * sum + place(base))] += 1.0;
            }
            counts
        };
        Ok(sequences.iter().map(count).collect())
    }
}

/// A model that sees words of five bases, and a twin that sees single ones.
fn curves() -> CurveResults {
    let window = |i: usize| [b"ACGGTCA".repeat(9 - i), b"TTGCA".repeat(3 * i)].concat();
    let windows: Vec<Vec<u8>> = (1..8).map(window).collect();
    let params = CurveParams::default().with_counts(&[1, 8]);
    let one = |(model, length): (&str, usize)| ViewCurve {
        model: model.into(),
        view: View::last(Pool::Mean),
        curve: mutation_curve(&Words(length), &windows, &params).unwrap(),
    };
    CurveResults {
        length: 64,
        curves: [("trained", 5), ("random weights 0", 1)].map(one).into(),
    }
}

#[test]
fn a_page_made_again_from_the_file_is_the_same() {
    assert_eq!(again(&scan().0), scan().presentation().unwrap());
    assert_eq!(again(&probe()), probe().presentation().unwrap());
    assert_eq!(again(&curves()), curves().presentation().unwrap());
    let other = serde_json::json!({ "ensembles": [] });
    assert!(Presentation::of_results(&other).unwrap().is_none());
}

#[test]
fn figures_tables_and_page_are_written() {
    for (shown, files) in [
        (scan().presentation().unwrap(), 7),
        (probe().presentation().unwrap(), 5),
        (curves().presentation().unwrap(), 4),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let paths = shown
            .write(RunCard::new("", "a program"), folder.path())
            .unwrap();
        assert_eq!(paths.len(), files, "{}", shown.title);
        let page = std::fs::read_to_string(&paths[0]).unwrap();
        assert!(page.contains(&shown.title) && page.contains("<svg"));
    }
}

#[test]
fn a_score_that_is_always_right_is_said_to_do_better_than_one_that_is_blind() {
    let shown = scan().presentation().unwrap();
    assert_eq!(shown.findings.len(), 3); // all variants, and two classes
    for finding in &shown.findings {
        assert_eq!(finding.verdict, Verdict::Shown);
        let wanted = "does better than “random twins”: difference of AUROC 0.5";
        assert!(finding.sentence.contains(wanted), "{finding}");
    }
}

#[test]
fn features_that_are_the_class_are_said_to_do_better_than_nothing() {
    let shown = probe().presentation().unwrap();
    assert_eq!(shown.findings[0].verdict, Verdict::Shown);
    let wanted = "do better than “GC content”: gain in MCC 1";
    assert!(
        shown.findings[0].sentence.contains(wanted),
        "{}",
        shown.findings[0]
    );
}

#[test]
fn a_model_that_sees_order_is_said_to_tell_a_shuffle_where_its_twin_does_not() {
    let shown = curves().presentation().unwrap();
    assert_eq!(shown.findings.len(), 1);
    assert_eq!(
        shown.findings[0].verdict,
        Verdict::Shown,
        "{}",
        shown.findings[0]
    );
    assert!(
        shown.findings[0]
            .sentence
            .contains("than its random twins do, of which there are 1 (")
    );
}
