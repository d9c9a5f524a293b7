//! Tables from files.

mod floats;
mod npy;
mod tensors;

use std::path::Path;

use crate::{Error, Table};

/// What a file should have held, and what it holds.
struct Wrong {
    expected: &'static str,
    found: String,
}

impl Wrong {
    fn new(expected: &'static str, found: impl ToString) -> Self {
        let found = found.to_string();
        Self { expected, found }
    }
}

impl Table {
    /// Reads a table from a Hugging Face folder (its model.safetensors), a safetensors file or a NumPy file.
    ///
    /// `tensor` names the tensor of a safetensors file; without it, the only tensor is taken, or the one whose name ends as
    /// input tables' names do: `word_embeddings.weight`, `embed_tokens.weight`, `wte.weight`. Numbers may be stored in 16
    /// (also bfloat), 32 or 64 bits, little endian, in C order; they are rounded to `f32`.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be read, [`Error::Format`] when it is neither of both, cut short, or holds anything
    /// but a matrix of floats, [`Error::Tensor`] when it is not clear which tensor to take, and those of [`Table::new`].
    ///
    /// ```
    /// use dissensus_alignment::{Error, Table};
    /// let missing = Table::read("no/such/table.npy".as_ref(), None);
    /// assert!(matches!(missing, Err(Error::File { .. })));
    /// ```
    pub fn read(path: &Path, tensor: Option<&str>) -> Result<Self, Error> {
        let path = if path.is_dir() {
            path.join("model.safetensors")
        } else {
            path.to_owned()
        };
        let bytes = std::fs::read(&path).map_err(|error| Error::File {
            path: path.clone(),
            kind: error.kind(),
        })?;
        let found = if bytes.starts_with(npy::MAGIC) {
            npy::read(&bytes)
        } else {
            match tensors::read(&bytes, tensor) {
                Ok(Some(found)) => Ok(found),
                Ok(None) => {
                    return Err(Error::Tensor {
                        names: tensors::names(&bytes),
                        path,
                    });
                }
                Err(wrong) => Err(wrong),
            }
        };
        let (values, dimension) = found.map_err(|Wrong { expected, found }| Error::Format {
            path,
            expected,
            found,
        })?;
        Self::new(values, dimension)
    }
}
