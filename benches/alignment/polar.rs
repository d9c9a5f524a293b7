//! Routes to the orthogonal polar factor, on a matrix whose factor is planted.

use std::hint::black_box;

use criterion::Criterion;
use dissensus_alignment::Procrustes;
use faer::{Mat, MatRef, Par};
use nalgebra::DMatrix;

use super::random;

type Route = (&'static str, f64, fn(&DMatrix<f64>) -> DMatrix<f64>);

/// Each with the largest error of an entry that it is held to, for singular values down to 1e-3 of
/// the largest.
const ROUTES: [Route; 5] = [
    ("faer", 1e-11, by_faer),
    ("faer-f32", 3e-3, by_faer_single),
    ("nalgebra", 1e-11, by_nalgebra),
    ("eigen", 1e-8, by_eigen),
    ("newton-schulz", 1e-11, by_products),
];

pub fn benches(c: &mut Criterion) {
    let smoke = std::env::args().any(|argument| argument == "--test");
    let sizes: &[usize] = if smoke { &[48] } else { &[48, 768] };
    faer::set_global_parallelism(Par::Seq);
    for &d in sizes {
        let wanted = orthogonal(d, 5);
        let m = &wanted * stretch(d);
        let mut group = c.benchmark_group(format!("alignment/polar/{d}"));
        group.sample_size(10);
        for (arm, tolerance, route) in ROUTES {
            let error = (route(&m) - &wanted).amax();
            assert!(error <= tolerance, "{arm} at {d}: {error:e}");
            group.bench_function(arm, |b| b.iter(|| route(black_box(&m))));
        }
        group.finish();
        whole_fit(&wanted);
    }
}

/// The library's own route, through the public function.
fn whole_fit(wanted: &DMatrix<f64>) {
    let y = random(wanted.nrows() + 2, wanted.nrows(), 9);
    let fit = Procrustes::default()
        .fit(&(&y * wanted), &y)
        .expect("tables");
    assert!((fit.map - wanted).amax() < 1e-9);
}

fn orthogonal(d: usize, seed: u64) -> DMatrix<f64> {
    random(d, d, seed).qr().q()
}

/// A symmetric positive matrix with eigenvalues from 1e-3 to 1.
fn stretch(d: usize) -> DMatrix<f64> {
    let basis = orthogonal(d, 6);
    let values = (0..d).map(|i| 10_f64.powf(-3.0 * i as f64 / (d - 1) as f64));
    let diagonal = DMatrix::from_diagonal(&nalgebra::DVector::from_iterator(d, values));
    &basis * diagonal * basis.transpose()
}

fn view(m: &DMatrix<f64>) -> MatRef<'_, f64> {
    MatRef::from_column_major_slice(m.as_slice(), m.nrows(), m.ncols())
}

fn owned<T: Copy + Into<f64>>(m: &Mat<T>) -> DMatrix<f64> {
    DMatrix::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)].into())
}

fn by_faer(m: &DMatrix<f64>) -> DMatrix<f64> {
    let svd = view(m).thin_svd().expect("convergence");
    owned(&(svd.U() * svd.V().transpose()))
}

fn by_faer_single(m: &DMatrix<f64>) -> DMatrix<f64> {
    let single = Mat::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)] as f32);
    let svd = single.thin_svd().expect("convergence");
    owned(&(svd.U() * svd.V().transpose()))
}

fn by_nalgebra(m: &DMatrix<f64>) -> DMatrix<f64> {
    let svd = m.clone().svd(true, true);
    svd.u.expect("asked for") * svd.v_t.expect("asked for")
}

/// M (MᵀM)^(−1/2).
fn by_eigen(m: &DMatrix<f64>) -> DMatrix<f64> {
    let m = view(m);
    let gram = m.transpose() * m;
    let found = gram
        .self_adjoint_eigen(faer::Side::Lower)
        .expect("convergence");
    let (u, s) = (found.U(), found.S().column_vector());
    let scaled = Mat::from_fn(u.nrows(), u.ncols(), |i, j| u[(i, j)] / s[j].sqrt());
    owned(&(m * (scaled * u.transpose())))
}

/// Newton–Schulz, X ← X (3 − XᵀX) / 2, with steps of 15/8, −10/8, 3/8 (order 5), until XᵀX is the
/// identity.
fn by_products(m: &DMatrix<f64>) -> DMatrix<f64> {
    let d = m.nrows();
    // The root of the 1-norm times the ∞-norm bounds the largest singular value.
    let one = m.column_iter().map(|c| c.lp_norm(1)).fold(0.0, f64::max);
    let infinity = m.row_iter().map(|r| r.lp_norm(1)).fold(0.0, f64::max);
    let mut x = owned_scaled(m, 1.0 / (one * infinity).sqrt());
    for _ in 0..60 {
        let gram = x.transpose() * &x;
        let off = Mat::from_fn(d, d, |i, j| gram[(i, j)] - f64::from(u8::from(i == j)));
        if off.norm_max() < 1e-13 {
            break;
        }
        let square = &gram * &gram;
        let step = Mat::from_fn(d, d, |i, j| {
            let identity = f64::from(u8::from(i == j));
            (15.0 * identity - 10.0 * gram[(i, j)] + 3.0 * square[(i, j)]) / 8.0
        });
        x = &x * &step;
    }
    owned(&x)
}

fn owned_scaled(m: &DMatrix<f64>, factor: f64) -> Mat<f64> {
    Mat::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)] * factor)
}
