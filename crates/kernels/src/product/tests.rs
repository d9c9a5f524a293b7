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

/// The message of the panic of `op`.
fn panic_of<R>(op: impl FnOnce() -> R) -> String {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(op));
    let payload = caught.err().expect("a panic");
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .expect("a message")
}

#[test]
fn sizes_that_wrap_are_refused_before_memory_is_touched() {
    let huge = 1usize << (usize::BITS / 2);
    let wraps = 1usize << (usize::BITS - 3);
    let message = panic_of(|| Matrix::row_major(&[], huge, huge));
    assert!(message.contains("matrix: expected"), "{message}");
    let message = panic_of(|| Matrix::strided(&[1.0; 4], 9, 1, wraps));
    assert!(message.contains("do not fit 4 elements"), "{message}");
    let message = panic_of(|| Matrix::strided(&[1.0; 4], 1, 1, usize::MAX));
    assert!(message.contains("do not fit 4 elements"), "{message}");
    // One element seen as many equal rows is a view; its product with its transpose is too large.
    let many = Matrix::strided(&[1.0], huge, 1, 0);
    let message = panic_of(|| product(many, many.transposed(), Threads::One));
    assert!(message.contains("more than can be addressed"), "{message}");
    let message = panic_of(|| sum_of_products(&[(many, many.transposed())]));
    assert!(message.contains("more than can be addressed"), "{message}");
    let column = Matrix::row_major(&[1.0; 9], 9, 1);
    let one = Matrix::row_major(&[1.0], 1, 1);
    let into = |stride| {
        let mut c = [0.0; 4];
        product_into(&mut c, stride, column, one, Update::Overwrite, Threads::One);
    };
    for stride in [wraps, usize::MAX, usize::MAX / 8 + 1] {
        let message = panic_of(|| into(stride));
        assert!(message.contains("destination is too small"), "{message}");
    }
}

#[test]
fn sums_of_nothing_are_zero_and_add_nothing() {
    let (a, b) = (Matrix::row_major(&[], 3, 0), Matrix::row_major(&[], 0, 2));
    for precision in [Precision::Single, Precision::Bf16] {
        let (a, b) = (a.at(precision), b.at(precision));
        assert_eq!(product(a, b, Threads::All), [0.0; 6]);
        assert_eq!(sum_of_products(&[(a, b)]), [0.0; 6]);
        let mut c = [5.0; 9];
        product_into(&mut c, 3, a, b, Update::Add, Threads::One);
        assert_eq!(c, [5.0; 9]);
        product_into(&mut c, 3, a, b, Update::Overwrite, Threads::One);
        assert_eq!(c, [0.0, 0.0, 5.0, 0.0, 0.0, 5.0, 0.0, 0.0, 5.0]);
    }
}

/// By three loops, in `f64`.
fn slow(
    a: &dyn Fn(usize, usize) -> f32,
    b: &dyn Fn(usize, usize) -> f32,
    sizes: [usize; 3],
) -> Vec<f32> {
    let [rows, columns, depth] = sizes;
    let sum = |i, j| {
        (0..depth)
            .map(|k| f64::from(a(i, k)) * f64::from(b(k, j)))
            .sum::<f64>()
    };
    let elements = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
    elements.map(|(i, j)| sum(i, j) as f32).collect()
}

proptest::proptest! {
    /// Whatever is asked for: refused by a panic of this crate's, or what three loops give, and
    /// nothing outside is written.
    #[test]
    fn any_view_is_refused_or_multiplied(
        len in 0usize..40, sizes in proptest::array::uniform3(0usize..9), strides in proptest::array::uniform3(0usize..12),
        large in proptest::option::of(0usize..6), turned in proptest::array::uniform2(proptest::bool::ANY),
    ) {
        let ([mut rows, mut columns, mut depth], [mut x, mut y, mut z]) = (sizes, strides);
        if let Some(which) = large {
            let place = [&mut rows, &mut columns, &mut depth, &mut x, &mut y, &mut z];
            *place[which] = usize::MAX >> which;
        }
        let (a, b) = (numbers(len), numbers(len));
        let view = |data, rows, columns, stride, turned: bool| {
            if turned {
                Matrix::strided(data, columns, rows, stride).transposed()
            } else {
                Matrix::strided(data, rows, columns, stride)
            }
        };
        let mut c = vec![7.0f32; len];
        let run = std::panic::AssertUnwindSafe(|| {
            let a = view(&a, rows, depth, x, turned[0]);
            let b = view(&b, depth, columns, y, turned[1]);
            product_into(&mut c, z, a, b, Update::Overwrite, Threads::One);
        });
        if std::panic::catch_unwind(run).is_ok() && rows < 9 && columns < 9 && depth < 9 {
            let at = |data: &[f32], i: usize, j: usize, stride: usize, turned: bool| {
                if turned { data[j * stride + i] } else { data[i * stride + j] }
            };
            let expected = slow(
                &|i, k| at(&a, i, k, x, turned[0]),
                &|k, j| at(&b, k, j, y, turned[1]),
                [rows, columns, depth],
            );
            for (at, &found) in c.iter().enumerate() {
                let (row, column) = (at.checked_div(z).unwrap_or(0), at.checked_rem(z).unwrap_or(at));
                if row < rows && column < columns {
                    let expected = expected[row * columns + column];
                    proptest::prop_assert!((found - expected).abs() < 1e-4, "{} {}", found, expected);
                } else {
                    proptest::prop_assert_eq!(found, 7.0);
                }
            }
        }
    }
}
