//! Causal attention with grouped keys.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use dissensus_layers::product::Precision;
use dissensus_layers::{Causal, Dropout, causal_attention, plain, rms_norm, silu_gate};

use super::common::{assert_close, constant, leaf, run, values};
use super::differences::check;

/// batch, time, heads, key heads, width of a head.
const SHAPES: [[usize; 5]; 7] = [
    [1, 1, 1, 1, 1],
    [2, 1, 2, 1, 4],
    [2, 7, 4, 2, 3],
    [1, 64, 2, 2, 16],
    [2, 65, 6, 3, 8],
    [1, 129, 4, 1, 10],
    [1, 300, 1, 1, 16],
];

fn causal([batch, time, heads, key_heads, _]: [usize; 5], window: Option<usize>) -> Causal {
    let first = |window: usize| -> Arc<[u32]> {
        (0..batch * time)
            .map(|row| (row % time).saturating_sub(window - 1) as u32)
            .collect()
    };
    Causal {
        heads,
        key_heads,
        first: window.map(first),
    }
}

fn leaves([batch, time, heads, key_heads, head]: [usize; 5]) -> [Tensor<3>; 3] {
    let of = |heads, seed| leaf([batch, time, heads * head], seed);
    [of(heads, 1), of(key_heads, 2), of(key_heads, 3)]
}

#[test]
fn causal_attention_is_its_plain_twin() {
    for shape in SHAPES {
        for window in [None, Some(1), Some(5), Some(70)] {
            for dropout in [None, Some(Dropout::new(0.25, 3))] {
                let [q, k, v] = leaves(shape);
                let inputs = || (q.clone() * 2.0, k.clone() * 2.0, v.clone());
                let all = || [(&q).into(), (&k).into(), (&v).into()];
                let (a, b, c) = inputs();
                let ours =
                    causal_attention(a, b, c, causal(shape, window), dropout, Precision::Single);
                let ours = run(ours, &all());
                let (a, b, c) = inputs();
                let theirs = plain::causal_attention(a, b, c, causal(shape, window), dropout);
                let theirs = run(theirs, &all());
                // Where a query sees itself alone its gradient is 0 but for rounding, which the
                // floor of the scale enlarges.
                let alone = shape[1] == 1 || window == Some(1);
                assert_close(
                    &ours,
                    &theirs,
                    if alone { 2e-3 } else { 1e-5 },
                    &format!("{shape:?} {window:?} {dropout:?}"),
                );
            }
        }
    }
}

#[test]
fn causal_attention_follows_its_differences() {
    let (device, shape) = (Device::flex(), [1, 5, 2, 1, 2]);
    let dropout = Some(Dropout::new(0.2, 2));
    let (q, k, v) = (
        constant([1, 5, 4], 4, &device),
        constant([1, 5, 2], 5, &device),
        constant([1, 5, 2], 6, &device),
    );
    let attend = |q: Tensor<3>, k: Tensor<3>, v: Tensor<3>| {
        causal_attention(q, k, v, causal(shape, Some(3)), dropout, Precision::Single)
    };
    check([1, 5, 4], |q| attend(q, k.clone(), v.clone()));
    check([1, 5, 2], |k| attend(q.clone(), k, v.clone()));
    check([1, 5, 2], |v| attend(q.clone(), k.clone(), v));
}

#[test]
fn causal_layers_have_the_same_bits_on_any_number_of_threads() {
    let shape = [3, 170, 4, 2, 24];
    let everything = || {
        let ([q, k, v], gamma) = (leaves(shape), leaf([96], 4));
        let all = [(&q).into(), (&k).into(), (&v).into(), (&gamma).into()];
        let y = causal_attention(
            q.clone(),
            k.clone(),
            v.clone(),
            causal(shape, Some(50)),
            None,
            Precision::Single,
        );
        let y = silu_gate(rms_norm(y.clone(), gamma.clone(), 1e-5), y);
        run(y, &all)
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(everything)
    };
    let one = on(1);
    assert!(one.iter().flatten().all(|x| x.is_finite()));
    assert!([2, 3, 5].into_iter().all(|threads| on(threads) == one));
}

#[test]
fn a_window_of_one_leaves_each_token_itself() {
    let shape = [2, 9, 2, 2, 3];
    let [q, k, v] = leaves(shape);
    let y = causal_attention(
        q,
        k,
        v.clone(),
        causal(shape, Some(1)),
        None,
        Precision::Single,
    );
    assert_close(&[values(y)], &[values(v)], 1e-6, "window of one");
}
