//! Layer norm with residual sums.

use dissensus_layers::{Dropout, Norm, layer_norm, plain, residual_layer_norm, residual_sum};

use super::common::{assert_close, leaf, run};

const SHAPES: [[usize; 3]; 6] = [
    [1, 1, 5],
    [2, 3, 7],
    [1, 1, 64],
    [3, 17, 33],
    [2, 128, 128],
    [1, 40, 770],
];

#[test]
fn layer_norm_is_its_plain_twin() {
    for shape in SHAPES {
        let (x, g, b) = (leaf(shape, 1), leaf([shape[2]], 2), leaf([shape[2]], 3));
        let norm = || Norm {
            gamma: g.clone(),
            beta: b.clone(),
            epsilon: 1e-5,
            hook: None,
        };
        let leaves = || [(&x).into(), (&g).into(), (&b).into()];
        let ours = run(layer_norm(x.clone(), norm()), &leaves());
        let theirs = run(plain::layer_norm(x.clone(), norm()), &leaves());
        assert_close(&ours, &theirs, 2e-5, &format!("{shape:?}"));
    }
}

#[test]
fn residual_layer_norm_is_its_plain_twin_with_and_without_dropout() {
    for shape in SHAPES {
        for dropout in [None, Some(Dropout::new(0.0, 1)), Some(Dropout::new(0.3, 5))] {
            let (x, r) = (leaf(shape, 1), leaf(shape, 4));
            let (g, b) = (leaf([shape[2]], 2), leaf([shape[2]], 3));
            let norm = || Norm {
                gamma: g.clone(),
                beta: b.clone(),
                epsilon: 1e-5,
                hook: None,
            };
            let leaves = || [(&x).into(), (&r).into(), (&g).into(), (&b).into()];
            let ours = run(
                residual_layer_norm(x.clone(), dropout, r.clone(), norm()),
                &leaves(),
            );
            let theirs = run(
                plain::residual_layer_norm(x.clone(), dropout, r.clone(), norm()),
                &leaves(),
            );
            assert_close(&ours, &theirs, 2e-5, &format!("{shape:?} {dropout:?}"));
        }
    }
}

#[test]
fn a_residual_sum_is_its_plain_twin_with_and_without_dropout() {
    for shape in SHAPES {
        for dropout in [None, Some(Dropout::new(0.0, 1)), Some(Dropout::new(0.3, 5))] {
            let (x, r) = (leaf(shape, 1), leaf(shape, 4));
            let leaves = || [(&x).into(), (&r).into()];
            let ours = run(residual_sum(x.clone(), dropout, r.clone()), &leaves());
            let theirs = run(
                plain::residual_sum(x.clone(), dropout, r.clone()),
                &leaves(),
            );
            assert_eq!(ours, theirs, "{shape:?} {dropout:?}");
        }
    }
}

#[test]
fn dropout_is_its_plain_twin() {
    let x = leaf([3, 5, 37], 1);
    let drop = Dropout::new(0.4, 8);
    let ours = run(dissensus_layers::dropout(x.clone(), drop), &[(&x).into()]);
    let theirs = run(plain::dropout(x.clone(), drop), &[(&x).into()]);
    assert_eq!(ours, theirs);
}
