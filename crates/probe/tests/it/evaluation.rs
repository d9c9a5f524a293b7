//! What a cross-validated probe may and may not find.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
#![allow(clippy::unwrap_used)]

use dissensus_probe::{
    EvaluateParams, Features, Folds, Labels, LogisticParams, Metric, Probe, ProbeOutcome,
    ProbeReport, Reduction, RidgeParams, SketchParams, TreesParams, across, evaluate,
    near_duplicates, paired_differences, similarity_groups,
};
use dissensus_stats::{BootstrapParams, bootstrap_blocks};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CLASSES: usize = 3;

fn probes() -> Vec<Box<dyn Probe>> {
    let trees = TreesParams::default().with_rounds(20).with_depth(2);
    let all: Vec<Box<dyn Probe>> = vec![
        Box::new(RidgeParams::default()),
        Box::new(LogisticParams::default().with_tolerance(1e-4)),
        Box::new(trees),
        #[cfg(feature = "hessboost")]
        Box::new(trees.with_engine(dissensus_probe::TreeEngine::Histogram)),
    ];
    all
}

fn params() -> EvaluateParams {
    let bootstrap = BootstrapParams::default()
        .with_draws(400)
        .with_seed(3)
        .with_level(0.999);
    EvaluateParams::default().with_bootstrap(bootstrap)
}

/// Three clouds, each about its own corner.
fn clouds(rows: usize, columns: usize, seed: u64) -> (Features, Vec<usize>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let labels: Vec<usize> = (0..rows).map(|_| rng.random_range(0..CLASSES)).collect();
    let values = (0..rows * columns).map(|i| {
        let corner = f64::from(u8::from(labels[i / columns] == i % columns));
        corner + rng.random_range(-1.0..1.0)
    });
    (Features::new(values.collect(), columns).unwrap(), labels)
}

#[track_caller]
fn contains_chance(report: &ProbeReport) {
    for metric in [
        Metric::Mcc,
        Metric::Accuracy,
        Metric::F1Weighted,
        Metric::Auroc,
        Metric::Auprc,
    ] {
        let found = report.get(metric).unwrap();
        let (estimate, chance) = (&found.estimate, found.chance.unwrap());
        assert!(
            estimate.low <= chance && chance <= estimate.high,
            "{}: {metric} {estimate}, chance {chance}",
            report.probe
        );
    }
}

/// One split, so that the interval, which holds for the probe as it was fitted, has its level.
#[test]
fn with_labels_shuffled_the_interval_of_every_probe_contains_chance() {
    for seed in 0..4 {
        let (features, mut labels) = clouds(400, 8, seed);
        labels.shuffle(&mut ChaCha8Rng::seed_from_u64(100 + seed));
        let labels = Labels::new(labels, CLASSES).unwrap();
        let split: Vec<&str> = (0..400)
            .map(|row| if row < 200 { "train" } else { "test" })
            .collect();
        let folds = Folds::fixed(&split).unwrap();
        for reduction in [Reduction::Full, Reduction::Pca { dimension: 3 }] {
            for probe in probes() {
                let params = params().with_reduction(reduction);
                contains_chance(&evaluate(&*probe, &features, &labels, &folds, &params).unwrap());
            }
        }
    }
}

/// Scaling, components and probe see training rows only, in every fold: whatever saw a test label
/// would show here.
#[test]
fn with_labels_shuffled_cross_validation_is_at_chance_on_average() {
    const SHUFFLES: u64 = 12;
    let few = params().with_reduction(Reduction::Pca { dimension: 4 });
    for probe in probes() {
        let area = |seed| {
            let (features, mut labels) = clouds(150, 8, 1);
            labels.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            let labels = Labels::new(labels, CLASSES).unwrap();
            let folds = Folds::stratified(&labels, 5, seed).unwrap();
            let report = evaluate(&*probe, &features, &labels, &folds, &few).unwrap();
            report.get(Metric::Auroc).unwrap().estimate.value
        };
        let mean = (0..SHUFFLES).map(area).sum::<f64>() / SHUFFLES as f64;
        assert!((mean - 0.5).abs() < 0.04, "{}: {mean}", probe.name());
    }
}

