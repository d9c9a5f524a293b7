//! The weights of a folder, one file or several.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::file::{Format, TensorFile};
use super::names::{Part, WeightNames};
use crate::Error;
use crate::files::read;
use crate::source::{ParameterSource, Start};

/// The tensors of a folder by the parameters they stand for, each given out once.
pub struct StoredWeights {
    folder: PathBuf,
    names: &'static dyn WeightNames,
    files: Vec<TensorFile>,
    /// Parameter → (file, key in the file).
    places: BTreeMap<String, (usize, String)>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl StoredWeights {
    /// Opens the file, or the shards, of a folder.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Malformed`].
    pub fn open(folder: &Path, names: &'static dyn WeightNames) -> Result<Self, Error> {
        let (paths, format) = weight_files(folder)?;
        let open = |path| TensorFile::open(path, format, names);
        let files = paths.into_iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self::from_files(folder, files, names))
    }

    /// These files alone.
    pub(crate) fn from_files(
        folder: &Path,
        files: Vec<TensorFile>,
        names: &'static dyn WeightNames,
    ) -> Self {
        let mut places = BTreeMap::new();
        for (at, file) in files.iter().enumerate() {
            for key in file.keys() {
                if let Some(name) = names.parameter(&key) {
                    places.insert(name, (at, key));
                }
            }
        }
        Self {
            folder: folder.to_path_buf(),
            names,
            files,
            places,
        }
    }

    /// Checks that no tensor is left over, but for what the names say may be repeated.
    ///
    /// # Errors
    /// [`Error::ExtraTensors`].
    pub fn finish(mut self) -> Result<(), Error> {
        let seconds = self.names.second().iter().map(|(_, second)| second);
        for repeated in seconds.chain(self.names.repeated()) {
            self.places.remove(*repeated);
        }
        if self.places.is_empty() {
            return Ok(());
        }
        let names = self.places.into_values().map(|(_, key)| key).collect();
        Err(Error::ExtraTensors {
            path: self.folder,
            names,
        })
    }

    /// Takes a tensor for no parameter: one that files may hold and the model makes from another.
    pub fn leave_out(&mut self, name: &str) {
        self.places.remove(name);
    }

    fn place(&mut self, name: &str) -> Option<(usize, String)> {
        let seconds = self.names.second().iter();
        let second = seconds
            .filter(|(first, _)| *first == name)
            .map(|(_, second)| *second);
        std::iter::once(name)
            .chain(second)
            .find_map(|name| self.places.remove(name))
    }
}

impl StoredWeights {
    /// A part of a tensor, which is given out with its last one.
    fn part(&mut self, name: &str, shape: &[usize], part: &Part) -> Result<Vec<f32>, Error> {
        let columns = shape.len() == 2 && self.names.is_transposed(name);
        let mut whole = shape.to_vec();
        whole[usize::from(columns)] *= part.of;
        let place = match part.index + 1 == part.of {
            true => self.place(&part.tensor),
            false => self.places.get(&part.tensor).cloned(),
        };
        let Some((file, key)) = place else {
            return Err(self.missing(&part.tensor, &whole));
        };
        let values = self.files[file].values(&key, name, &whole)?;
        let row = if columns {
            shape[1]
        } else {
            shape.iter().product()
        };
        let rows = values.chunks_exact((row * part.of).max(1));
        Ok(rows
            .flat_map(|all| &all[part.index * row..][..row])
            .copied()
            .collect())
    }

    fn missing(&self, name: &str, shape: &[usize]) -> Error {
        Error::MissingTensor {
            path: self.folder.clone(),
            name: name.to_string(),
            expected: shape.to_vec(),
        }
    }
}

impl ParameterSource for StoredWeights {
    fn values(&mut self, name: &str, shape: &[usize], _start: Start) -> Result<Vec<f32>, Error> {
        if let Some(part) = self.names.part(name) {
            return self.part(name, shape, &part);
        }
        match self.place(name) {
            Some((file, key)) => self.files[file].values(&key, name, shape),
            None => Err(self.missing(name, shape)),
        }
    }

    fn constant(&mut self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>, Error> {
        let place = self.place(name);
        let values = place.map(|(file, key)| self.files[file].values(&key, name, shape));
        values.transpose()
    }
}

/// The whole numbers of a tensor of type I64 in a folder's weights.
///
/// # Errors
/// [`Error::Io`], [`Error::Malformed`] where there is none.
pub fn stored_integers(folder: &Path, key: &str) -> Result<Vec<i64>, Error> {
    let (paths, format) = weight_files(folder)?;
    for path in paths {
        let file = TensorFile::open(path, format, &AsStored)?;
        if file.keys().iter().any(|found| found == key) {
            return file.integers(key);
        }
    }
    let problem = format!("its weights have no tensor `{key}`");
    Err(Error::malformed(folder, problem))
}

/// Names as files have them.
struct AsStored;

impl WeightNames for AsStored {}

/// The tensors of a folder's weights, as their files name and shape them; no numbers are read.
///
/// # Errors
/// [`Error::Io`], [`Error::Malformed`].
pub fn tensor_shapes(folder: &Path) -> Result<BTreeMap<String, Vec<usize>>, Error> {
    let (paths, format) = weight_files(folder)?;
    let mut shapes = BTreeMap::new();
    for path in paths {
        shapes.extend(TensorFile::open(path, format, &AsStored)?.shapes());
    }
    Ok(shapes)
}

/// The files that hold a folder's weights, safetensors before pickles and a whole file before shards, as `transformers`
/// chooses.
fn weight_files(folder: &Path) -> Result<(Vec<PathBuf>, Format), Error> {
    for format in [Format::Safetensors, Format::Pickle] {
        let whole = folder.join(format.file_name());
        let index = folder.join(format.index_name());
        if whole.exists() {
            return Ok((vec![whole], format));
        } else if index.exists() {
            return Ok((shards(folder, &index)?, format));
        }
    }
    Err(Error::malformed(
        folder,
        "expected model.safetensors, pytorch_model.bin or the .index.json of either's shards in this folder",
    ))
}

fn shards(folder: &Path, index: &Path) -> Result<Vec<PathBuf>, Error> {
    let parsed: Index =
        serde_json::from_slice(&read(index)?).map_err(|error| Error::malformed(index, error))?;
    let names: BTreeSet<String> = parsed.weight_map.into_values().collect();
    for name in &names {
        let plain = Path::new(name).components().count() == 1 && !name.starts_with('.');
        if !plain {
            return Err(Error::malformed(
                index,
                format!("shard `{name}` is not a file name"),
            ));
        }
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}
