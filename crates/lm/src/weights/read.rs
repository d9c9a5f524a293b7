//! The weights of a folder, one file or several.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{Format, TensorFile};
use super::index::Index;
use super::names::{TensorPart, WeightNames};
use crate::Error;
use crate::source::{ParameterSource, Start};

/// The tensors of a folder by the parameters they stand for, each given out once.
pub struct StoredWeights {
    folder: PathBuf,
    names: &'static dyn WeightNames,
    files: Vec<TensorFile>,
    /// What was not given out yet.
    places: BTreeMap<String, Place>,
    /// What was, with the shape it was asked for in.
    given: BTreeMap<String, (Place, Vec<usize>)>,
}

/// Half the distance of neighbouring bf16 numbers, the coarsest that are read, relative to them,
/// and that again.
const COARSEST: f32 = 1.0 / 128.0;

/// Where a tensor is: which file, and under which key.
type Place = (usize, String);

impl StoredWeights {
    /// Opens the file, or the shards, of a folder.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Malformed`], [`Error::Index`] when shards do not hold what their
    /// list says, [`Error::TensorTwice`] when two tensors stand for one parameter.
    pub fn open(folder: &Path, names: &'static dyn WeightNames) -> Result<Self, Error> {
        Self::from_files(folder, open_files(folder, names)?, names)
    }

    /// These files alone.
    pub(crate) fn from_files(
        folder: &Path,
        files: Vec<TensorFile>,
        names: &'static dyn WeightNames,
    ) -> Result<Self, Error> {
        let mut places: BTreeMap<String, Place> = BTreeMap::new();
        for (at, file) in files.iter().enumerate() {
            for key in file.keys() {
                let Some(name) = names.parameter(&key) else {
                    continue;
                };
                if let Some((other, first)) = places.get(&name) {
                    return Err(Error::TensorTwice {
                        path: file.path().to_path_buf(),
                        second: key,
                        other: files[*other].path().to_path_buf(),
                        first: first.clone(),
                    });
                }
                places.insert(name, (at, key));
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            names,
            files,
            places,
            given: BTreeMap::new(),
        })
    }

    /// Checks that no tensor is left over, but for what the names say may be repeated, and that
    /// repeats are equal.
    ///
    /// # Errors
    /// [`Error::ExtraTensors`], [`Error::Contradiction`].
    pub fn finish(mut self) -> Result<(), Error> {
        for (copy, original) in self.names.copies() {
            if let Some(place) = self.places.remove(*copy) {
                self.check_repeats(&place, original)?;
            }
        }
        let seconds = self.names.second().iter().map(|(_, second)| second);
        for unread in seconds.chain(self.names.repeated()) {
            self.places.remove(*unread);
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

    /// Checks that a tensor repeats a parameter that was given out.
    fn check_repeats(&self, (file, key): &Place, original: &str) -> Result<(), Error> {
        let Some(((of, original_key), shape)) = self.given.get(original) else {
            return Ok(());
        };
        let copy = self.files[*file].values(key, original, shape)?;
        let values = self.files[*of].values(original_key, original, shape)?;
        // Copies of two precisions are one up to the rounding of the coarser.
        let same = self.files[*file].has_type_of(key, &self.files[*of], original_key);
        let rounding = if same { 0.0 } else { COARSEST };
        let differ = |(a, b): (&f32, &f32)| (a - b).abs() > rounding * a.abs().max(b.abs());
        match values.iter().zip(&copy).position(differ) {
            None => Ok(()),
            Some(index) => Err(Error::Contradiction {
                path: self.files[*file].path().to_path_buf(),
                name: key.clone(),
                original: original_key.clone(),
                index,
                expected: values[index],
                found: copy[index],
            }),
        }
    }

    fn place(&mut self, name: &str) -> Option<Place> {
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
    fn part(&mut self, name: &str, shape: &[usize], part: &TensorPart) -> Result<Vec<f32>, Error> {
        let columns = shape.len() == 2 && self.names.is_transposed(name);
        let mut whole = shape.to_vec();
        whole[usize::from(columns)] *= part.of;
        let place = if part.index + 1 == part.of {
            self.place(&part.tensor)
        } else {
            self.places.get(&part.tensor).cloned()
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
        let Some((file, key)) = self.place(name) else {
            return Err(self.missing(name, shape));
        };
        let values = self.files[file].values(&key, name, shape);
        self.given
            .insert(name.to_string(), ((file, key), shape.to_vec()));
        values
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
/// [`Error::Io`], [`Error::Index`], [`Error::Malformed`] where there is none.
pub fn stored_integers(folder: &Path, key: &str) -> Result<Vec<i64>, Error> {
    for file in open_files(folder, &AsStored)? {
        if file.keys().iter().any(|found| found == key) {
            return file.integers(key);
        }
    }
    let problem = format!("its weights have no tensor `{key}`");
    Err(Error::malformed(folder, problem))
}

/// The tensors of a folder's weights, as their files name and shape them; no numbers are read.
///
/// # Errors
/// [`Error::Io`], [`Error::Malformed`], [`Error::Index`].
pub fn tensor_shapes(folder: &Path) -> Result<BTreeMap<String, Vec<usize>>, Error> {
    let files = open_files(folder, &AsStored)?;
    Ok(files.iter().flat_map(TensorFile::shapes).collect())
}

/// Names as they stand in files.
pub(super) struct AsStored;

impl WeightNames for AsStored {}

/// Opens the files that hold a folder's weights, safetensors before pickles and a whole file before
/// shards, as `transformers` chooses.
pub(super) fn open_files(
    folder: &Path,
    names: &'static dyn WeightNames,
) -> Result<Vec<TensorFile>, Error> {
    for format in [Format::Safetensors, Format::Pickle] {
        let whole = folder.join(format.file_name());
        let index = folder.join(format.index_name());
        if whole.exists() {
            return Ok(vec![TensorFile::open(whole, format, names)?]);
        } else if index.exists() {
            let index = Index::read(&index)?;
            let open = |name| TensorFile::open(folder.join(name), format, names);
            let files: Vec<TensorFile> = index.shards().map(open).collect::<Result<_, _>>()?;
            index.check(&files)?;
            return Ok(files);
        }
    }
    Err(Error::malformed(
        folder,
        "expected model.safetensors, pytorch_model.bin or the .index.json of either's shards in this folder",
    ))
}
