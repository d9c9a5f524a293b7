//! Cross-entropy.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_layers::{cross_entropy, plain};

use super::common::{assert_close, leaf, run};

#[test]
fn cross_entropy_is_its_plain_twin() {
    for [m, v] in [[1, 1], [1, 7], [5, 16], [33, 101], [64, 4096]] {
        let logits = leaf([m, v], 1);
        let targets: Vec<i64> = (0..m).map(|i| (i * 31 % v) as i64).collect();
        let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [m]), &Device::flex());
        for factor in [1.0, 50.0] {
            let scaled = || logits.clone() * factor;
            let ours = run(
                cross_entropy(scaled(), targets.clone()),
                &[(&logits).into()],
            );
            let theirs = run(
                plain::cross_entropy(scaled(), targets.clone()),
                &[(&logits).into()],
            );
            assert_close(&ours, &theirs, 4e-6, &format!("{m} {v} {factor}"));
        }
    }
}

#[test]
fn the_logits_survive_the_backward_pass() {
    let logits = leaf([2, 3], 1) * 1.0;
    let kept = logits.clone();
    let before = kept.clone().into_data();
    let targets = Tensor::<1, Int>::from_data([0i64, 2], &Device::flex());
    let _ = cross_entropy(logits, targets).sum().backward();
    assert_eq!(kept.into_data(), before);
}
