//! The same bits on one, two and three threads.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_layers::product::Precision;
use dissensus_layers::{
    Affine, Dropout, Lookup, Mode, Norm, attention, cross_entropy, decoder, embedding, gather_rows,
    linear_gelu, qkv, residual_layer_norm,
};

use super::common::{leaf, run};

/// A small encoder layer with its head: every fused operation once.
fn everything([b, t, h, v]: [usize; 4], mode: &Mode) -> Vec<Vec<f32>> {
    let device = Device::flex();
    let int = |n: usize, f: &dyn Fn(usize) -> usize| {
        TensorData::new((0..n).map(|i| f(i) as i64).collect(), [n])
    };
    let ids = Tensor::<1, Int>::from_data(int(b * t, &|i| i * 13 % v), &device).reshape([b, t]);
    let table = leaf([v, h], 1);
    let weights: [Tensor<2>; 5] = [2, 3, 4, 5, 6].map(|seed| leaf([h, h], seed));
    let biases: [Tensor<1>; 5] = [7, 8, 9, 10, 11].map(|seed| leaf([h], seed));
    let affine = |i: usize| Affine {
        weight: weights[i].clone(),
        bias: biases[i].clone(),
        mode: mode.clone(),
    };
    let norm = Norm {
        gamma: biases[3].clone(),
        beta: biases[4].clone(),
        epsilon: 1e-5,
        hook: None,
    };
    let x = embedding(vec![Lookup {
        table: table.clone(),
        ids,
        hook: None,
    }]);
    let mixed = attention(
        qkv(x.clone(), affine(0), affine(1), affine(2)),
        2,
        None,
        Some(Dropout::new(0.1, 3)),
        mode.precision,
    );
    let y = residual_layer_norm(mixed, Some(Dropout::new(0.1, 4)), x, norm);
    let y = linear_gelu(y, weights[3].clone(), biases[3].clone(), mode.clone());
    let rows = Tensor::from_data(int(b * t / 7, &|i| i * 7), &device);
    let logits = decoder(
        gather_rows(y, rows),
        table.clone(),
        leaf([v], 12),
        mode.clone(),
    );
    let nll = cross_entropy(
        logits,
        Tensor::from_data(int(b * t / 7, &|i| i * 5 % v), &device),
    );
    let mut leaves = vec![(&table).into()];
    leaves.extend(weights[..4].iter().map(Into::into));
    leaves.extend(biases.iter().map(Into::into));
    run(nll, &leaves)
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    for precision in [Precision::Single, Precision::Bf16] {
        let mode = Mode {
            precision,
            ..Mode::default()
        };
        let on = |threads: usize, shape| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            pool.install(|| everything(shape, &mode))
        };
        for shape in [[2, 21, 14, 50], [4, 160, 96, 700]] {
            let one = on(1, shape);
            assert!(one.iter().flatten().all(|x| x.is_finite()));
            for threads in [2, 3, 5] {
                let case = format!("{precision:?} {shape:?} on {threads} threads");
                assert_eq!(one, on(threads, shape), "{case}");
            }
        }
    }
}
