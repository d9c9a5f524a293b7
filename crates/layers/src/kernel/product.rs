//! Matrix products of strided views.
#![allow(unsafe_code)]

use gemm::Parallelism;

/// A view of `rows × columns` elements of a slice, with any strides.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
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
        }
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
    fn parallelism(self) -> Parallelism {
        match self {
            Self::One => Parallelism::None,
            Self::All if rayon::current_num_threads() == 1 => Parallelism::None,
            Self::All => Parallelism::Rayon(0),
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

/// The products of equally large pairs, one behind the other.
///
/// # Panics
/// If the shapes do not fit.
pub(crate) fn stacked<const N: usize>(pairs: [(Matrix<'_>, Matrix<'_>); N]) -> Vec<f32> {
    let [rows, columns] = [pairs[0].0.rows, pairs[0].1.columns];
    let same =
        |(a, b): &(Matrix<'_>, Matrix<'_>)| a.rows == rows && b.columns == columns && a.columns > 0;
    assert!(
        pairs.iter().all(same),
        "product: the stacked products differ in size"
    );
    let mut c = Vec::<f32>::with_capacity(N * rows * columns);
    for (i, (a, b)) in pairs.into_iter().enumerate() {
        // SAFETY: plane `i` of `N` has room for its product; with `Overwrite` it is written and not read.
        unsafe {
            let plane = c.as_mut_ptr().add(i * rows * columns);
            multiply(plane, columns, a, b, Update::Overwrite, Threads::All);
        }
    }
    // SAFETY: the loop wrote all planes.
    unsafe { c.set_len(N * rows * columns) };
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
    assert_eq!(
        a.columns, b.rows,
        "product: expected as many columns as rows"
    );
    if a.rows == 0 || b.columns == 0 {
        return;
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
            threads.parallelism(),
        );
    }
}
