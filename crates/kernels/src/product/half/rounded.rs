//! Factors rounded beforehand and multiplied as single precision, for CPUs that know no other
//! product: a product of two bf16 numbers is exact there, so only the order of the sums differs.

use super::pair::round;
use crate::product::{Matrix, Precision, Update, single};
use crate::simd::vectorize;

/// The product on the calling thread.
///
/// # Safety
/// As [`crate::product::multiply`].
pub(super) unsafe fn block(
    c: *mut f32,
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    update: Update,
) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (a, b) = (rounded(a, &mut left), rounded(b, &mut right));
    // SAFETY: as promised by the caller.
    unsafe { single(c, row_stride, a, b, update) }
}

/// The view rounded, in its own order.
fn rounded<'a>(view: Matrix<'_>, to: &'a mut Vec<f32>) -> Matrix<'a> {
    if view.column_stride == 1 {
        return rounded_rows(view, to);
    }
    rounded_rows(view.transposed(), to).transposed()
}

fn rounded_rows<'a>(view: Matrix<'_>, to: &'a mut Vec<f32>) -> Matrix<'a> {
    assert_eq!(view.column_stride, 1, "product: neither order lies in line");
    to.reserve(view.rows * view.columns);
    vectorize(
        #[inline(always)]
        || {
            for i in 0..view.rows {
                let row = &view.data[i * view.row_stride..][..view.columns];
                to.extend(row.iter().map(|&x| f32::from_bits(round(x))));
            }
        },
    );
    Matrix::row_major(to, view.rows, view.columns).at(Precision::Single)
}
