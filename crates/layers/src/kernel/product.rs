//! Matrix products of strided views.
#![allow(unsafe_code)]

mod half;
mod parts;

use std::ops::Range;

use parts::Parts;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A view of `rows × columns` elements of a slice, with any strides.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
    precision: Precision,
}

/// What a product keeps of its factors; its sums are single precision in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// All 24 bits of significand.
    #[default]
    Single,
    /// 8 bits (bf16), rounded to nearest: up to twice as fast where the CPU multiplies bf16.
    Bf16,
}

impl<'a> Matrix<'a> {
    /// All of a row-major slice.
    ///
    /// # Panics
    /// If the slice does not have `rows · columns` elements.
    pub fn row_major(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(
            data.len(),
            rows * columns,
            "matrix: expected {rows} x {columns} elements"
        );
        Self::strided(data, rows, columns, columns)
    }

    /// The rows that start every `row_stride` elements of `data`.
    ///
    /// # Panics
    /// If the last row ends behind the slice.
    pub fn strided(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(
            rows == 0 || (rows - 1) * row_stride + columns <= data.len(),
            "matrix: {rows} rows of {columns}, {row_stride} apart, do not fit {} elements",
            data.len()
        );
        Self {
            data,
            rows,
            columns,
            row_stride,
            column_stride: 1,
            precision: Precision::Single,
        }
    }

    /// How many rows.
    pub fn row_count(&self) -> usize {
        self.rows
    }

    /// How many columns.
    pub fn column_count(&self) -> usize {
        self.columns
    }

    /// The same elements as factors of this precision; both factors must ask for bf16 to get it.
    pub fn at(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// If the range ends behind the last row.
    pub fn rows(self, range: Range<usize>) -> Self {
        assert!(
            range.start <= range.end && range.end <= self.rows,
            "matrix: rows {range:?} of {}",
            self.rows
        );
        let from = (range.start * self.row_stride).min(self.data.len());
        Self {
            data: &self.data[from..],
            rows: range.len(),
            ..self
        }
    }

    /// Some of the columns.
    ///
    /// # Panics
    /// If the range ends behind the last column.
    pub fn columns(self, range: Range<usize>) -> Self {
        self.transposed().rows(range).transposed()
    }

    /// The transpose, without a copy.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// How a product meets what is already in its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// `C = A·B`.
    Overwrite,
    /// `C += A·B`.
    Add,
}

/// On how many threads a product runs; its bits are the same on any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The calling thread.
    One,
    /// All of rayon's current pool.
    All,
}

impl Threads {
    /// Calls `part(rows, columns)` for disjoint blocks that cover a product of `[rows, columns, depth]`.
    fn divide(self, sizes: [usize; 3], part: impl Fn(Range<usize>, Range<usize>) + Sync) {
        let parts = match self {
            Self::One => Parts::whole(sizes[0], sizes[1]),
            Self::All => Parts::of(sizes, rayon::current_num_threads()),
        };
        let run = |i| {
            let (rows, columns) = parts.get(i);
            part(rows, columns);
        };
        match parts.count() {
            1 => run(0),
            count => (0..count).into_par_iter().with_max_len(1).for_each(run),
        }
    }
}

/// `A·B`, row-major.
///
/// ```
/// use dissensus_layers::product::{Matrix, Threads, product};
/// let a = Matrix::row_major(&[1.0, 2.0, 3.0, 4.0], 2, 2);
/// assert_eq!(product(a, a.transposed(), Threads::All), [5.0, 11.0, 11.0, 25.0]);
/// ```
///
/// # Panics
/// If `A` has not as many columns as `B` has rows.
pub fn product(a: Matrix<'_>, b: Matrix<'_>, threads: Threads) -> Vec<f32> {
    let len = a.rows * b.columns;
    if a.columns == 0 {
        return vec![0.0; len];
    }
    let mut c = Vec::with_capacity(len);
    // SAFETY: `c` has room for `a.rows` rows of `b.columns`, and with `Overwrite` each element is written, none read.
    unsafe {
        multiply(c.as_mut_ptr(), b.columns, a, b, Update::Overwrite, threads);
        c.set_len(len);
    }
    c
}

/// `C = A·B` or `C += A·B`, the rows of `C` starting every `row_stride` elements of `c`.
///
/// # Panics
/// If the shapes do not fit.
pub fn product_into(
    c: &mut [f32],
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    update: Update,
    threads: Threads,
) {
    assert!(
        a.rows == 0 || (a.rows - 1) * row_stride + b.columns <= c.len(),
        "product: the destination is too small"
    );
    assert!(
        row_stride >= b.columns,
        "product: the rows of the destination overlap"
    );
    // SAFETY: the rows are inside `c` and do not overlap; `c` is initialised.
    unsafe { multiply(c.as_mut_ptr(), row_stride, a, b, update, threads) }
}

