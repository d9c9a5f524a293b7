//! Benches of `dissensus-divergence`.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use dissensus_divergence::{
    Distribution, EnsembleDivergence, Rule, Settings, Summary, entropy_bits,
    jensen_shannon_distance, nucleus,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MEMBERS: usize = 5;
const POSITIONS: usize = 8;

pub fn benches(c: &mut Criterion) {
    for (case, spread) in [("flat", 1.0), ("peaked", 6.0)] {
        ensemble(c, case, 1024, spread);
    }
    merge(c);
}

/// Five members that share most of their logits.
fn batch(tokens: usize, spread: f32) -> Vec<Vec<f32>> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut row = || {
        (0..POSITIONS * tokens)
            .map(|_| spread * rng.random_range(-1.0..1.0_f32))
            .collect::<Vec<_>>()
    };
    let shared = row();
    (0..MEMBERS)
        .map(|_| {
            row()
                .iter()
                .zip(&shared)
                .map(|(own, all)| all + 0.4 * own)
                .collect()
        })
        .collect()
}

/// All masses and pairs: the stream against the same measures taken one distribution and one mass
/// at a time.
fn ensemble(c: &mut Criterion, case: &str, tokens: usize, spread: f32) {
    let logits = batch(tokens, spread);
    let (fast, slow) = (stream(&logits, tokens), naive(&logits, tokens));
    assert!(
        (fast.0 - slow.0).abs() < 1e-5 && (fast.1 - slow.1).abs() < 1e-5,
        "{fast:?} {slow:?}"
    );
    let mut group = c.benchmark_group(format!("divergence/ensemble/{case}-{tokens}"));
    group.throughput(Throughput::Elements((MEMBERS * POSITIONS * tokens) as u64));
    group.bench_function("stream", |b| b.iter(|| stream(black_box(&logits), tokens)));
    group.bench_function("naive", |b| b.iter(|| naive(black_box(&logits), tokens)));
    group.finish();
}

fn measured(logits: &[Vec<f32>], tokens: usize) -> EnsembleDivergence {
    let mut ensemble = EnsembleDivergence::new(Settings::new(MEMBERS, tokens)).expect("settings");
    let rows: Vec<&[f32]> = logits.iter().map(Vec::as_slice).collect();
    ensemble.push(&rows, &[0; POSITIONS]).expect("logits");
    ensemble
}

/// Mean entropy, and the mean distance over pairs and masses.
fn stream(logits: &[Vec<f32>], tokens: usize) -> (f64, f64) {
    let found: Summary = measured(logits, tokens).finish().expect("positions");
    let distances: Vec<f64> = found
        .pairs
        .iter()
        .flat_map(|pair| pair.js_distance.clone())
        .collect();
    (
        mean(&found.by_member(|member| member.entropy_bits)),
        mean(&distances),
    )
}

fn naive(logits: &[Vec<f32>], tokens: usize) -> (f64, f64) {
    let (mut entropies, mut distances) = (Vec::new(), Vec::new());
    for at in 0..POSITIONS {
        let row = |rows: &Vec<f32>| {
            Distribution::from_logits(&rows[at * tokens..(at + 1) * tokens]).expect("logits")
        };
        let members: Vec<_> = logits.iter().map(row).collect();
        entropies.extend(members.iter().map(entropy_bits));
        for mass in dissensus_divergence::PUBLISHED_MASSES {
            let cut = |p: &Distribution<'_>| nucleus(p, mass, Rule::Holtzman).expect("a mass");
            let nuclei: Vec<_> = members.iter().map(cut).collect();
            for (i, p) in nuclei.iter().enumerate() {
                distances.extend(
                    nuclei[i + 1..]
                        .iter()
                        .map(|q| jensen_shannon_distance(p, q).expect("one vocabulary")),
                );
            }
        }
    }
    (mean(&entropies), mean(&distances))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// What it costs to join two shards.
fn merge(c: &mut Criterion) {
    let shard = measured(&batch(4096, 1.0), 4096);
    c.bench_function("divergence/merge/5x4096/ours", |b| {
        b.iter_batched(
            || shard.clone(),
            |mut whole| whole.merge(&shard),
            BatchSize::LargeInput,
        );
    });
}
