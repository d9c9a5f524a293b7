//! Features on disk, so that a model is run once.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use dissensus_kernels::checked::checksum;
use dissensus_kernels::files::{self, write_atomically};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use sha2::{Digest, Sha256};

use crate::{Error, Features};

/// The name of the tensor in a file.
const NAME: &str = "features";

/// The name of the checksum in its metadata.
const SUM: &str = "crc32";

/// The checksum of numbers and of how many rows and columns they are.
fn sum(shape: &[usize], bytes: &[u8]) -> String {
    checksum(&[format!("{shape:?}").as_bytes(), bytes].concat())
}

/// What features depend on, hashed: the weights of the model, the layer, the pool, the sequences.
///
/// Fields are hashed with their names and lengths, so that no two lists of fields run into one.
///
/// ```
/// use dissensus_probe::FeatureKey;
///
/// let key = |layer: &str| {
///     FeatureKey::new()
///         .with("model", "a")
///         .with("layer", layer)
///         .with_rows("sequences", &["ACGT", "GG"])
/// };
/// assert_eq!(key("3").digest(), key("3").digest());
/// assert_ne!(key("3").digest(), key("4").digest());
/// assert_eq!(key("3").digest().len(), 64); // SHA-256 in hexadecimal
/// ```
#[derive(Debug, Clone, Default)]
pub struct FeatureKey {
    hasher: Sha256,
}

impl FeatureKey {
    /// Nothing hashed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        for part in [name.as_bytes(), value.as_ref()] {
            self.hasher.update((part.len() as u64).to_le_bytes());
            self.hasher.update(part);
        }
        self
    }

    /// Adds a list, such as sequences in their order.
    #[must_use]
    pub fn with_rows<S: AsRef<[u8]>>(self, name: &str, rows: &[S]) -> Self {
        let count = (rows.len() as u64).to_le_bytes();
        let start = self.with(name, count);
        rows.iter().fold(start, |key, row| key.with("", row))
    }

    /// Adds the content of a file, such as `model.safetensors`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn with_file(self, name: &str, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut file = files::open(path).map_err(|source| failed(path, source))?;
        let (mut content, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
        loop {
            let count = file
                .read(&mut buffer)
                .map_err(|source| failed(path, source))?;
            if count == 0 {
                return Ok(self.with(name, content.finalize()));
            }
            content.update(&buffer[..count]);
        }
    }

    /// The hash of all fields, hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        let bytes = self.hasher.clone().finalize();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A folder with one safetensors file per key.
///
/// Each has its checksum. A file is whole or absent, so several processes may share the folder; the
/// last one to finish wins, with the same bytes.
///
/// ```
/// use dissensus_probe::{Error, FeatureCache, FeatureKey, Features};
///
/// let folder = tempfile::tempdir()?;
/// let cache = FeatureCache::new(folder.path())?;
/// let key = FeatureKey::new().with("model", "a");
/// let first = cache.get_or(&key, || Features::new(vec![1.0, 0.1], 2))?;
/// let again = cache.get_or(&key, || -> Result<Features, Error> { unreachable!("it is there") })?;
/// assert_eq!(first, again);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FeatureCache {
    folder: PathBuf,
}

impl FeatureCache {
    /// A cache in a folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn new(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|source| failed(&folder, source))?;
        Ok(Self { folder })
    }

    /// The file of a key.
    #[must_use]
    pub fn path(&self, key: &FeatureKey) -> PathBuf {
        self.folder.join(format!("{}.safetensors", key.digest()))
    }

    /// The features of a key; none where they were never stored.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Damaged`] for a file that holds something else; a number that is not
    /// finite.
    pub fn get(&self, key: &FeatureKey) -> Result<Option<Features>, Error> {
        let path = self.path(key);
        match files::read(&path) {
            Ok(bytes) => read(&path, &bytes).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed(&path, source)),
        }
    }

    /// Stores features under a key.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put(&self, key: &FeatureKey, features: &Features) -> Result<(), Error> {
        let path = self.path(key);
        let bytes: Vec<u8> = features
            .values()
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let shape = vec![features.rows(), features.columns()];
        let sum = (SUM.to_owned(), sum(&shape, &bytes));
        let file = TensorView::new(Dtype::F64, shape, &bytes)
            .and_then(|view| serialize([(NAME, view)], Some(HashMap::from([sum]))))
            .map_err(|error| failed(&path, io::Error::other(error)))?;
        write_atomically(&path, &file).map_err(|source| failed(&path, source))
    }

    /// The features of a key, computed and stored where they are missing.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`put`](Self::put), and those of `compute`.
    pub fn get_or<E: From<Error>>(
        &self,
        key: &FeatureKey,
        compute: impl FnOnce() -> Result<Features, E>,
    ) -> Result<Features, E> {
        if let Some(found) = self.get(key)? {
            return Ok(found);
        }
        let features = compute()?;
        self.put(key, &features)?;
        Ok(features)
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io {
        file: path.to_path_buf(),
        source,
    }
}

