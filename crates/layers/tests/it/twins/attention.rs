//! Attention with dropout, padding and precisions.

use burn::tensor::{Bool, Device, Tensor, TensorData};
use dissensus_layers::product::Precision;
use dissensus_layers::{Dropout, attention, plain};

use super::common::{assert_close, leaf, run, values};

/// batch, time, heads, width.
const SHAPES: [[usize; 4]; 8] = [
    [1, 1, 1, 1],
    [2, 1, 2, 8],
    [1, 2, 1, 3],
    [2, 7, 2, 10],
    [3, 17, 4, 16],
    [1, 128, 2, 64],
    [2, 129, 2, 32],
    [1, 300, 1, 16],
];

fn mask(batch: usize, time: usize, token: impl Fn(usize, usize) -> bool) -> Tensor<2, Bool> {
    let bits: Vec<bool> = (0..batch * time)
        .map(|i| token(i / time, i % time))
        .collect();
    Tensor::from_data(TensorData::new(bits, [batch, time]), &Device::flex())
}

fn compare(shape: [usize; 4], mask: Option<Tensor<2, Bool>>, dropout: Option<Dropout>, case: &str) {
    let [b, t, heads, width] = shape;
    let x = leaf([3, b, t, width], 1);
    let scaled = || x.clone() * 2.0;
    let ours = run(
        attention(scaled(), heads, mask.clone(), dropout, Precision::Single),
        &[(&x).into()],
    );
    let theirs = run(
        plain::attention(scaled(), heads, mask, dropout),
        &[(&x).into()],
    );
    assert_close(&ours, &theirs, 1e-5, &format!("{shape:?} {case}"));
}

#[test]
fn attention_is_its_plain_twin() {
    for shape in SHAPES {
        compare(shape, None, None, "all");
        compare(shape, None, Some(Dropout::new(0.25, 3)), "dropout");
    }
}

#[test]
fn padding_is_not_seen() {
    for shape @ [b, t, ..] in SHAPES {
        let right = mask(b, t, |b, i| i < 1 + (b + t / 2) % t);
        let left = mask(b, t, |_, i| i >= t / 2);
        let holes = mask(b, t, |b, i| (i + b) % 3 != 1);
        for (mask, name) in [(right, "right"), (left, "left"), (holes, "holes")] {
            compare(shape, Some(mask.clone()), None, name);
            compare(shape, Some(mask), Some(Dropout::new(0.5, 4)), name);
        }
    }
}

#[test]
fn a_sequence_of_padding_gives_zeros() {
    let x = leaf([3, 2, 5, 4], 1);
    let second = mask(2, 5, |b, _| b == 0);
    for precision in [Precision::Single, Precision::Bf16] {
        let y = attention(x.clone(), 2, Some(second.clone()), None, precision);
        let ours = run(y, &[(&x).into()]);
        assert!(ours[0][20..].iter().all(|&y| y == 0.0) && ours[0][..20].iter().any(|&y| y != 0.0));
        assert!(ours[1].iter().all(|g| g.is_finite()));
    }
}

#[test]
fn large_scores_do_not_overflow() {
    let x = leaf([3, 1, 9, 4], 1) * 300.0;
    assert!(
        values(attention(x, 1, None, None, Precision::Single))
            .iter()
            .all(|y| y.is_finite())
    );
}

#[test]
fn bf16_is_near_single_precision_and_is_not_it() {
    for [b, t, heads, width] in [[2, 7, 2, 10], [1, 129, 2, 64], [2, 300, 1, 70]] {
        let x = leaf([3, b, t, width], 1);
        let holes = mask(b, t, |b, i| (i + b) % 3 != 1);
        for (mask, dropout) in [(None, None), (Some(holes), Some(Dropout::new(0.25, 3)))] {
            let at = |precision| {
                let y = attention(x.clone(), heads, mask.clone(), dropout, precision);
                run(y, &[(&x).into()])
            };
            let (half, single) = (at(Precision::Bf16), at(Precision::Single));
            assert_close(&half, &single, 2e-2, &format!("{b} {t} {heads} {width}"));
            assert!(
                half.iter()
                    .zip(&single)
                    .all(|(half, single)| half != single)
            );
        }
    }
}
