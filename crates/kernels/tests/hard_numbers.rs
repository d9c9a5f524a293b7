//! A NaN that goes in comes out: nothing that is computed of it looks like a number. And what is no
//! shape is refused.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
#![cfg(feature = "training")]
#![allow(clippy::unwrap_used)]

use dissensus_kernels::activation::{
    silu_all, silu_backward, silu_gate, silu_gate_backward, softplus_all, softplus_backward,
};
use dissensus_kernels::adamw::{AdamW, Parameter, global_norm};
use dissensus_kernels::attention::{self, Attention};
use dissensus_kernels::causal_attention::{CausalAttention, Projected};
use dissensus_kernels::compact::for_each_between;
use dissensus_kernels::convolution::{LongConvolution, ShortConvolution};
use dissensus_kernels::dropout::Dropout;
use dissensus_kernels::few_outputs::{add_products, scores};
use dissensus_kernels::gated::{Gate, gated, gated_backward};
use dissensus_kernels::norm::{self, NormInput};
use dissensus_kernels::product::{Matrix, Precision, Threads, Update, product_into};
use dissensus_kernels::rms::RmsNorm;
use dissensus_kernels::rotary::{Angles, Turn, rotate};
use dissensus_kernels::scatter::{gather, scatter};
use dissensus_kernels::{elementwise, loss, math, sums};

/// Ordinary numbers, one of them replaced.
fn with(bad: f32, at: usize, count: usize) -> Vec<f32> {
    let mut values: Vec<f32> = (0..count).map(|i| 0.25 + (i as f32 * 0.7).sin()).collect();
    values[at] = bad;
    values
}

/// Lengths around those that vectors have.
const LENGTHS: [usize; 4] = [1, 15, 16, 67];

