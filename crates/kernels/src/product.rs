//! Matrix products of strided views.
#![allow(
    unsafe_code,
    reason = "destinations that are not initialised yet, and the library's raw pointers"
)]

mod half;
mod parts;
mod view;

use std::ops::Range;

pub use half::Bf16Way;
use parts::Parts;
use view::rows_fit;
pub use view::{Matrix, Precision};

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
    /// Disjoint blocks that cover a product of `[rows, columns, depth]`.
    fn divide(self, sizes: [usize; 3]) -> Parts {
        match self {
            Self::One => Parts::whole(sizes[0], sizes[1]),
            Self::All => Parts::of(sizes, rayon::current_num_threads()),
        }
    }
}

/// `A·B`, row-major.
///
/// ```
/// use dissensus_kernels::product::{Matrix, Threads, product};
/// let a = Matrix::row_major(&[1.0, 2.0, 3.0, 4.0], 2, 2);
/// assert_eq!(product(a, a.transposed(), Threads::All), [5.0, 11.0, 11.0, 25.0]);
/// ```
///
/// # Panics
/// If `A` has not as many columns as `B` has rows, or the product has more elements than can be
/// addressed.
#[must_use]
pub fn product(a: Matrix<'_>, b: Matrix<'_>, threads: Threads) -> Vec<f32> {
    let len = elements(a.rows, b.columns);
    let mut c = Vec::with_capacity(len);
    // SAFETY: `c` has room for `a.rows` rows of `b.columns`, and with `Overwrite` each element is
    // written, none read.
    unsafe {
        multiply(c.as_mut_ptr(), b.columns, a, b, Update::Overwrite, threads);
        c.set_len(len);
    }
    c
}

/// `C = A·B` or `C += A·B`, the rows of `C` starting every `row_stride` elements of `c`.
///
/// # Panics
/// If the shapes do not fit, the rows of `C` overlap or end behind `c`, or the stride is above
/// `isize::MAX`.
pub fn product_into(
    c: &mut [f32],
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    update: Update,
    threads: Threads,
) {
    assert!(
        rows_fit(a.rows, b.columns, row_stride, c.len()),
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
/// Row `i < a.rows` of the destination is `c + i·row_stride ..+ b.columns`: valid for writes,
/// nobody else's during the call, and initialised when added to; the stride is at most
/// `isize::MAX`. (The views are inside their slices by construction.) Every element is written.
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

/// As [`multiply`], and `then(rows, columns)` for each part of the destination, right behind its
/// product and on the same thread: the part is then in that thread's cache and nobody else's.
///
/// # Safety
/// As [`multiply`].
pub(crate) unsafe fn multiply_then(
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
    let parts = threads.divide([a.rows, b.columns, a.columns]);
    let whole = half::Whole::pack(a, b, &parts);
    parts.for_each(|rows, columns| {
        // SAFETY: the parts are disjoint blocks of the destination the caller gave us.
        unsafe {
            let c = c.at(rows.start * row_stride + columns.start);
            let (a, b) = (a.rows(rows.clone()), b.columns(columns.clone()));
            block(c, row_stride, a, b, whole.as_ref(), update);
        }
        then(rows, columns);
    });
}

/// `A₁·B₁ + A₂·B₂ + …`, in that order.
///
/// # Panics
/// If the shapes do not fit.
#[must_use]
pub fn sum_of_products(pairs: &[(Matrix<'_>, Matrix<'_>)]) -> Vec<f32> {
    let Some((first, _)) = pairs.split_first() else {
        return Vec::new();
    };
    let [rows, columns, depth] = [first.0.rows, first.1.columns, first.0.columns];
    for (a, b) in pairs {
        let fits = a.rows == rows && b.columns == columns && a.columns == b.rows;
        assert!(fits, "product: the terms differ in size");
    }
    let len = elements(rows, columns);
    let mut c = Vec::<f32>::with_capacity(len);
    let start = Shared(c.as_mut_ptr());
    let parts = Threads::All.divide([rows, columns, depth.saturating_mul(pairs.len())]);
    let wholes: Vec<_> = pairs
        .iter()
        .map(|(a, b)| half::Whole::pack(*a, *b, &parts))
        .collect();
    parts.for_each(|down, along| {
        for (i, (a, b)) in pairs.iter().enumerate() {
            let update = if i == 0 {
                Update::Overwrite
            } else {
                Update::Add
            };
            // SAFETY: the parts are disjoint blocks of `c`, which has room for all; the first
            // term overwrites.
            unsafe {
                let c = start.at(down.start * columns + along.start);
                let (a, b) = (a.rows(down.clone()), b.columns(along.clone()));
                block(c, columns, a, b, wholes[i].as_ref(), update);
            }
        }
    });
    // SAFETY: the parts cover `c`, and the first term wrote each.
    unsafe { c.set_len(len) };
    c
}

/// How many elements a row-major array has.
///
/// # Panics
/// If they are more than can be addressed.
pub(crate) fn elements(rows: usize, columns: usize) -> usize {
    match rows.checked_mul(columns) {
        Some(len) if isize::try_from(len).is_ok() => len,
        _ => panic!("product: {rows} x {columns} elements are more than can be addressed"),
    }
}

/// A pointer that tasks share; each writes elements of its own.
#[derive(Clone, Copy)]
pub(crate) struct Shared(pub(crate) *mut f32);
// SAFETY: whoever makes one lets each task write disjoint elements, and outlives the tasks.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    /// The pointer `offset` elements on.
    ///
    /// # Safety
    /// The offset must be inside the array.
    pub(crate) unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: as promised by the caller.
        unsafe { self.0.add(offset) }
    }
}

/// The product on the calling thread.
///
/// # Safety
/// As [`multiply`].
unsafe fn block(
    c: *mut f32,
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    whole: Option<&half::Whole>,
    update: Update,
) {
    if a.rows == 0 || b.columns == 0 {
        return;
    }
    if a.columns == 0 {
        // SAFETY: as promised by the caller.
        return unsafe { empty_sums(c, row_stride, a.rows, b.columns, update) };
    }
    if [a, b].iter().all(|view| view.precision == Precision::Bf16) {
        // SAFETY: as promised by the caller.
        return unsafe { half::block(c, row_stride, a, b, whole, update) };
    }
    // SAFETY: as promised by the caller.
    unsafe { single(c, row_stride, a, b, update) }
}

/// The product of a factor without columns and one without rows.
///
/// # Safety
/// As [`multiply`].
unsafe fn empty_sums(c: *mut f32, row_stride: usize, rows: usize, columns: usize, update: Update) {
    if update == Update::Overwrite {
        // SAFETY: the rows of the destination, as promised by the caller.
        (0..rows).for_each(|row| unsafe { c.add(row * row_stride).write_bytes(0, columns) });
    }
}

/// As [`block`], of all 24 bits of the factors, which have columns and rows.
///
/// # Safety
/// As [`multiply`].
unsafe fn single(c: *mut f32, row_stride: usize, a: Matrix<'_>, b: Matrix<'_>, update: Update) {
    // SAFETY: as promised by the caller; the views are inside their slices.
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
mod tests;
