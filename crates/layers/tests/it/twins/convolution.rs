//! Long convolutions, sine, GELU by tanh.

use burn::tensor::{Device, Tensor};
use dissensus_layers::{Dropout, gelu_tanh, long_convolution, plain, sine};

use super::common::{assert_close, constant, leaf, numbers, run, values};
use super::differences::check;

/// batch, time, channels.
const SHAPES: [[usize; 3]; 7] = [
    [1, 1, 1],
    [2, 2, 3],
    [1, 3, 16],
    [3, 9, 17],
    [2, 33, 40],
    [4, 64, 5],
    [2, 130, 96],
];

#[test]
fn long_convolutions_are_their_plain_twins_with_and_without_dropout() {
    for [batch, time, width] in SHAPES {
        for dropout in [None, Some(Dropout::new(0.3, 5))] {
            let x = leaf([batch, time, 3 * width], 1);
            let (taps, skip) = (leaf([time, width], 2), leaf([width], 3));
            let leaves = || [(&x).into(), (&taps).into(), (&skip).into()];
            let of = |f: fn(Tensor<3>, Tensor<2>, Tensor<1>, Option<Dropout>) -> Tensor<3>| {
                run(f(x.clone(), taps.clone(), skip.clone(), dropout), &leaves())
            };
            let (ours, theirs) = (of(long_convolution), of(plain::long_convolution));
            assert_close(
                &ours,
                &theirs,
                5e-6,
                &format!("{batch} {time} {width} {dropout:?}"),
            );
        }
    }
}

#[test]
fn convolutions_follow_their_differences() {
    let device = Device::flex();
    let (taps, skip) = (constant([5, 2], 2, &device), constant([2], 3, &device));
    let dropout = Some(Dropout::new(0.2, 2));
    check([2, 5, 6], |x| {
        long_convolution(x, taps.clone(), skip.clone(), dropout)
    });
    let x = constant([2, 5, 6], 4, &device);
    check([5, 2], |taps| {
        long_convolution(x.clone(), taps, skip.clone(), dropout)
    });
    check([2], |skip| {
        long_convolution(x.clone(), taps.clone(), skip, dropout)
    });
}

#[test]
fn activations_are_their_plain_twins_and_follow_their_differences() {
    let device = Device::flex();
    for shape in [[1, 1], [3, 7], [65, 512]] {
        let (x, f) = (leaf(shape, 1), leaf([shape[1]], 2));
        let leaves = || [(&x).into(), (&f).into()];
        let scaled = || x.clone() * 4.0;
        let ours = run(gelu_tanh(scaled()), &[(&x).into()]);
        let theirs = run(plain::gelu_tanh(scaled()), &[(&x).into()]);
        assert_close(&ours, &theirs, 3e-6, &format!("gelu {shape:?}"));
        let ours = run(sine(scaled(), f.clone() * 10.0), &leaves());
        let theirs = run(plain::sine(scaled(), f.clone() * 10.0), &leaves());
        assert_close(&ours, &theirs, 1e-5, &format!("sine {shape:?}"));
    }
    check([2, 6], gelu_tanh);
    let (x, f) = (constant([4, 3], 2, &device), constant([3], 3, &device));
    check([4, 3], |x| sine(x, f.clone()));
    check([3], |f| sine(x.clone(), f));
}

#[test]
fn later_positions_and_other_sequences_are_not_seen() {
    let device = Device::flex();
    let ([batch, time, width], at) = ([2, 12, 20], 7);
    let (taps, skip) = (
        constant([time, width], 2, &device),
        constant([width], 3, &device),
    );
    let of = |x: &[f32]| {
        let data = burn::tensor::TensorData::new(x.to_vec(), [batch, time, 3 * width]);
        let x = Tensor::from_data(data, &device);
        values(long_convolution(x, taps.clone(), skip.clone(), None))
    };
    let mut x = numbers(batch * time * 3 * width, 1);
    let before = of(&x);
    x[at * 3 * width..time * 3 * width].fill(9.0);
    let after = of(&x);
    let near = |range: std::ops::Range<usize>| {
        let pairs = before[range.clone()].iter().zip(&after[range]);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    // A transform spreads the rounding of large numbers over the positions and the sequence that
    // share it, and nothing else.
    let moved = near(at * width..time * width);
    assert!(moved > 10.0);
    assert!(near(0..at * width) < 1e-4 * moved);
    assert!(near(time * width..2 * time * width) < 1e-4 * moved);
}

#[test]
fn convolutions_have_the_same_bits_on_any_number_of_threads() {
    let everything = || {
        let x = leaf([3, 170, 120], 1);
        let (taps, skip) = (leaf([170, 40], 4), leaf([40], 5));
        let y = long_convolution(x.clone(), taps.clone(), skip.clone(), None);
        let leaves = [(&x).into(), (&taps).into(), (&skip).into()];
        run(gelu_tanh(y), &leaves)
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(everything)
    };
    let one = on(1);
    assert!(one.iter().flatten().all(|x| x.is_finite()));
    assert!([2, 3, 5].into_iter().all(|threads| on(threads) == one));
}