#[test]
fn with_labels_in_place_every_probe_beats_chance_and_the_majority() {
    let (features, labels) = clouds(150, 8, 1);
    let labels = Labels::new(labels, CLASSES).unwrap();
    let folds = Folds::stratified(&labels, 5, 1).unwrap();
    for probe in probes() {
        let report = evaluate(&*probe, &features, &labels, &folds, &params()).unwrap();
        for metric in [Metric::Mcc, Metric::Auroc, Metric::Auprc, Metric::Accuracy] {
            let found = report.get(metric).unwrap();
            assert!(found.estimate.low > found.chance.unwrap(), "{report}");
            assert!(found.estimate.low > found.majority.unwrap(), "{report}");
        }
    }
}

/// Copies with equal random labels: whoever trains on one and tests on the other finds what is not
/// there.
#[test]
fn copies_across_folds_leak_and_copies_kept_together_do_not() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let bases = |rng: &mut ChaCha8Rng| -> Vec<u8> {
        (0..300).map(|_| b"ACGT"[rng.random_range(0..4)]).collect()
    };
    let originals: Vec<Vec<u8>> = (0..60).map(|_| bases(&mut rng)).collect();
    let changed = |sequence: &Vec<u8>| {
        let mut copy = sequence.clone();
        copy[150] = if copy[150] == b'A' { b'C' } else { b'A' };
        copy
    };
    let copies: Vec<Vec<u8>> = originals.iter().map(changed).collect();
    let sequences = [originals, copies].concat();
    let half: Vec<usize> = (0..60).map(|_| rng.random_range(0..2)).collect();
    let labels = Labels::new([half.clone(), half].concat(), 2).unwrap();
    let one_hot = dissensus_probe::one_hot(&sequences, 300).unwrap();

    let pairs = near_duplicates(&sequences, &SketchParams::default()).unwrap();
    assert_eq!(pairs.len(), 60);
    assert!(pairs.iter().all(|pair| pair.second == pair.first + 60));
    let groups = similarity_groups(sequences.len(), &pairs);
    let apart = Folds::stratified(&labels, 5, 0).unwrap();
    let together = Folds::grouped(&groups, Some(&labels), 5, 0).unwrap();
    assert!(!across(&pairs, &apart).is_empty());
    assert!(across(&pairs, &together).is_empty());

    let probe = LogisticParams::default();
    let leaky = evaluate(&probe, &one_hot, &labels, &apart, &params()).unwrap();
    assert!(
        leaky.get(Metric::Auroc).unwrap().estimate.low > 0.6,
        "{leaky}"
    );
    let clean = evaluate(&probe, &one_hot, &labels, &together, &params()).unwrap();
    assert_eq!(clean.groups, 60);
    contains_chance(&clean);
}

/// The slow twin resamples with the crate `stats`, writing every drawn row out.
#[test]
fn intervals_are_those_of_a_bootstrap_over_groups() {
    let (features, labels) = clouds(120, 5, 4);
    let labels = Labels::new(labels, CLASSES).unwrap();
    let groups: Vec<usize> = (0..120).map(|row| row / 3).collect();
    let split: Vec<&str> = (0..120)
        .map(|row| if row < 60 { "train" } else { "test" })
        .collect();
    let folds = Folds::fixed(&split).unwrap().with_groups(&groups).unwrap();
    let many = EvaluateParams::default();
    let report = evaluate(
        &LogisticParams::default(),
        &features,
        &labels,
        &folds,
        &many,
    )
    .unwrap();
    let (rows, outcome) = report.predictions(0).unwrap();
    let blocks: Vec<usize> = rows.iter().map(|&row| groups[row]).collect();
    for metric in [
        Metric::Accuracy,
        Metric::Brier,
        Metric::Auroc,
        Metric::Auprc,
    ] {
        let twin = bootstrap_blocks(&blocks, &BootstrapParams::default(), |drawn| {
            let chosen: Vec<usize> = drawn.iter().map(|&i| rows[i]).collect();
            let scores = outcome.scores.select_rows(drawn);
            let truth = labels.select(&chosen).unwrap();
            dissensus_probe::scores(&truth, &ProbeOutcome::probabilities(scores))
                .unwrap()
                .get(metric)
                .unwrap()
        })
        .unwrap()
        .estimate;
        let found = report.get(metric).unwrap().estimate;
        assert!((found.value - twin.value).abs() < 1e-12);
        assert_eq!((found.samples, twin.samples), (20, 20));
        let ratio = found.standard_error / twin.standard_error;
        assert!((ratio - 1.0).abs() < 0.1, "{metric}: {found} for {twin}");
        let width = twin.high - twin.low;
        assert!(
            (found.low - twin.low).abs() < 0.15 * width,
            "{metric}: {found} for {twin}"
        );
        assert!(
            (found.high - twin.high).abs() < 0.15 * width,
            "{metric}: {found} for {twin}"
        );
    }
}