fn read(path: &Path, bytes: &[u8]) -> Result<Features, Error> {
    let damaged = |expected: &str, found: String| Error::Damaged {
        file: path.to_path_buf(),
        expected: expected.to_owned(),
        found,
    };
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| damaged("expected a safetensors file", error.to_string()))?;
    let tensor = file
        .tensor(NAME)
        .map_err(|error| damaged("expected a tensor named features", error.to_string()))?;
    let (&[_, columns], Dtype::F64) = (tensor.shape(), tensor.dtype()) else {
        let found = format!("{:?} of shape {:?}", tensor.dtype(), tensor.shape());
        return Err(damaged("expected F64 of two axes", found));
    };
    let found = sum(tensor.shape(), tensor.data());
    let header = SafeTensors::read_metadata(bytes).map(|(_, header)| header.metadata().clone());
    let written = header.ok().flatten().and_then(|all| all.get(SUM).cloned());
    if written.as_ref() != Some(&found) {
        let expected = format!("expected the checksum {}", written.unwrap_or_default());
        return Err(damaged(&expected, found));
    }
    let (whole, _) = tensor.data().as_chunks::<8>();
    Features::new(
        whole
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect(),
        columns,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FeatureCache::new(folder.path().join("deep/er")).unwrap();
        let key = FeatureKey::new().with("model", "a");
        assert_eq!(cache.get(&key).unwrap(), None);
        let features = Features::new(vec![0.1, -0.0, f64::MIN_POSITIVE, 1e100], 2).unwrap();
        cache.put(&key, &features).unwrap();
        let found = cache.get(&key).unwrap().unwrap();
        let bits = |features: &Features| -> Vec<u64> {
            features
                .values()
                .iter()
                .map(|value| value.to_bits())
                .collect()
        };
        assert_eq!((bits(&found), found.columns()), (bits(&features), 2));
        assert_eq!(
            fs::read_dir(folder.path().join("deep/er")).unwrap().count(),
            1
        );
    }

    #[test]
    fn fields_do_not_run_into_one_another() {
        let one = FeatureKey::new().with("ab", "c");
        let other = FeatureKey::new().with("a", "bc");
        assert_ne!(one.digest(), other.digest());
        let rows = |rows: &[&str]| FeatureKey::new().with_rows("s", rows).digest();
        assert_ne!(rows(&["AC", "G"]), rows(&["A", "CG"]));
        assert_ne!(rows(&["A"]), rows(&["A", ""]));
    }

    #[test]
    fn the_weights_decide_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("weights");
        let digest = |content: &[u8]| {
            fs::write(&file, content).unwrap();
            FeatureKey::new()
                .with_file("weights", &file)
                .unwrap()
                .digest()
        };
        assert_ne!(digest(&[0; 100_000]), digest(&[1; 100_000]));
        assert_eq!(digest(b"a"), digest(b"a"));
        let missing = FeatureKey::new().with_file("weights", folder.path().join("none"));
        assert!(matches!(missing, Err(Error::Io { .. })));
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FeatureCache::new(folder.path()).unwrap();
        let key = FeatureKey::new();
        let whole = Features::new(vec![1.0; 6], 3).unwrap();
        cache.put(&key, &whole).unwrap();
        let bytes = fs::read(cache.path(&key)).unwrap();
        let damaged = |bytes: &[u8]| {
            fs::write(cache.path(&key), bytes).unwrap();
            let error = cache.get(&key).unwrap_err();
            matches!(&error, Error::Damaged { file, .. } if *file == cache.path(&key))
        };
        assert!(damaged(&bytes[..bytes.len() - 1]));
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 4;
            // What may change are blanks that fill up the header.
            assert!(bytes[at] == b' ' || damaged(&broken), "byte {at}");
        }
    }
}
