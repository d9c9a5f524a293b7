//! Affine maps and products.

use dissensus_layers::product::Precision;
use dissensus_layers::{Affine, Mode, decoder, gelu, linear, linear_gelu, plain, qkv};

use super::common::{assert_close, leaf, run};

const SHAPES: [[usize; 4]; 7] = [
    [1, 1, 1, 1],
    [1, 1, 5, 3],
    [2, 3, 7, 4],
    [3, 1, 16, 16],
    [4, 33, 31, 65],
    [2, 128, 64, 48],
    [1, 257, 33, 130],
];

#[test]
fn linear_is_its_plain_twin() {
    for [b, t, i, o] in SHAPES {
        let (x, w, c) = (leaf([b, t, i], 1), leaf([i, o], 2), leaf([o], 3));
        let leaves = || [(&x).into(), (&w).into(), (&c).into()];
        let ours = run(linear(x.clone(), w.clone(), c.clone(), None), &leaves());
        let theirs = run(plain::linear(x.clone(), w.clone(), c.clone()), &leaves());
        assert_close(&ours, &theirs, 2e-6, &format!("{b} {t} {i} {o}"));
    }
}

#[test]
fn linear_gelu_is_its_plain_twin() {
    for [b, t, i, o] in SHAPES {
        let (x, w, c) = (leaf([b, t, i], 1), leaf([i, o], 2), leaf([o], 3));
        let leaves = || [(&x).into(), (&w).into(), (&c).into()];
        let ours = run(
            linear_gelu(x.clone(), w.clone(), c.clone(), None),
            &leaves(),
        );
        let theirs = run(
            plain::linear_gelu(x.clone(), w.clone(), c.clone()),
            &leaves(),
        );
        assert_close(&ours, &theirs, 4e-6, &format!("{b} {t} {i} {o}"));
    }
}

#[test]
fn decoder_is_its_plain_twin() {
    for [b, t, i, o] in SHAPES {
        let (x, w, c) = (leaf([b * t, i], 1), leaf([o, i], 2), leaf([o], 3));
        let leaves = || [(&x).into(), (&w).into(), (&c).into()];
        let ours = run(decoder(x.clone(), w.clone(), c.clone(), None), &leaves());
        let theirs = run(plain::decoder(x.clone(), w.clone(), c.clone()), &leaves());
        assert_close(&ours, &theirs, 2e-6, &format!("{b} {t} {i} {o}"));
    }
}

#[test]
fn qkv_is_its_plain_twin() {
    for [b, t, i, _] in SHAPES {
        let x = leaf([b, t, i], 1);
        let w = [2, 3, 4].map(|seed| leaf([i, i], seed));
        let c = [5, 6, 7].map(|seed| leaf([i], seed));
        let affine = |k: usize| Affine {
            weight: w[k].clone(),
            bias: c[k].clone(),
            mode: Mode::default(),
        };
        let leaves = || {
            let mut leaves = vec![(&x).into()];
            leaves.extend(w.iter().map(Into::into));
            leaves.extend(c.iter().map(Into::into));
            leaves
        };
        let ours = run(qkv(x.clone(), affine(0), affine(1), affine(2)), &leaves());
        let theirs = run(
            plain::qkv(x.clone(), affine(0), affine(1), affine(2)),
            &leaves(),
        );
        assert_close(&ours, &theirs, 3e-6, &format!("{b} {t} {i}"));
    }
}

#[test]
fn gelu_is_its_plain_twin() {
    let x = leaf([3, 1001], 1);
    for factor in [0.01, 1.0, 7.0] {
        let scaled = || x.clone() * factor;
        let ours = run(gelu(scaled()), &[(&x).into()]);
        let theirs = run(plain::gelu(scaled()), &[(&x).into()]);
        assert_close(&ours, &theirs, 1e-6, &format!("{factor}"));
    }
}

#[test]
fn without_gradient_the_value_is_the_same() {
    let (x, w, c) = (leaf([2, 9, 7], 1), leaf([7, 5], 2), leaf([5], 3));
    let tracked = linear_gelu(x.clone(), w.clone(), c.clone(), None).into_data();
    let untracked = linear_gelu(x.inner(), w.inner(), c.inner(), None).into_data();
    assert_eq!(tracked, untracked);
}

#[test]
fn bf16_is_near_single_precision_and_is_not_it() {
    let mode = Mode {
        precision: Precision::Bf16,
        ..Mode::default()
    };
    for [b, t, i, o] in [[4, 33, 31, 65], [1, 257, 130, 33]] {
        let (x, w, c) = (leaf([b, t, i], 1), leaf([i, o], 2), leaf([o], 3));
        let leaves = || [(&x).into(), (&w).into(), (&c).into()];
        let half = run(
            linear_gelu(x.clone(), w.clone(), c.clone(), mode.clone()),
            &leaves(),
        );
        let single = run(
            linear_gelu(x.clone(), w.clone(), c.clone(), None),
            &leaves(),
        );
        assert_close(&half, &single, 2e-2, &format!("{b} {t} {i} {o}"));
        assert!(
            half.iter()
                .zip(&single)
                .take(3)
                .all(|(half, single)| half != single)
        );
    }
}
