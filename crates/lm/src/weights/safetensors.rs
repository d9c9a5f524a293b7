//! The safetensors format.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use dissensus_kernels::files::open;
use safetensors::tensor::{Dtype, Metadata};

use super::file::{Content, Header};
use super::number::Number;
use crate::Error;

/// An open file, of which a tensor is read when it is asked for: the weights are in memory once.
pub(super) struct Safetensors {
    path: PathBuf,
    file: File,
    metadata: Metadata,
    /// Where the numbers begin.
    start: u64,
}

/// Longer headers are taken for damage, as the format's own library does.
const LONGEST_HEADER: u64 = 100_000_000;

impl Safetensors {
    /// Reads the header of a file and checks it against the file's length.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let io = |error| Error::io(path, "read", error);
        let mut file = open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let broken = |problem: String| {
            let problem = format!("not a whole safetensors file of {length} bytes: {problem}");
            Error::malformed(path, problem)
        };
        let mut size = [0; size_of::<u64>()];
        if length < size.len() as u64 {
            return Err(broken("it is shorter than the length of its header".into()));
        }
        file.read_exact(&mut size).map_err(io)?;
        let size = u64::from_le_bytes(size);
        if size > LONGEST_HEADER.min(length - 8) {
            return Err(broken(format!("its header has {size} bytes")));
        }
        let mut header = vec![0; size as usize];
        file.read_exact(&mut header).map_err(io)?;
        let metadata: Metadata =
            serde_json::from_slice(&header).map_err(|error| broken(error.to_string()))?;
        let expected = metadata.data_len() as u64 + size + 8;
        if expected != length {
            return Err(broken(format!("its header describes {expected}")));
        }
        Ok(Self {
            path: path.to_path_buf(),
            file,
            metadata,
            start: size + 8,
        })
    }

    fn read(&self, from: usize, to: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; to - from];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.start + from as u64))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
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
        let missing = || Error::malformed(&self.path, format!("tensor `{key}` is not in it"));
        let (from, to) = self.metadata.info(key).ok_or_else(missing)?.data_offsets;
        let read = self.read(from, to);
        read.map(Cow::Owned)
            .map_err(|error| Error::io(&self.path, "read", error))
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
