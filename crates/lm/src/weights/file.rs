//! A file of named tensors, whatever its format.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::WeightNames;
use super::number::Number;
use super::pickle::Pickle;
use super::safetensors::Safetensors;
use super::tensors::transpose;
use crate::Error;
use crate::files::require_content;

/// The formats of weights.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    Safetensors,
    Pickle,
}

impl Format {
    /// What `transformers` calls the one file.
    pub(super) const fn file_name(self) -> &'static str {
        match self {
            Self::Safetensors => "model.safetensors",
            Self::Pickle => "pytorch_model.bin",
        }
    }

    /// What it calls the list of shards.
    pub(super) const fn index_name(self) -> &'static str {
        match self {
            Self::Safetensors => "model.safetensors.index.json",
            Self::Pickle => "pytorch_model.bin.index.json",
        }
    }
}

/// What a format has to tell of its file.
pub(super) trait Content: Send + Sync {
    /// The keys of the tensors, in alphabetical order.
    fn keys(&self) -> Vec<String>;

    /// What the file says of a tensor; `None` if it has none of this key.
    fn header(&self, key: &str) -> Option<Header>;

    /// The numbers of a tensor, row-major and little-endian.
    fn bytes(&self, key: &str) -> Result<Cow<'_, [u8]>, Error>;
}

/// Shape and type of a tensor.
pub(super) struct Header {
    pub(super) shape: Vec<usize>,
    /// A type that is not read comes as its name.
    pub(super) number: Result<Number, String>,
}

/// An open file of named tensors.
pub(crate) struct TensorFile {
    path: PathBuf,
    content: Box<dyn Content>,
    names: &'static dyn WeightNames,
}

impl TensorFile {
    /// Reads and checks a file.
    pub(crate) fn open(
        path: PathBuf,
        format: Format,
        names: &'static dyn WeightNames,
    ) -> Result<Self, Error> {
        require_content(&path)?;
        let content: Box<dyn Content> = match format {
            Format::Safetensors => Box::new(Safetensors::open(&path)?),
            Format::Pickle => Box::new(Pickle::open(&path)?),
        };
        Ok(Self {
            path,
            content,
            names,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether two tensors are stored in one type of number.
    pub(super) fn has_type_of(&self, key: &str, other: &Self, other_key: &str) -> bool {
        let number = |file: &Self, key: &str| file.content.header(key)?.number.ok();
        number(self, key) == number(other, other_key)
    }

    /// The keys, in alphabetical order.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.content.keys()
    }

    /// Keys and shapes.
    pub(super) fn shapes(&self) -> impl Iterator<Item = (String, Vec<usize>)> + '_ {
        let shape = |key: String| {
            let shape = self.content.header(&key)?.shape;
            Some((key, shape))
        };
        self.keys().into_iter().filter_map(shape)
    }

    /// The values of parameter `name`, stored under `key`, checked against `shape`, in the module's
    /// layout.
    pub(crate) fn values(&self, key: &str, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let transposed = self.names.is_transposed(name);
        let mut stored = shape.to_vec();
        if transposed {
            stored.reverse();
        }
        let number = self.check_header(key, &stored)?;
        let values = number.singles(&self.content.bytes(key)?);
        self.check_finite(key, &values)?;
        Ok(if transposed {
            transpose(&values, stored[0], stored[1])
        } else {
            values
        })
    }

    /// The whole numbers of the tensor under a key, of whatever shape.
    pub(super) fn integers(&self, key: &str) -> Result<Vec<i64>, Error> {
        let number = self.content.header(key).map(|header| header.number);
        match number {
            Some(Err(other)) if other == "I64" => {
                let bytes = self.content.bytes(key)?;
                let (words, _) = bytes.as_chunks();
                Ok(words.iter().map(|&word| i64::from_le_bytes(word)).collect())
            }
            _ => {
                let problem = format!("tensor `{key}` is none of type I64, expected whole numbers");
                Err(Error::malformed(&self.path, problem))
            }
        }
    }

    fn check_header(&self, key: &str, expected: &[usize]) -> Result<Number, Error> {
        let Some(Header { shape, number }) = self.content.header(key) else {
            return Err(Error::MissingTensor {
                path: self.path.clone(),
                name: key.to_string(),
                expected: expected.to_vec(),
            });
        };
        if shape != expected {
            return Err(Error::Shape {
                path: self.path.clone(),
                name: key.to_string(),
                expected: expected.to_vec(),
                found: shape,
            });
        }
        number.map_err(|other| {
            let problem =
                format!("tensor `{key}` has type {other}, expected F32, F16, BF16 or F64");
            Error::malformed(&self.path, problem)
        })
    }

    fn check_finite(&self, key: &str, values: &[f32]) -> Result<(), Error> {
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(()),
            Some(index) => Err(Error::NonFiniteWeight {
                path: self.path.clone(),
                name: key.to_string(),
                index,
                value: values[index],
            }),
        }
    }
}
