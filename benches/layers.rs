//! Benches of `dissensus-layers`: each fused operation against its plain twin, forward and
//! backward.

use burn::tensor::{Device, Int, Tensor, TensorData};
use criterion::{Criterion, Throughput};
use dissensus_layers::product::{Matrix, Precision, Threads, product};
use dissensus_layers::{
    Affine, Direction, Mode, Norm, Selection, attention, cross_entropy, linear_gelu, plain, qkv,
    residual_layer_norm, selective_scan,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const WIDTH: usize = 256;
const HEADS: usize = 8;
const VOCABULARY: usize = 4096;

/// Forward and backward passes on the shapes of the `4m` preset; on a small part of them in the
/// smoke run.
pub fn benches(c: &mut Criterion) {
    let smoke = std::env::args().any(|argument| argument == "--test");
    let [b, t] = if smoke { [2, 16] } else { [8, 128] };
    linear_gelu_passes(c, b, t);
    qkv_passes(c, b, t);
    norm_passes(c, b, t);
    attention_passes(c, b, t);
    loss_passes(c, b * t / 8);
    scan_passes(c, b, t);
    products(c, b * t);
}

/// The three products of a linear map on one thread, with factors of either precision.
fn products(c: &mut Criterion, rows: usize) {
    let (x, w, g) = (
        numbers(rows * WIDTH),
        numbers(WIDTH * 2 * WIDTH),
        numbers(rows * 2 * WIDTH),
    );
    let x = Matrix::row_major(&x, rows, WIDTH);
    let w = Matrix::row_major(&w, WIDTH, 2 * WIDTH);
    let g = Matrix::row_major(&g, rows, 2 * WIDTH);
    for (case, a, b) in [
        ("output", x, w),
        ("input-gradient", g, w.transposed()),
        ("weight-gradient", x.transposed(), g),
    ] {
        let at = |precision| product(a.at(precision), b.at(precision), Threads::One);
        let (single, half) = (at(Precision::Single), at(Precision::Bf16));
        let square = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
        let apart: Vec<f32> = single.iter().zip(&half).map(|(a, b)| a - b).collect();
        assert!(square(&apart) < 1e-4 * square(&single), "{case}");
        let mut group = c.benchmark_group(format!("layers/product/{case}"));
        let operations = 2 * a.row_count() * a.column_count() * b.column_count();
        group.throughput(Throughput::Elements(operations as u64));
        group.bench_function("single", |b| b.iter(|| at(Precision::Single)));
        group.bench_function("bf16", |b| b.iter(|| at(Precision::Bf16)));
        group.finish();
    }
}

fn linear_gelu_passes(c: &mut Criterion, b: usize, t: usize) {
    let (x, w, bias) = (
        leaf([b, t, WIDTH]),
        leaf([WIDTH, 2 * WIDTH]),
        leaf([2 * WIDTH]),
    );
    let fused = || pass(linear_gelu(x.clone(), w.clone(), bias.clone(), None));
    let plain = || pass(plain::linear_gelu(x.clone(), w.clone(), bias.clone()));
    compare(c, "linear_gelu", b * t, &fused, &plain);
}

fn qkv_passes(c: &mut Criterion, b: usize, t: usize) {
    let (x, weight, bias) = (leaf([b, t, WIDTH]), leaf([WIDTH, WIDTH]), leaf([WIDTH]));
    let affine = || Affine {
        weight: weight.clone(),
        bias: bias.clone(),
        mode: Mode::default(),
    };
    let fused = || pass(qkv(x.clone(), affine(), affine(), affine()));
    let plain = || pass(plain::qkv(x.clone(), affine(), affine(), affine()));
    compare(c, "qkv", b * t, &fused, &plain);
}

fn norm_passes(c: &mut Criterion, b: usize, t: usize) {
    let (x, residual, gamma) = (leaf([b, t, WIDTH]), leaf([b, t, WIDTH]), leaf([WIDTH]));
    let norm = || Norm {
        gamma: gamma.clone(),
        beta: gamma.clone(),
        epsilon: 1e-12,
        hook: None,
    };
    let fused = || {
        pass(residual_layer_norm(
            x.clone(),
            None,
            residual.clone(),
            norm(),
        ))
    };
    let plain = || {
        pass(plain::residual_layer_norm(
            x.clone(),
            None,
            residual.clone(),
            norm(),
        ))
    };
    compare(c, "residual_layer_norm", b * t, &fused, &plain);
}

fn attention_passes(c: &mut Criterion, b: usize, t: usize) {
    let planes = leaf([3, b, t, WIDTH]);
    let fused = || {
        pass(attention(
            planes.clone(),
            HEADS,
            None,
            None,
            Precision::Single,
        ))
    };
    let plain = || pass(plain::attention(planes.clone(), HEADS, None, None));
    compare(c, "attention", b * t, &fused, &plain);
}

fn loss_passes(c: &mut Criterion, rows: usize) {
    let logits = leaf([rows, VOCABULARY]);
    let ids: Vec<i64> = (0..rows).map(|i| (i * 31 % VOCABULARY) as i64).collect();
    let targets = Tensor::<1, Int>::from_data(TensorData::new(ids, [rows]), &Device::flex());
    let fused = || pass(cross_entropy(logits.clone(), targets.clone()));
    let plain = || pass(plain::cross_entropy(logits.clone(), targets.clone()));
    compare(c, "cross_entropy", rows, &fused, &plain);
}

fn scan_passes(c: &mut Criterion, b: usize, t: usize) {
    const STATES: usize = 16;
    let (u, a, d) = (leaf([b, t, WIDTH]), leaf([WIDTH, STATES]), leaf([WIDTH]));
    let states = leaf([b, t, STATES]);
    let selection = || Selection {
        u: u.clone(),
        delta: u.clone().abs() * 0.1,
        a: a.clone().abs().neg(),
        b: states.clone(),
        c: states.clone(),
        d: d.clone(),
    };
    let fused = || pass(selective_scan(selection(), Direction::Leftwards));
    let plain = || pass(plain::selective_scan(selection(), Direction::Leftwards));
    compare(c, "selective_scan", b * t, &fused, &plain);
}

/// Two arms that must give the same mean square.
fn compare(
    c: &mut Criterion,
    what: &str,
    rows: usize,
    fused: &dyn Fn() -> f32,
    plain: &dyn Fn() -> f32,
) {
    let (ours, theirs) = (fused(), plain());
    assert!(
        (ours - theirs).abs() < 1e-4 * theirs.abs(),
        "{what}: {ours} against {theirs}"
    );
    let mut group = c.benchmark_group(format!("layers/{what}/4m"));
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function("fused", |b| b.iter(fused));
    group.bench_function("plain", |b| b.iter(plain));
    group.finish();
}

/// The mean square of a result, and its backward pass.
fn pass<const D: usize>(y: Tensor<D>) -> f32 {
    let mean = y.square().mean();
    let gradients = mean.backward();
    std::hint::black_box(gradients);
    mean.into_scalar::<f32>()
}

/// A tracked leaf of reproducible numbers in (−1, 1).
fn leaf<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let data = TensorData::new(numbers(shape.iter().product()), shape);
    Tensor::from_data(data, &Device::flex().autodiff()).require_grad()
}

fn numbers(count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(count as u64);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}
