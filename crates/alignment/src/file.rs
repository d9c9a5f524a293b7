//! Tables from NumPy files.

mod floats;
mod npy;

use std::path::Path;

use crate::{EmbeddingTable, Error};

/// What a file should have held, and what it holds.
struct FormatMismatch {
    expected: &'static str,
    found: String,
}

impl FormatMismatch {
    fn new(expected: &'static str, found: impl ToString) -> Self {
        let found = found.to_string();
        Self { expected, found }
    }
}

impl EmbeddingTable {
    /// Reads a table from a NumPy file: a matrix of 16, 32 or 64 bits a number, little endian, row
    /// after row or column after column (`fortran_order`); the numbers are rounded to `f32`.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be read, [`Error::Format`] when it is no NumPy file,
    /// cut short, or holds anything but a matrix of floats, and those of [`EmbeddingTable::new`].
    ///
    /// ```
    /// use dissensus_alignment::{Error, EmbeddingTable};
    /// let missing = EmbeddingTable::read_npy("no/such/table.npy".as_ref());
    /// assert!(matches!(missing, Err(Error::File { .. })));
    /// ```
    pub fn read_npy(path: &Path) -> Result<Self, Error> {
        let bytes = dissensus_kernels::files::read(path).map_err(|error| Error::File {
            path: path.to_owned(),
            kind: error.kind(),
        })?;
        let (values, dimension) =
            npy::read(&bytes).map_err(|FormatMismatch { expected, found }| Error::Format {
                path: path.to_owned(),
                expected,
                found,
            })?;
        Self::new(values, dimension)
    }
}
