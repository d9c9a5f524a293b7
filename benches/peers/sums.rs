//! Numbers by which two large arrays are compared.

use burn::tensor::TensorData;

/// Something of every element: the root mean square, and a sum with signs; `sums` of `peer.py`.
pub fn sums(data: &TensorData) -> [f64; 2] {
    sums_over(data.iter::<f64>())
}

/// The same of a slice.
pub fn sums_of(data: &[f32]) -> [f64; 2] {
    sums_over(data.iter().copied().map(f64::from))
}

fn sums_over(numbers: impl Iterator<Item = f64>) -> [f64; 2] {
    let (mut squares, mut signed, mut count) = (0.0, 0.0, 0_usize);
    for x in numbers {
        squares += x * x;
        signed += if count % 3 == 1 { -x } else { x };
        count += 1;
    }
    [(squares / count as f64).sqrt(), signed / count as f64]
}
