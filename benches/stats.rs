//! Benches of `dissensus-stats`.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use dissensus_stats::{BootstrapParams, auroc, auroc_delong, bootstrap};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const EXAMPLES: usize = 1000;

pub fn benches(c: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let scores: Vec<f64> = (0..EXAMPLES)
        .map(|_| f64::from(rng.random_range(0..500_u16)))
        .collect();
    let labels: Vec<bool> = scores
        .iter()
        .map(|score| rng.random_range(0.0..500.0) < *score)
        .collect();
    area(c, &labels, &scores);
    resampling(c, &scores);
}

/// Areas from ranks against the definition, which compares all pairs.
fn area(c: &mut Criterion, labels: &[bool], scores: &[f64]) {
    let ranked = auroc(labels, scores).expect("two classes");
    assert!((ranked - all_pairs(labels, scores)).abs() < 1e-12);
    let mut group = c.benchmark_group(format!("stats/auroc/{EXAMPLES}"));
    group.throughput(Throughput::Elements(EXAMPLES as u64));
    group.bench_function("ranks", |b| {
        b.iter(|| auroc(black_box(labels), black_box(scores)))
    });
    group.bench_function("delong", |b| {
        b.iter(|| auroc_delong(black_box(labels), black_box(scores), 0.95))
    });
    group.bench_function("all-pairs", |b| {
        b.iter(|| all_pairs(black_box(labels), black_box(scores)))
    });
    group.finish();
}

fn all_pairs(labels: &[bool], scores: &[f64]) -> f64 {
    let of = |class: bool| {
        scores
            .iter()
            .zip(labels)
            .filter(move |(_, label)| **label == class)
            .map(|(score, _)| *score)
    };
    let wins = |p: f64, n: f64| {
        if p > n {
            1.0
        } else {
            f64::from(u8::from(p == n)) / 2.0
        }
    };
    let sum: f64 = of(true)
        .flat_map(|p| of(false).map(move |n| wins(p, n)))
        .sum();
    sum / (of(true).count() * of(false).count()) as f64
}

fn resampling(c: &mut Criterion, scores: &[f64]) {
    let params = BootstrapParams::default().with_draws(200);
    let mean = |drawn: &[usize]| drawn.iter().map(|&i| scores[i]).sum::<f64>() / drawn.len() as f64;
    c.bench_function(&format!("stats/bootstrap/mean-{EXAMPLES}x200/ours"), |b| {
        b.iter(|| bootstrap(scores.len(), black_box(&params), mean));
    });
}
