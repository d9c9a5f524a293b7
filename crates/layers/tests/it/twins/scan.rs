//! The selective scan and what stands around it.

use std::collections::HashMap;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use dissensus_layers::{
    Direction, Selection, Taps, plain, rms_norm, selective_scan, short_convolution, silu,
    silu_gate, softplus,
};

use super::common::{Leaf, assert_close, constant, leaf, run, values};
use super::differences::check;

const BOTH: [Direction; 2] = [Direction::Rightwards, Direction::Leftwards];

/// Leaves of a scan; rates and steps are made positive or negative from them.
struct Leaves {
    wide: [Tensor<3>; 2],
    states: [Tensor<3>; 2],
    rates: Tensor<2>,
    past: Tensor<1>,
}

impl Leaves {
    fn new([batch, time, channels, states]: [usize; 4]) -> Self {
        Self {
            wide: [1, 2].map(|seed| leaf([batch, time, channels], seed)),
            states: [3, 4].map(|seed| leaf([batch, time, states], seed)),
            rates: leaf([channels, states], 5),
            past: leaf([channels], 6),
        }
    }

    fn selection(&self) -> Selection {
        let [u, delta] = self.wide.clone();
        let [b, c] = self.states.clone();
        Selection {
            u,
            delta: delta.square() * 0.4 + 0.01,
            a: (self.rates.clone().square() * 3.0 + 0.1).neg(),
            b,
            c,
            d: self.past.clone(),
        }
    }

    fn all(&self) -> Vec<Leaf> {
        let [u, delta] = &self.wide;
        let [b, c] = &self.states;
        vec![
            u.into(),
            delta.into(),
            (&self.rates).into(),
            b.into(),
            c.into(),
            (&self.past).into(),
        ]
    }
}

#[test]
fn the_scan_is_its_plain_twin_in_both_directions() {
    for shape in [
        [1, 1, 1, 1],
        [2, 5, 3, 4],
        [3, 65, 20, 16],
        [1, 150, 130, 3],
    ] {
        for direction in BOTH {
            let leaves = Leaves::new(shape);
            let ours = run(selective_scan(leaves.selection(), direction), &leaves.all());
            let theirs = plain::selective_scan(leaves.selection(), direction);
            let theirs = run(theirs, &leaves.all());
            assert_close(&ours, &theirs, 1e-5, &format!("{shape:?} {direction:?}"));
        }
    }
}

#[test]
fn leftwards_is_rightwards_of_the_sequence_turned_round() {
    let leaves = Leaves::new([2, 70, 9, 5]);
    let turned = || {
        let Selection {
            u,
            delta,
            a,
            b,
            c,
            d,
        } = leaves.selection();
        let [u, delta, b, c] = [u, delta, b, c].map(|x| x.flip([1]));
        Selection {
            u,
            delta,
            a,
            b,
            c,
            d,
        }
    };
    let here = selective_scan(leaves.selection(), Direction::Leftwards);
    let there = selective_scan(turned(), Direction::Rightwards).flip([1]);
    assert_eq!(
        run(here, &leaves.all()),
        run(there, &leaves.all()),
        "the same bits"
    );
}

#[test]
fn the_scan_follows_its_differences() {
    let device = Device::flex();
    for direction in BOTH {
        for which in 0..3 {
            check([2, 6, 3], |x| {
                let other = |seed| constant([2, 6, 3], seed, &device);
                let delta = |x: Tensor<3>| x.square() * 0.5 + 0.1;
                let selection = Selection {
                    u: if which == 0 { x.clone() } else { other(2) },
                    delta: delta(if which == 1 { x.clone() } else { other(3) }),
                    a: constant([3, 3], 4, &device) - 1.5,
                    b: if which == 2 { x.clone() } else { other(5) },
                    c: if which == 2 { x * 0.5 } else { other(6) },
                    d: constant([3], 7, &device),
                };
                selective_scan(selection, direction)
            });
        }
    }
}

#[test]
fn functions_of_one_element_are_their_plain_twins() {
    for shape in [[1, 1, 1], [2, 3, 7], [1, 3, 20_000]] {
        let (x, z) = (leaf(shape, 1), leaf(shape, 2));
        let scaled = |x: &Tensor<3>| x.clone() * 9.0;
        let one = || vec![Leaf::from(&x)];
        let cases = [
            (softplus(scaled(&x)), plain::softplus(scaled(&x)), one()),
            (silu(scaled(&x)), plain::silu(scaled(&x)), one()),
            (
                silu_gate(scaled(&x), scaled(&z)),
                plain::silu_gate(scaled(&x), scaled(&z)),
                vec![(&x).into(), (&z).into()],
            ),
        ];
        for (index, (ours, theirs, leaves)) in cases.into_iter().enumerate() {
            let (ours, theirs) = (run(ours, &leaves), run(theirs, &leaves));
            assert_close(&ours, &theirs, 3e-6, &format!("{shape:?} {index}"));
        }
    }
    check([2, 2, 4], |x| softplus(x * 3.0));
    check([2, 2, 4], |x| silu_gate(x.clone() * 2.0, x));
}

