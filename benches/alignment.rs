//! Benches of `dissensus-alignment`.

mod naive;
mod polar;

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use dissensus_alignment::{
    ComparisonParams, EmbeddingTable, EmbeddingTables, Estimator, Kernel, Pair, cka, compare,
};
use nalgebra::DMatrix;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MEMBERS: usize = 3;

pub fn benches(c: &mut Criterion) {
    for (rows, columns) in [(200, 32), (600, 32)] {
        neighbours(c, rows, columns);
    }
    kernels(c, 300, 48);
    polar::benches(c);
}

fn random(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    DMatrix::from_fn(rows, columns, |_, _| rng.random_range(-1.0..1.0))
}

/// Tables that share a part.
fn related(rows: usize, columns: usize) -> Vec<DMatrix<f64>> {
    let shared = random(rows, columns, 0);
    let own = |member| random(rows, columns, 1 + member as u64);
    (0..MEMBERS)
        .map(|member| &shared + own(member) * 0.7)
        .collect()
}

/// Overlap and rank correlation at every k: one pass over all members, against a sort for every
/// row, pair and k.
fn neighbours(c: &mut Criterion, rows: usize, columns: usize) {
    let matrices = related(rows, columns);
    let members: Vec<EmbeddingTable> = matrices
        .iter()
        .map(|m| EmbeddingTable::from_matrix(m).expect("finite"))
        .collect();
    let tables = EmbeddingTables::new(members).expect("one shape");
    let params = ComparisonParams::for_rows(rows)
        .with_procrustes(None)
        .with_linear_cka(false)
        .with_gaussian_cka(None);
    let pass = || -> Vec<f64> {
        let found = compare(&tables, &params).expect("tables");
        found.pairs.iter().flat_map(values).collect()
    };
    let slow = || naive::neighbours(&matrices, &params.overlap, &params.spearman);
    // The pass takes cosines in single precision, so neighbours closer than that may change places.
    agree(&pass(), &slow(), 1e-4);
    let pairs = MEMBERS * (MEMBERS - 1) / 2;
    let mut group = c.benchmark_group(format!("alignment/neighbours/{MEMBERS}x{rows}x{columns}"));
    group.throughput(Throughput::Elements((pairs * rows) as u64));
    group.bench_function("pass", |b| b.iter(|| black_box(pass())));
    group.bench_function("naive", |b| b.iter(|| black_box(slow())));
    group.finish();
}

fn values(pair: &Pair) -> Vec<f64> {
    let overlap = pair.overlap.iter().map(|o| o.score.value);
    let spearman = pair.spearman.iter().filter_map(|s| s.value());
    overlap.chain(spearman).collect()
}

/// Kernel alignment without and with the n × n matrices.
fn kernels(c: &mut Criterion, rows: usize, columns: usize) {
    let [x, y, ..] = &related(rows, columns)[..] else {
        return;
    };
    for (case, kernel, tolerance) in [
        ("linear", Kernel::Linear, 1e-12),
        ("gaussian", Kernel::Rbf { fraction: 1.0 }, 1e-6),
    ] {
        let ours = || cka(x, y, kernel, Estimator::Biased).expect("tables").value;
        let slow = || naive::alignment(x, y, kernel);
        agree(&[ours()], &[slow()], tolerance);
        let mut group = c.benchmark_group(format!("alignment/cka/{case}-{rows}x{columns}"));
        group.throughput(Throughput::Elements((rows * rows) as u64));
        group.bench_function("sums", |b| b.iter(|| black_box(ours())));
        group.bench_function("naive", |b| b.iter(|| black_box(slow())));
        group.finish();
    }
}

fn agree(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= tolerance, "{found} {wanted}");
    }
}
