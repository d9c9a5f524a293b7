//! The formats of `torch.save`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dissensus_kernels::files::open;
use pytorch_reader::{DType, PytorchError, PytorchReader, Tensor};

use super::file::{Content, Header};
use super::number::Number;
use crate::Error;

/// A pickle whose tensors are read from the file as they are asked for. The reader builds tensors
/// and nothing else: no code of the pickle runs.
pub(super) struct Pickle {
    path: PathBuf,
    tensors: BTreeMap<String, Tensor>,
}

impl Pickle {
    /// Reads the list of tensors: that of a state dictionary, or of one under [`NESTS`].
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let length = fs::metadata(path)
            .map_err(|error| Error::io(path, "read", error))?
            .len();
        open(path).map_err(|error| Error::io(path, "read", error))?; // the reader would wait for a pipe
        let reader = PytorchReader::new(path).map_err(|error| refused(path, error))?;
        let tensors = reader.into_tensors().into_iter();
        let mut tensors = tensors.map(|(key, tensor)| (plain(key), tensor)).collect();
        for nest in NESTS {
            tensors = unnest(tensors, nest);
        }
        if tensors.is_empty() {
            return Err(Error::malformed(path, NO_TENSORS));
        }
        check_size(path, &tensors, length)?;
        Ok(Self {
            path: path.to_path_buf(),
            tensors,
        })
    }
}

/// The keys under which training programs put a model's weights.
const NESTS: [&str; 2] = ["state_dict.", "model."];

const NO_TENSORS: &str = "a pickle without tensors, expected the weights by name, alone or under the key `state_dict` or \
     `model`";

/// Where a module saved whole, and not its state dictionary, keeps what it consists of.
const PARTS: [&str; 3] = ["_modules.", "_parameters.", "_buffers."];

/// The key a tensor has in the state dictionary.
fn plain(key: String) -> String {
    PARTS.iter().fold(key, |key, part| key.replace(part, ""))
}

/// The tensors under a key, or all if it has none.
fn unnest(tensors: BTreeMap<String, Tensor>, nest: &str) -> BTreeMap<String, Tensor> {
    if !tensors.keys().any(|key| key.starts_with(nest)) {
        return tensors;
    }
    let inside = |(key, tensor): (String, Tensor)| Some((key.strip_prefix(nest)?.into(), tensor));
    tensors.into_iter().filter_map(inside).collect()
}

/// Refuses tensors that stand for more memory than the file bears out: a view may repeat one number
/// any number of times. Tied weights are stored once for two names, hence twice the file.
fn check_size(path: &Path, tensors: &BTreeMap<String, Tensor>, length: u64) -> Result<(), Error> {
    let bytes = tensors.values().map(|tensor| tensor.byte_len() as u64);
    let bytes = bytes.fold(0, u64::saturating_add);
    if bytes <= length.saturating_mul(2) {
        return Ok(());
    }
    let problem = format!("its tensors stand for {bytes} bytes, the file has {length}");
    Err(Error::malformed(path, problem))
}

impl Content for Pickle {
    fn keys(&self) -> Vec<String> {
        self.tensors.keys().cloned().collect()
    }

    fn header(&self, key: &str) -> Option<Header> {
        let tensor = self.tensors.get(key)?;
        Some(Header {
            shape: tensor.shape().to_vec(),
            number: number(tensor.dtype()),
        })
    }

    fn bytes(&self, key: &str) -> Result<Cow<'_, [u8]>, Error> {
        let missing = || Error::malformed(&self.path, format!("tensor `{key}` is not in it"));
        let tensor = self.tensors.get(key).ok_or_else(missing)?;
        let mut bytes = tensor.read().map_err(|error| failed(&self.path, error))?;
        if cfg!(target_endian = "big") {
            bytes
                .chunks_mut(tensor.dtype().size())
                .for_each(<[u8]>::reverse);
        }
        Ok(Cow::Owned(bytes))
    }
}

fn number(dtype: DType) -> Result<Number, String> {
    match dtype {
        DType::F32 => Ok(Number::F32),
        DType::F64 => Ok(Number::F64),
        DType::BF16 => Ok(Number::Bf16),
        DType::F16 => Ok(Number::F16),
        other => Err(format!("{other:?}")),
    }
}

fn refused(path: &Path, error: PytorchError) -> Error {
    match error {
        PytorchError::Io(error) => failed(path, error),
        error => Error::malformed(path, format!("not a whole file of torch.save: {error}")),
    }
}

/// An error of the operating system, or of a file that contradicts itself.
fn failed(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            Error::malformed(path, format!("not a whole file of torch.save: {error}"))
        }
        _ => Error::io(path, "read", error),
    }
}
