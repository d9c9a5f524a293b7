//! Factors of products.

use std::ops::Range;

/// A view of `rows × columns` elements of a slice, with any strides.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    pub(super) data: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
    pub(super) precision: Precision,
}

/// Whether `rows` rows of `columns` elements, `row_stride` apart, end inside `len` elements, and
/// can be addressed by signed offsets.
///
/// Every size beside unsafe code is checked by this function: no product or sum in it wraps.
pub(super) fn rows_fit(rows: usize, columns: usize, row_stride: usize, len: usize) -> bool {
    let end = |last: usize| last.checked_mul(row_stride)?.checked_add(columns);
    let inside = match rows.checked_sub(1) {
        None => true,
        Some(last) => end(last).is_some_and(|end| end <= len),
    };
    inside && isize::try_from(row_stride).is_ok()
}

/// What a product keeps of its factors; its sums are single precision in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Precision {
    /// All 24 bits of significand.
    #[default]
    Single,
    /// 8 bits (bf16), rounded to nearest: up to five times as fast where the CPU multiplies bf16, a
    /// little slower where it does not; [`super::Bf16Way`] says which.
    Bf16,
}

impl<'a> Matrix<'a> {
    /// All of a row-major slice.
    ///
    /// # Panics
    /// If the slice does not have `rows · columns` elements.
    #[must_use]
    pub fn row_major(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(
            Some(data.len()),
            rows.checked_mul(columns),
            "matrix: expected {rows} x {columns} elements"
        );
        Self::strided(data, rows, columns, columns)
    }

    /// The rows that start every `row_stride` elements of `data`.
    ///
    /// # Panics
    /// If the last row ends behind the slice, or the stride is above `isize::MAX`.
    #[must_use]
    pub fn strided(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(
            rows_fit(rows, columns, row_stride, data.len()),
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
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows
    }

    /// How many columns.
    #[must_use]
    pub fn column_count(&self) -> usize {
        self.columns
    }

    /// The same elements as factors of this precision; both factors must ask for bf16 to get it.
    #[must_use]
    pub fn at(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// If the range ends behind the last row.
    #[must_use]
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
    #[must_use]
    pub fn columns(self, range: Range<usize>) -> Self {
        self.transposed().rows(range).transposed()
    }

    /// The transpose, without a copy.
    #[must_use]
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
