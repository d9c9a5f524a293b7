//! Benches of `dissensus-probe`.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use dissensus_probe::{
    BoostedTrees, Features, Labels, Logistic, LogisticParams, SketchParams, TreesParams,
    near_duplicates,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROWS: usize = 1000;
const COLUMNS: usize = 64;
const CLASSES: usize = 4;

pub fn benches(c: &mut Criterion) {
    let (features, labels) = clouds();
    fits(c, &features, &labels);
    duplicates(c);
}

/// A cloud a class, each about its own corner.
fn clouds() -> (Features, Labels) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let labels: Vec<usize> = (0..ROWS).map(|row| row % CLASSES).collect();
    let values = (0..ROWS * COLUMNS).map(|i| {
        // The best classifier is then right on .92 of the rows.
        let corner = 1.5 * f64::from(u8::from(labels[i / COLUMNS] == i % COLUMNS));
        corner + rng.random_range(-1.0..1.0)
    });
    let features = Features::new(values.collect(), COLUMNS).expect("finite");
    (features, Labels::new(labels, CLASSES).expect("classes"))
}

/// Fraction of rows whose class is the most probable one.
fn right(probabilities: &nalgebra::DMatrix<f64>, labels: &Labels) -> f64 {
    let best = |row: usize| probabilities.row(row).transpose().argmax().0;
    let rows = labels.values().iter().enumerate();
    rows.filter(|&(row, &class)| best(row) == class).count() as f64 / ROWS as f64
}

fn fits(c: &mut Criterion, features: &Features, labels: &Labels) {
    let logistic = || {
        let fitted = Logistic::fit(features, labels, &LogisticParams::default());
        fitted.expect("every class occurs")
    };
    let params = TreesParams::default().with_rounds(10);
    let trees = || BoostedTrees::fit(features, labels, &params).expect("every class occurs");
    // Both arms tell the clouds apart.
    let of_logistic = logistic()
        .probabilities(features)
        .expect("the same columns");
    let of_trees = trees().probabilities(features).expect("the same columns");
    assert!(right(&of_logistic, labels) > 0.8 && right(&of_trees, labels) > 0.8);
    let mut group = c.benchmark_group(format!("probe/fit/{ROWS}x{COLUMNS}x{CLASSES}"));
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("logistic", |b| b.iter(|| black_box(logistic())));
    group.bench_function("trees-10", |b| b.iter(|| black_box(trees())));
    group.finish();
}

/// All pairs of near-duplicates among sequences of which every other is a copy with one base
/// changed.
fn duplicates(c: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut sequences: Vec<Vec<u8>> = Vec::new();
    for _ in 0..500 {
        let original: Vec<u8> = (0..250).map(|_| b"ACGT"[rng.random_range(0..4)]).collect();
        let mut copy = original.clone();
        copy[125] = if copy[125] == b'A' { b'C' } else { b'A' };
        sequences.extend([original, copy]);
    }
    let find = || near_duplicates(&sequences, &SketchParams::default()).expect("valid");
    assert_eq!(find().len(), 500);
    let mut group = c.benchmark_group("probe/near_duplicates");
    group.throughput(Throughput::Elements(sequences.len() as u64));
    group.bench_function("1000x250", |b| b.iter(|| black_box(find())));
    group.finish();
}
