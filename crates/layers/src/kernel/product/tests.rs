//! Products: rounding, threads.

use super::*;

fn numbers(count: usize) -> Vec<f32> {
    let number = |i: u32| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
    (0..count as u32).map(number).collect()
}

#[test]
fn a_bf16_product_is_that_of_the_rounded_factors() {
    for [rows, columns, depth] in [[1, 1, 1], [7, 65, 3], [100, 70, 513], [96, 64, 1024]] {
        let (a, b) = (numbers(rows * depth), numbers(depth * columns));
        let rounded = |x: &[f32]| -> Vec<f32> {
            x.iter()
                .map(|x| {
                    f32::from_bits((x.to_bits() + 0x7fff + (x.to_bits() >> 16 & 1)) & 0xffff_0000)
                })
                .collect()
        };
        let (coarse_a, coarse_b) = (rounded(&a), rounded(&b));
        let view =
            |data, rows, columns, precision| Matrix::row_major(data, rows, columns).at(precision);
        let expected = product(
            Matrix::row_major(&coarse_a, rows, depth),
            Matrix::row_major(&coarse_b, depth, columns),
            Threads::One,
        );
        for threads in [Threads::One, Threads::All] {
            let found = product(
                view(&a, rows, depth, Precision::Bf16),
                view(&b, depth, columns, Precision::Bf16),
                threads,
            );
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-4, "{found} {expected}");
            }
        }
    }
}

#[test]
fn a_product_has_the_same_bits_on_any_number_of_threads() {
    for [rows, columns, depth] in [
        [97, 193, 1030],
        [700, 64, 513],
        [61, 1000, 600],
        [193, 192, 31],
    ] {
        let (a, b) = (numbers(rows * depth), numbers(depth * columns));
        let views = [
            (
                Matrix::row_major(&a, rows, depth),
                Matrix::row_major(&b, depth, columns),
            ),
            (
                Matrix::row_major(&a, depth, rows).transposed(),
                Matrix::row_major(&b, columns, depth).transposed(),
            ),
        ];
        let halves = views.map(|(a, b)| (a.at(Precision::Bf16), b.at(Precision::Bf16)));
        for (a, b) in views.into_iter().chain(halves) {
            let alone = product(a, b, Threads::One);
            let twice = sum_of_products(&[(a, b), (a, b)]);
            for threads in [2, 3, 7] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let pool = pool.expect("a pool");
                assert_eq!(pool.install(|| product(a, b, Threads::All)), alone);
                assert_eq!(pool.install(|| sum_of_products(&[(a, b), (a, b)])), twice);
            }
        }
    }
}
