//! Gated linear units.

use burn::tensor::Device;
use dissensus_layers::{Gate, gated, linear, linear_without_bias, plain};

use super::common::{assert_close, constant, leaf, run};
use super::differences::check;

#[test]
fn gated_units_are_their_plain_twins() {
    for shape in [[1, 1, 2], [2, 3, 10], [3, 65, 512], [1, 2, 40_000]] {
        for gate in [Gate::Gelu, Gate::Silu] {
            let x = leaf(shape, 1);
            let scaled = || x.clone() * 4.0;
            let ours = run(gated(scaled(), gate), &[(&x).into()]);
            let theirs = run(plain::gated(scaled(), gate), &[(&x).into()]);
            assert_close(&ours, &theirs, 3e-6, &format!("{shape:?} {gate:?}"));
        }
    }
}

#[test]
fn gated_units_follow_their_differences() {
    for gate in [Gate::Gelu, Gate::Silu] {
        check([2, 2, 6], |x| gated(x, gate));
    }
}

#[test]
#[should_panic(expected = "a last axis of 3 has no halves")]
fn an_odd_axis_has_no_halves() {
    let _ = gated(leaf([1, 1, 3], 1), Gate::Gelu);
}

#[test]
fn a_map_without_bias_is_one_with_a_bias_of_zeros() {
    let (x, weight) = (leaf([2, 5, 7], 1), leaf([7, 3], 2));
    let zeros = constant([3], 3, &Device::flex()) * 0.0;
    let leaves = || [(&x).into(), (&weight).into()];
    let ours = run(
        linear_without_bias(x.clone(), weight.clone(), None),
        &leaves(),
    );
    let biased = run(linear(x.clone(), weight.clone(), zeros, None), &leaves());
    assert_eq!(ours, biased);
    let theirs = run(
        plain::linear_without_bias(x.clone(), weight.clone()),
        &leaves(),
    );
    assert_close(&ours, &theirs, 1e-6, "without bias");
}