/// The product on raw pointers.
///
/// # Safety
/// Row `i < a.rows` of the destination is `c + i·row_stride ..+ b.columns`: valid for writes, nobody else's during the
/// call, and initialised when added to. (The views are inside their slices by construction.)
pub(crate) unsafe fn multiply(
    c: *mut f32,
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    update: Update,
    threads: Threads,
) {
    // SAFETY: as promised by the caller.
    unsafe { multiply_then(c, row_stride, a, b, update, threads, |_, _| ()) }
}

/// As [`multiply`], and `then(rows, columns)` for each part of the destination, right behind its product and on the same
/// thread: the part is then in that thread's cache and nobody else's.
///
/// # Safety
/// As [`multiply`].
pub(super) unsafe fn multiply_then(
    c: *mut f32,
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    update: Update,
    threads: Threads,
    then: impl Fn(Range<usize>, Range<usize>) + Sync,
) {
    assert_eq!(
        a.columns, b.rows,
        "product: expected as many columns as rows"
    );
    let c = Shared(c);
    threads.divide([a.rows, b.columns, a.columns], |rows, columns| {
        // SAFETY: the parts are disjoint blocks of the destination the caller gave us.
        unsafe {
            let c = c.at(rows.start * row_stride + columns.start);
            let (a, b) = (a.rows(rows.clone()), b.columns(columns.clone()));
            block(c, row_stride, a, b, update);
        }
        then(rows, columns);
    });
}

/// `A₁·B₁ + A₂·B₂ + …`, in that order.
///
/// # Panics
/// If the shapes do not fit.
pub(crate) fn sum_of_products(pairs: &[(Matrix<'_>, Matrix<'_>)]) -> Vec<f32> {
    let Some((first, _)) = pairs.split_first() else {
        return Vec::new();
    };
    let [rows, columns, depth] = [first.0.rows, first.1.columns, first.0.columns];
    for (a, b) in pairs {
        let fits = a.rows == rows && b.columns == columns && a.columns == b.rows;
        assert!(fits, "product: the terms differ in size");
    }
    if depth == 0 {
        return vec![0.0; rows * columns];
    }
    let mut c = Vec::<f32>::with_capacity(rows * columns);
    let start = Shared(c.as_mut_ptr());
    Threads::All.divide([rows, columns, depth * pairs.len()], |down, along| {
        for (i, (a, b)) in pairs.iter().enumerate() {
            let update = if i == 0 {
                Update::Overwrite
            } else {
                Update::Add
            };
            // SAFETY: the parts are disjoint blocks of `c`, which has room for all; the first term overwrites.
            unsafe {
                let c = start.at(down.start * columns + along.start);
                let (a, b) = (a.rows(down.clone()), b.columns(along.clone()));
                block(c, columns, a, b, update);
            }
        }
    });
    // SAFETY: the parts cover `c`, and the first term wrote each.
    unsafe { c.set_len(rows * columns) };
    c
}

/// A pointer that tasks share; each writes elements of its own.
#[derive(Clone, Copy)]
pub(super) struct Shared(pub(super) *mut f32);
// SAFETY: whoever makes one lets each task write disjoint elements, and outlives the tasks.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    /// The pointer `offset` elements on.
    ///
    /// # Safety
    /// The offset must be inside the array.
    pub(super) unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: as promised by the caller.
        unsafe { self.0.add(offset) }
    }
}

/// The product on the calling thread.
///
/// # Safety
/// As [`multiply`].
unsafe fn block(c: *mut f32, row_stride: usize, a: Matrix<'_>, b: Matrix<'_>, update: Update) {
    if a.rows == 0 || b.columns == 0 {
        return;
    }
    if [a, b].iter().all(|view| view.precision == Precision::Bf16) && a.columns > 0 {
        // SAFETY: as promised by the caller.
        return unsafe { half::block(c, row_stride, a, b, update) };
    }
    // SAFETY: as promised by the caller; an empty sum (`a.columns == 0`) reads no element of the views.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            c,
            1,
            row_stride as isize,
            update == Update::Add,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
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
                        f32::from_bits(
                            (x.to_bits() + 0x7fff + (x.to_bits() >> 16 & 1)) & 0xffff_0000,
                        )
                    })
                    .collect()
            };
            let (coarse_a, coarse_b) = (rounded(&a), rounded(&b));
            let view = |data, rows, columns, precision| {
                Matrix::row_major(data, rows, columns).at(precision)
            };
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
            for (a, b) in views {
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
}