type OfOne = (&'static str, fn(&[f32]) -> Vec<f32>);

/// Functions that make each number of one number.
const ELEMENTWISE: [OfOne; 8] = [
    ("softplus", softplus_all),
    ("silu", silu_all),
    ("gelu", elementwise::gelu_all),
    ("gelu, tanh", elementwise::gelu_tanh_all),
    ("softplus, backward", |x| {
        softplus_backward(x, &vec![1.0; x.len()])
    }),
    ("silu, backward", |x| silu_backward(x, &vec![1.0; x.len()])),
    ("gelu, backward", |x| {
        elementwise::gelu_backward(x, &vec![1.0; x.len()])
    }),
    ("gelu, tanh, backward", |x| {
        elementwise::gelu_tanh_backward(x, &vec![1.0; x.len()])
    }),
];

#[test]
fn an_elementwise_function_spoils_what_is_no_number_and_nothing_else() {
    for (name, of) in ELEMENTWISE {
        for length in LENGTHS {
            for at in [0, length - 1] {
                let clean = of(&with(0.5, at, length));
                let found = of(&with(f32::NAN, at, length));
                for (index, (found, clean)) in found.iter().zip(&clean).enumerate() {
                    assert_eq!(found.is_nan(), index == at, "{name}, {length}, {index}");
                    assert!(index == at || found == clean, "{name}, {length}, {index}");
                }
            }
        }
        let hard = [f32::MAX, f32::MIN, 1e-45, -1e-45, 0.0, -0.0, 88.0, -104.0];
        for (x, y) in hard.iter().zip(of(&hard)) {
            assert!(!y.is_nan(), "{name} of {x}: {y}");
        }
        assert!(of(&[]).is_empty(), "{name}");
    }
}

#[test]
fn reductions_keep_what_is_no_number_as_they_say() {
    for length in LENGTHS {
        let at = length / 2;
        let bad = with(f32::NAN, at, length);
        assert!(sums::sum(&bad, |x| x).is_nan());
        assert!(global_norm(&[&bad]).is_nan());
        assert!(loss::log_sum_exp(&bad, length)[0].is_nan());
        assert!(elementwise::column_sums(&bad, 1)[0].is_nan());
        // Passed over, as it says: the largest of what are numbers.
        assert!(!sums::maximum(&bad).is_nan());
        let infinite = with(f32::INFINITY, at, length);
        assert_eq!(global_norm(&[&infinite]), f64::INFINITY);
        assert!(!loss::log_sum_exp(&infinite, length)[0].is_finite());
    }
    assert_eq!(sums::maximum(&[]), f32::NEG_INFINITY);
    assert_eq!((sums::sum(&[], |x| x), global_norm(&[])), (0.0, 0.0));
    for x in [f32::NAN, -f32::NAN] {
        assert!(math::exp(x).is_nan() && math::exp_of_negative(x).is_nan());
        let (cdf, density) = (math::normal(x).cdf, math::normal(x).density);
        assert!(cdf.is_nan() && density.is_nan());
    }
    let off = [f32::NEG_INFINITY, 2.0, f32::NEG_INFINITY];
    assert_eq!(loss::log_sum_exp(&off, 3), [2.0]);
    assert!(!loss::log_sum_exp(&[f32::NEG_INFINITY; 3], 3)[0].is_finite());
}

type RowFunction<'a> = dyn Fn(&[f32]) -> Vec<f32> + 'a;

#[test]
fn a_row_with_what_is_no_number_has_no_norm_and_others_keep_theirs() {
    for width in [3, 16, 33] {
        let (ones, zeros) = (vec![1.0; width], vec![0.0; width]);
        let norms: [(&str, Box<RowFunction<'_>>); 4] = [
            (
                "layer norm",
                Box::new(|x| {
                    let input = NormInput {
                        x,
                        residual: None,
                        dropout: None,
                        width,
                    };
                    norm::forward(input, &ones, &zeros, 1e-5)
                }),
            ),
            (
                "rms norm",
                Box::new(|x| {
                    RmsNorm {
                        width,
                        epsilon: 1e-5,
                    }
                    .forward(x, &ones)
                }),
            ),
            ("gate", Box::new(|x| gated(x, width, Gate::Gelu))),
            (
                "gate, backward",
                Box::new(|x| gated_backward(x, &vec![1.0; x.len() / 2], width, Gate::Silu)),
            ),
        ];
        for (name, of) in norms {
            // Two rows, of one width or of a gate and what it lets through.
            let count = if name.starts_with("gate") {
                4 * width
            } else {
                2 * width
            };
            let (clean, found) = (of(&with(0.5, 1, count)), of(&with(f32::NAN, 1, count)));
            let half = found.len() / 2;
            assert!(found[..half].iter().any(|y| y.is_nan()), "{name}, {width}");
            assert_eq!(found[half..], clean[half..], "{name}, {width}");
        }
    }
    let constant = NormInput {
        x: &[3.0; 4],
        residual: None,
        dropout: None,
        width: 4,
    };
    assert_eq!(
        norm::forward(constant, &[1.0; 4], &[0.5; 4], 1e-5),
        [0.5; 4]
    );
}

#[test]
fn attention_gives_what_is_no_number_to_those_who_see_it() {
    let attention = Attention {
        batch: 2,
        time: 3,
        heads: 1,
        width: 4,
        mask: None,
        dropout: None,
        precision: Precision::Single,
        distances: None,
    };
    let count = 2 * 3 * 3 * 4;
    // Queries, keys, values: one plane after the other, the first number of each.
    for plane in 0..3 {
        let (context, log_sums) =
            attention::forward(&attention, &with(f32::NAN, plane * 24, count));
        assert!(context[..12].iter().any(|y| y.is_nan()), "{plane}");
        assert!(context[12..].iter().all(|y| y.is_finite()), "{plane}");
        assert_eq!(
            log_sums[..3].iter().any(|y| y.is_nan()),
            plane < 2,
            "{plane}"
        );
    }
    let causal = CausalAttention {
        batch: 1,
        time: 3,
        heads: 1,
        key_heads: 1,
        head: 4,
        first: None,
        dropout: None,
        precision: Precision::Single,
    };
    let (clean, last) = (with(0.5, 8, 12), with(f32::NAN, 8, 12));
    for which in 0..3 {
        let of = |plane: usize| {
            if plane == which {
                &last[..]
            } else {
                &clean[..]
            }
        };
        let projected = Projected {
            queries: of(0),
            keys: of(1),
            values: of(2),
        };
        let (context, _) = causal.forward(projected);
        // The last position alone sees itself; but a value that nobody looks at is multiplied by 0,
        // which keeps NaN.
        let before = context[..8].iter().all(|y| y.is_finite());
        assert!(before || which == 2, "{which}");
        assert!(context[8..].iter().any(|y| y.is_nan()), "{which}");
    }
}

#[test]
fn products_and_convolutions_lose_no_nan() {
    for size in [1, 7, 40] {
        let (bad, clean) = (with(f32::NAN, 0, size * size), with(0.5, 0, size * size));
        for (a, b) in [(&bad, &clean), (&clean, &bad)] {
            let mut c = vec![0.0; size * size];
            let view = |data| Matrix::row_major(data, size, size);
            product_into(
                &mut c,
                size,
                view(a),
                view(b),
                Update::Overwrite,
                Threads::One,
            );
            assert!(c[0].is_nan(), "{size}");
            assert_eq!(c.iter().filter(|y| y.is_nan()).count(), size);
        }
    }
    let short = ShortConvolution {
        time: 5,
        width: 2,
        taps: 3,
    };
    let found = short.forward(&with(f32::NAN, 4, 10), &with(0.5, 0, 6), None);
    assert!(found.iter().any(|y| y.is_nan()));
    let long = LongConvolution {
        batch: 1,
        time: 5,
        width: 2,
        dropout: None,
    };
    let found = long.forward(&with(f32::NAN, 4, 30), &with(0.5, 0, 10), &[1.0, 1.0]);
    assert!(found.iter().any(|y| y.is_nan()));
    let (x, z) = (with(f32::NAN, 3, 8), with(0.5, 0, 8));
    for (x, z) in [(&x, &z), (&z, &x)] {
        assert!(silu_gate(x, z)[3].is_nan());
        let (of_x, of_z) = silu_gate_backward(x, z, &[1.0; 8]);
        assert!(of_x[3].is_nan() || of_z[3].is_nan());
    }
}

/// In each factor of both products, at the first and the last place of rows of every length.
#[test]
fn products_with_few_outputs_spoil_what_meets_no_number_and_nothing_else() {
    for columns in LENGTHS {
        let of = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<f64>>();
        let clean = |count: usize| of(with(0.5, 0, count));
        let (rows, weights, residuals) = (clean(5 * columns), clean(2 * columns), clean(10));
        for (bad, at) in [f32::NAN, f32::INFINITY]
            .into_iter()
            .flat_map(|bad| [0, columns - 1].map(|at| (bad, at)))
        {
            // The fourth row, the second output.
            let bad_rows = of(with(bad, 3 * columns + at, 5 * columns));
            let bad_weights = of(with(bad, columns + at, 2 * columns));
            let bad_residuals = of(with(bad, 3 * 2 + 1, 10));
            let mut found = [[0.0; 10]; 2];
            scores(&mut found[0], &bad_rows, &weights, columns);
            scores(&mut found[1], &rows, &bad_weights, columns);
            for (place, [of_row, of_output]) in (0..10).map(|i| (i, found.map(|f| f[i]))) {
                assert_eq!(of_row.is_finite(), place / 2 != 3, "{columns} {place}");
                assert_eq!(of_output.is_finite(), place % 2 != 1, "{columns} {place}");
            }
            let mut sums = [weights.clone(), weights.clone()];
            add_products(&mut sums[0], &residuals, &bad_rows, columns);
            add_products(&mut sums[1], &bad_residuals, &rows, columns);
            let [of_rows, of_outputs] = &sums;
            for (place, (of_row, of_output)) in of_rows.iter().zip(of_outputs).enumerate() {
                assert_eq!(
                    of_row.is_finite(),
                    place % columns != at,
                    "{columns} {place}"
                );
                assert_eq!(of_output.is_finite(), place < columns, "{columns} {place}");
            }
        }
    }
}

#[test]
fn a_step_with_a_gradient_that_is_no_number_leaves_no_number_behind() {
    for length in LENGTHS {
        let gradient = with(f32::NAN, length - 1, length);
        let (mut values, mut first, mut second) =
            (vec![1.0; length], vec![0.0; length], vec![0.0; length]);
        let parameter = Parameter {
            values: &mut values,
            gradient: &gradient,
            first: &mut first,
            second: &mut second,
        };
        AdamW::default().step(1, 0.1, 1.0, vec![parameter]);
        assert!(values[length - 1].is_nan() && first[length - 1].is_nan());
        assert_eq!(values.iter().filter(|v| v.is_nan()).count(), 1);
    }
}

/// How many of them are no numbers.
fn spoilt(values: &[f32]) -> usize {
    values.iter().filter(|v| v.is_nan()).count()
}

#[test]
fn backward_passes_lose_no_nan() {
    let width = 5;
    let (ones, clean) = (vec![1.0; width], with(0.5, 0, 2 * width));
    let bad = with(f32::NAN, 2, 2 * width);
    let input = |x| NormInput {
        x,
        residual: None,
        dropout: None,
        width,
    };
    let (_, saved) = norm::forward_saving(input(&bad), &ones, &ones, 1e-5);
    assert_eq!((spoilt(&saved.rows), spoilt(&saved.scales)), (width, 1));
    assert_eq!(spoilt(&norm::backward_input(&saved, &ones, &clean)), width);
    let (_, saved) = norm::forward_saving(input(&clean), &ones, &ones, 1e-5);
    assert!(spoilt(&norm::backward_input(&saved, &ones, &bad)) > 0);
    let (gamma, beta) = norm::backward_parameters(&saved.rows, &bad, width);
    assert_eq!((spoilt(&gamma), spoilt(&beta)), (1, 1));
    let rms = RmsNorm {
        width,
        epsilon: 1e-5,
    };
    for (x, g) in [(&bad, &clean), (&clean, &bad)] {
        assert!(spoilt(&rms.backward_input(x, &ones, g)) > 0);
        assert!(spoilt(&rms.backward_weight(x, g)) > 0);
        let (to_x, to_f) = elementwise::sine_backward(x, &ones, g);
        assert_eq!((spoilt(&to_x), spoilt(&to_f)), (1, 1));
        let mut in_place = g.clone();
        elementwise::gelu_backward_in_place(x, &mut in_place);
        assert_eq!(spoilt(&in_place), 1);
    }
    assert_eq!(spoilt(&elementwise::sine(&bad, &ones)), 1);
    let (log_sums, targets) = (loss::log_sum_exp(&bad, width), [0, 1]);
    let g = loss::backward(&bad, &log_sums, &targets, &[1.0, 1.0]);
    assert_eq!(spoilt(&g), width);
    let mut in_place = bad.clone();
    loss::backward_in_place(&mut in_place, &log_sums, &targets, &[1.0, 1.0]);
    assert_eq!(spoilt(&in_place), width);
    let short = ShortConvolution {
        time: 5,
        width: 2,
        taps: 3,
    };
    assert!(spoilt(&short.backward_input(&with(0.5, 0, 6), &bad)) > 0);
    for (x, g) in [(&bad, &clean), (&clean, &bad)] {
        assert!(spoilt(&short.backward_parameters(x, g).taps) > 0);
    }
    let long = LongConvolution {
        batch: 1,
        time: 5,
        width: 2,
        dropout: None,
    };
    let found = long.backward(&with(0.5, 0, 30), &clean, &[1.0, 1.0], &bad);
    assert!(spoilt(&found.x) > 0 && spoilt(&found.taps) > 0 && spoilt(&found.skip) > 0);
}

#[test]
fn rows_that_are_moved_take_their_nan_along() {
    let bad = with(f32::NAN, 2, 12);
    let mut turned = bad.clone();
    rotate(
        &mut turned,
        4,
        &Angles::new(10_000.0, 4, 3),
        &[0, 1, 2],
        Turn::Back,
    );
    assert_eq!(spoilt(&turned), 2);
    assert_eq!(spoilt(&gather(&[(&bad, &[0, 0, 1, 2])], 4)), 2);
    assert_eq!(spoilt(&scatter(&[1, 1, 0], &bad, 2, 4)), 1);
    assert_eq!(
        spoilt(&elementwise::drop_rows(&bad, 4, Dropout::new(0.0, 1))),
        1
    );
    assert_eq!(
        elementwise::add_in_order(vec![vec![1.0, f32::NAN], vec![1.0, 1.0]])[0],
        2.0
    );
    assert_eq!(
        spoilt(&elementwise::add_in_order(vec![
            vec![1.0, f32::NAN],
            vec![1.0, 1.0]
        ])),
        1
    );
    assert!(elementwise::add_in_order(vec![]).is_empty());
    let view = Matrix::strided(&bad, 2, 4, 6);
    let mut c = vec![0.0; 4];
    let other = Matrix::row_major(&[0.5; 8], 4, 2);
    product_into(&mut c, 2, view, other, Update::Overwrite, Threads::One);
    assert_eq!(spoilt(&c), 2);
    assert!(sums::sum2(&bad, &with(0.5, 0, 12), |a, b| a * b).is_nan());
    let mut inside = Vec::new();
    for_each_between(&[0.5, 1.5, f32::INFINITY, -0.0, 1e-45], 0.0, 1.0, |v| {
        inside.push(v)
    });
    assert_eq!(inside, [0.5, -0.0, 1e-45]);
}

/// Whether a call panics; what it would print is not shown.
fn refused<T>(call: impl FnOnce() -> T + std::panic::UnwindSafe) -> bool {
    std::panic::catch_unwind(call).is_err()
}

#[test]
fn slices_that_do_not_fit_are_refused() {
    let x = [1.0_f32; 6];
    assert!(refused(|| elementwise::gelu_backward_in_place(
        &x,
        &mut [1.0; 5]
    )));
    assert!(refused(|| elementwise::sine(&x, &[1.0; 4])));
    assert!(refused(|| elementwise::sine(&x, &[])));
    assert!(refused(|| elementwise::sine_backward(
        &x,
        &[1.0; 3],
        &x[1..]
    )));
    assert!(refused(|| RmsNorm {
        width: 4,
        epsilon: 0.0
    }
    .forward(&x, &[1.0; 4])));
    assert!(refused(|| RmsNorm {
        width: 3,
        epsilon: 0.0
    }
    .backward_weight(&x, &x[1..])));
    assert!(refused(|| Matrix::row_major(&x, 4, 2)));
    assert!(refused(|| Matrix::row_major(&[], 1 << 32, 1 << 32)));
    assert!(refused(|| Matrix::strided(&x, 2, 4, 6)));
    assert!(refused(|| Matrix::strided(&x, 9, 1, 1 << 61)));
    assert!(refused(|| gather(&[(&x, &[3])], 2)));
    assert!(refused(|| loss::backward(&x, &[0.0], &[0, 9], &[1.0, 1.0])));
    let angles = Angles::new(10_000.0, 2, 2);
    assert!(refused(|| rotate(
        &mut [1.0; 3],
        2,
        &angles,
        &[0],
        Turn::Forth
    )));
    assert!(refused(|| rotate(
        &mut [1.0; 4],
        2,
        &angles,
        &[0, 2],
        Turn::Forth
    )));
    assert!(refused(|| silu_gate(&x, &x[1..])));
    assert!(refused(|| silu_backward(&x, &x[1..])));
    let x = [1.0_f64; 6];
    assert!(refused(|| scores(&mut [0.0; 2], &x, &x[1..], 3)));
    assert!(refused(|| scores(&mut [0.0; 3], &x, &x, 3)));
    assert!(refused(|| scores(&mut [], &[], &[], 0)));
    assert!(refused(|| add_products(&mut [0.0; 6], &[0.0; 3], &x, 3)));
}
