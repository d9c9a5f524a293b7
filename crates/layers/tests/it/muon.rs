//! Muon against its formula in double precision, and against PyTorch's.
#![allow(clippy::unwrap_used)]

use dissensus_layers::{MatrixParameter, Muon, orthogonalized};

/// The coefficients and the number of iterations that the documentation states.
const QUINTIC: [f64; 3] = [3.4445, -4.775, 2.0315];
const ITERATIONS: usize = 5;

fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// `A·B` by its definition, in double precision.
fn times(a: &[f64], b: &[f64], rows: usize, depth: usize, columns: usize) -> Vec<f64> {
    let at = |i: usize, j: usize| (0..depth).map(move |k| a[i * depth + k] * b[k * columns + j]);
    let entry = |e: usize| at(e / columns, e % columns).sum();
    (0..rows * columns).map(entry).collect()
}

fn transposed(a: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let entry = |e: usize| a[(e % rows) * columns + e / rows];
    (0..rows * columns).map(entry).collect()
}

/// The iteration on the left side whatever the shape, in double precision.
fn twin(x: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-7);
    let mut x: Vec<f64> = x.iter().map(|v| v / norm).collect();
    let [a, b, c] = QUINTIC;
    for _ in 0..ITERATIONS {
        let gram = times(&x, &transposed(&x, rows, columns), rows, columns, rows);
        let square = times(&gram, &gram, rows, rows, rows);
        let mixed: Vec<f64> = gram
            .iter()
            .zip(square)
            .map(|(g, s)| b * g + c * s)
            .collect();
        let turned = times(&mixed, &x, rows, rows, columns);
        x = x.iter().zip(turned).map(|(x, t)| a * x + t).collect();
    }
    x
}

#[test]
fn the_iteration_is_that_of_the_formula_on_either_side() {
    for (rows, columns) in [(1, 1), (3, 5), (5, 3), (40, 40), (33, 128), (128, 33)] {
        let x = numbers(rows * columns, 7);
        let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
        let expected = twin(&wide, rows, columns);
        let found = orthogonalized(x, rows, columns);
        for (found, expected) in found.iter().zip(&expected) {
            let off = (f64::from(*found) - expected).abs();
            assert!(off < 2e-4, "{rows}x{columns}: {found} is not {expected}");
        }
    }
}

#[test]
fn what_comes_out_is_nearly_orthogonal() {
    let (rows, columns) = (24, 60);
    let x = orthogonalized(numbers(rows * columns, 3), rows, columns);
    let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
    let gram = times(
        &wide,
        &transposed(&wide, rows, columns),
        rows,
        columns,
        rows,
    );
    // The squared singular values lie between 0.7² and 1.2², and so does their mean.
    let trace: f64 = (0..rows).map(|i| gram[i * rows + i]).sum::<f64>() / rows as f64;
    assert!((0.49..1.44).contains(&trace), "{trace}");
    for (at, value) in gram
        .iter()
        .enumerate()
        .filter(|(at, _)| at / rows != at % rows)
    {
        assert!(value.abs() < 0.45, "{at}: {value}");
    }
}

#[test]
fn steps_are_those_of_the_formula() {
    let (inputs, outputs, rate, factor) = (4, 9, 0.05, 0.5);
    let constants = Muon {
        momentum: 0.9,
        weight_decay: 0.1,
    };
    let mut values = numbers(inputs * outputs, 1);
    let mut momentum = vec![0f32; inputs * outputs];
    let mut expected: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
    let mut slow = vec![0f64; inputs * outputs];
    for t in 0..4 {
        let gradient = numbers(inputs * outputs, 100 + t);
        let matrix = MatrixParameter {
            values: &mut values,
            gradient: &gradient,
            momentum: &mut momentum,
            inputs,
            outputs,
        };
        constants.step(rate, factor, vec![matrix]);
        let g: Vec<f64> = gradient.iter().map(|&g| f64::from(g) * factor).collect();
        slow = slow
            .iter()
            .zip(&g)
            .map(|(m, g)| 0.9 * m + 0.1 * g)
            .collect();
        let u: Vec<f64> = slow
            .iter()
            .zip(&g)
            .map(|(m, g)| 0.9 * m + 0.1 * g)
            .collect();
        for (value, x) in expected.iter_mut().zip(twin(&u, inputs, outputs)) {
            *value = *value * (1.0 - rate * 0.1) - rate * 1.5 * x; // √(9/4)
        }
    }
    for (found, expected) in values.iter().zip(&expected) {
        assert!(
            (f64::from(*found) - expected).abs() < 1e-4,
            "{found} {expected}"
        );
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let mut values = [numbers(128 * 512, 1), numbers(200 * 96, 2)];
        let mut momenta = [numbers(128 * 512, 3), numbers(200 * 96, 4)];
        let gradients = [numbers(128 * 512, 5), numbers(200 * 96, 6)];
        let shapes = [(128, 512), (200, 96)];
        let slices = values.iter_mut().zip(&mut momenta).zip(&gradients);
        let matrices = slices
            .zip(shapes)
            .map(|(((values, momentum), gradient), shape)| MatrixParameter {
                values,
                gradient,
                momentum,
                inputs: shape.0,
                outputs: shape.1,
            });
        let matrices = matrices.collect();
        let step = || Muon::default().step(0.02, 1.0, matrices);
        pool.build().unwrap().install(step);
        values.map(|v| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>())
    };
    assert_eq!(on(1), on(2));
    assert_eq!(on(1), on(5));
}

#[test]
fn a_gradient_of_zero_moves_nothing() {
    let (mut values, mut momentum) = ([0.25f32; 6], [0f32; 6]);
    let matrix = MatrixParameter {
        values: &mut values,
        gradient: &[0.0; 6],
        momentum: &mut momentum,
        inputs: 2,
        outputs: 3,
    };
    Muon::default().step(1.0, 1.0, vec![matrix]);
    assert_eq!(values, [0.25; 6]);
}

/// A case of `tests/reference/muon_golden.py`.
#[derive(serde::Deserialize)]
struct Case {
    inputs: usize,
    outputs: usize,
    momentum: f64,
    weight_decay: f64,
    rate: f64,
    start: Vec<f32>,
    gradients: Vec<Vec<f32>>,
    end: Vec<f32>,
    buffer: Vec<f32>,
}

#[derive(serde::Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[test]
fn steps_agree_with_pytorch() {
    let golden: Golden = serde_json::from_str(include_str!("../golden/muon.json")).unwrap();
    assert_eq!(golden.cases.len(), 3);
    for case in golden.cases {
        let constants = Muon {
            momentum: case.momentum,
            weight_decay: case.weight_decay,
        };
        let mut values = case.start.clone();
        let mut momentum = vec![0f32; values.len()];
        for gradient in &case.gradients {
            let matrix = MatrixParameter {
                values: &mut values,
                gradient,
                momentum: &mut momentum,
                inputs: case.inputs,
                outputs: case.outputs,
            };
            constants.step(case.rate, 1.0, vec![matrix]);
        }
        let pairs = values.iter().zip(&case.end);
        for (found, expected) in pairs.chain(momentum.iter().zip(&case.buffer)) {
            assert!((found - expected).abs() < 2e-5, "{found} is not {expected}");
        }
    }
}