/// Each pair of rows shares what makes it hard, and one of the two is a positive: pairs are drawn,
/// not rows.
#[test]
fn matched_pairs_stay_together_and_are_drawn_as_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let pair: Vec<usize> = (0..100).map(|row| row / 2).collect();
    let labels = Labels::new((0..100).map(|row| row % 2).collect(), 2).unwrap();
    let values: Vec<f64> = (0..100)
        .map(|row| 0.5 * (row % 2) as f64 + rng.random_range(-1.0..1.0))
        .collect();
    let features = Features::new(values, 1).unwrap();
    let folds = Folds::grouped(&pair, Some(&labels), 5, 2).unwrap();
    for fold in folds.iter() {
        let mut tested = [0; 50];
        fold.test.iter().for_each(|&row| tested[pair[row]] += 1);
        assert!(tested.iter().all(|&rows| rows == 0 || rows == 2));
    }
    let found = evaluate(
        &LogisticParams::default(),
        &features,
        &labels,
        &folds,
        &params(),
    )
    .unwrap();
    assert_eq!(found.groups, 50);
    // A pair drawn brings a positive and a negative: no resample lacks a class.
    assert!(found.measured.iter().all(|metric| metric.undefined == 0));
}

#[test]
fn a_difference_of_a_probe_and_itself_is_zero_everywhere() {
    let (features, labels) = clouds(90, 4, 2);
    let labels = Labels::new(labels, CLASSES).unwrap();
    let folds = Folds::k_fold(90, 3, 0).unwrap();
    let report = evaluate(
        &RidgeParams::default(),
        &features,
        &labels,
        &folds,
        &params(),
    )
    .unwrap();
    for difference in paired_differences(&report, &report, &params().bootstrap).unwrap() {
        let estimate = difference.estimate;
        assert_eq!(
            (estimate.value, estimate.low, estimate.high),
            (0.0, 0.0, 0.0)
        );
    }
    let others = Folds::k_fold(90, 3, 1).unwrap();
    let other = evaluate(
        &RidgeParams::default(),
        &features,
        &labels,
        &others,
        &params(),
    )
    .unwrap();
    assert!(paired_differences(&report, &other, &params().bootstrap).is_err());
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let (features, labels) = clouds(1300, 6, 5);
    let labels = Labels::new(labels, CLASSES).unwrap();
    let folds = Folds::stratified(&labels, 2, 0).unwrap();
    let few = BootstrapParams::default().with_draws(70);
    let found = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let each = |probe: &dyn Probe| {
                let params = EvaluateParams::default()
                    .with_bootstrap(few)
                    .with_reduction(Reduction::Pca { dimension: 4 });
                let report = evaluate(probe, &features, &labels, &folds, &params).unwrap();
                serde_json::to_string(&report).unwrap()
            };
            probes()
                .iter()
                .map(|probe| each(&**probe))
                .collect::<Vec<_>>()
        })
    };
    let one = found(1);
    assert_eq!(one, found(3));
    assert!(one.iter().all(|report| report.contains("standard_error")));
}

/// An exact search and one over bins see the same splits where no column has more values than there
/// are bins.
#[cfg(feature = "hessboost")]
#[test]
fn both_tree_engines_agree_on_few_values() {
    use dissensus_probe::{BoostedTrees, HistogramTrees};
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for classes in [2, 4] {
        let labels: Vec<usize> = (0..400).map(|_| rng.random_range(0..classes)).collect();
        let values: Vec<f64> = (0..400 * 5)
            .map(|i| {
                f64::from(rng.random_range(0..40_u32)) + 6.0 * (labels[i / 5] == i % 5) as u8 as f64
            })
            .collect();
        let features = Features::new(values, 5).unwrap();
        let labels = Labels::new(labels, classes).unwrap();
        let params = TreesParams::default().with_rounds(15);
        let exact = BoostedTrees::fit(&features, &labels, &params).unwrap();
        let bins = HistogramTrees::fit(&features, &labels, &params).unwrap();
        let (one, other) = (
            exact.probabilities(&features).unwrap(),
            bins.probabilities(&features).unwrap(),
        );
        assert!(
            (&one - &other).amax() < 1e-4,
            "off by {}",
            (one - other).amax()
        );
    }
}
