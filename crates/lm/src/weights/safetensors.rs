//! The safetensors format.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, Metadata, SafeTensors};

use super::file::{Content, Header};
use super::number::Number;
use crate::Error;
use crate::files::read;

/// A whole file in memory.
pub(super) struct Safetensors {
    path: PathBuf,
    bytes: Vec<u8>,
    metadata: Metadata,
    /// Where the numbers begin.
    start: usize,
}

impl Safetensors {
    /// Reads a file and checks its header against its length.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let bytes = read(path)?;
        let (header, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| {
            let length = bytes.len();
            let problem = format!("not a whole safetensors file of {length} bytes: {error}");
            Error::malformed(path, problem)
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            bytes,
            metadata,
            start: size_of::<u64>() + header,
        })
    }
}

impl Content for Safetensors {
    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.metadata.tensors().into_keys().collect();
        keys.sort();
        keys
    }

    fn header(&self, key: &str) -> Option<Header> {
        let info = self.metadata.info(key)?;
        Some(Header {
            shape: info.shape.clone(),
            number: number(info.dtype),
        })
    }

    fn bytes(&self, key: &str) -> Result<Cow<'_, [u8]>, Error> {
        let range = self.metadata.info(key).map(|info| info.data_offsets);
        range
            .and_then(|(from, to)| self.bytes.get(self.start + from..self.start + to))
            .map(Cow::Borrowed)
            .ok_or_else(|| Error::malformed(&self.path, format!("tensor `{key}` is not in it")))
    }
}

fn number(dtype: Dtype) -> Result<Number, String> {
    match dtype {
        Dtype::F32 => Ok(Number::F32),
        Dtype::F64 => Ok(Number::F64),
        Dtype::BF16 => Ok(Number::Bf16),
        Dtype::F16 => Ok(Number::F16),
        other => Err(format!("{other:?}")),
    }
}