#[test]
fn the_norm_without_a_mean_is_its_plain_twin() {
    for shape in [[1, 1, 2], [2, 3, 7], [3, 100, 96]] {
        let (x, gamma) = (leaf(shape, 1), leaf([shape[2]], 2));
        let leaves = || [(&x).into(), (&gamma).into()];
        let ours = run(rms_norm(x.clone(), gamma.clone(), 1e-5), &leaves());
        let theirs = plain::rms_norm(x.clone(), gamma.clone(), 1e-5);
        assert_close(&ours, &run(theirs, &leaves()), 3e-6, &format!("{shape:?}"));
    }
    let device = Device::flex();
    check([2, 2, 6], |x| rms_norm(x, constant([6], 2, &device), 1e-3));
}

#[test]
fn the_scan_has_the_same_bits_on_any_number_of_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| {
            let leaves = Leaves::new([3, 200, 300, 8]);
            let scanned = selective_scan(leaves.selection(), Direction::Leftwards);
            let normed = rms_norm(scanned, leaf([300], 8), 1e-5);
            let gated = silu_gate(softplus(normed), leaf([3, 200, 300], 9));
            run(gated, &leaves.all())
        })
    };
    let one = on(1);
    assert!(one.iter().flatten().all(|x| x.is_finite()));
    assert!([2, 3, 5].into_iter().all(|threads| on(threads) == one));
}

/// Values and gradients that a plain loop and autograd give in double precision:
/// `tests/reference/caduceus_golden.py`.
#[test]
fn the_scan_has_the_values_and_gradients_of_the_reference() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/scan.json");
    let text = std::fs::read(path).expect("a file");
    let golden: HashMap<String, (Vec<usize>, Vec<f32>)> =
        serde_json::from_slice(&text).expect("JSON");
    let device = Device::flex().autodiff();
    let data = |key: &str| {
        let (shape, values) = golden[key].clone();
        TensorData::new(values, shape)
    };
    let wide = |key: &str| Tensor::<3>::from_data(data(key), &device).require_grad();
    let a = Tensor::<2>::from_data(data("a"), &device).require_grad();
    let d = Tensor::<1>::from_data(data("d"), &device).require_grad();
    let [u, delta, b, c] = ["u", "delta", "b", "c"].map(wide);
    let selection = Selection {
        u: u.clone(),
        delta: delta.clone(),
        a: a.clone(),
        b: b.clone(),
        c: c.clone(),
        d: d.clone(),
    };
    let y = selective_scan(selection, Direction::Rightwards);
    let gradients = (y.clone() * Tensor::from_data(data("g"), &device))
        .sum()
        .backward();
    let three = |x: &Tensor<3>| values(x.grad(&gradients).expect("a gradient"));
    let ours = [
        values(y),
        three(&u),
        three(&delta),
        values(a.grad(&gradients).expect("a gradient")),
        three(&b),
        three(&c),
        values(d.grad(&gradients).expect("a gradient")),
    ];
    let keys = [
        "y",
        "grad.u",
        "grad.delta",
        "grad.a",
        "grad.b",
        "grad.c",
        "grad.d",
    ];
    let theirs = keys.map(|key| golden[key].1.clone());
    assert_close(&ours, &theirs, 2e-6, "golden");
}

#[test]
fn short_convolutions_are_their_plain_twins_in_both_directions() {
    for ([batch, time, width], count) in [([1, 1, 1], 4), ([2, 3, 5], 4), ([3, 90, 70], 3)] {
        for direction in BOTH {
            let (x, weight) = (leaf([batch, time, width], 1), leaf([width, count], 2));
            let bias = leaf([width], 3);
            let taps = |biased: bool| Taps {
                weight: weight.clone(),
                bias: biased.then(|| bias.clone()),
            };
            for biased in [true, false] {
                let mut leaves: Vec<Leaf> = vec![(&x).into(), (&weight).into()];
                if biased {
                    leaves.push((&bias).into());
                }
                let ours = short_convolution(x.clone(), taps(biased), direction);
                let theirs = plain::short_convolution(x.clone(), taps(biased), direction);
                let case = format!("{width} {direction:?} {biased}");
                assert_close(&run(ours, &leaves), &run(theirs, &leaves), 3e-6, &case);
            }
        }
    }
}

#[test]
fn short_convolutions_follow_their_differences() {
    let device = Device::flex();
    for direction in BOTH {
        let bias = || Some(constant([3], 4, &device));
        check([2, 5, 3], |x| {
            let weight = constant([3, 4], 2, &device);
            short_convolution(
                x,
                Taps {
                    weight,
                    bias: bias(),
                },
                direction,
            )
        });
        check([3, 4], |weight| {
            let x = constant([2, 5, 3], 2, &device);
            short_convolution(
                x,
                Taps {
                    weight,
                    bias: bias(),
                },
                direction,
            )
        });
    }
}
