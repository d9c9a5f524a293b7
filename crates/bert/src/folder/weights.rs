//! The weights of a folder, one file or several.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::keys::canonical;
use super::tensors::TensorFile;
use crate::Error;
use crate::files::read;
use crate::model::{Source, Start};

/// The tensors of a folder by canonical name, each given out once.
pub(crate) struct Weights {
    folder: PathBuf,
    files: Vec<TensorFile>,
    /// Canonical name → (file, key in the file).
    places: BTreeMap<String, (usize, String)>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Weights {
    /// Opens the file, or the shards, of a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let paths = weight_files(folder)?;
        let files = paths
            .into_iter()
            .map(TensorFile::open)
            .collect::<Result<_, _>>()?;
        Self::from_files(folder, files)
    }

    /// One file alone.
    pub(crate) fn from_files(folder: &Path, files: Vec<TensorFile>) -> Result<Self, Error> {
        let mut places = BTreeMap::new();
        for (at, file) in files.iter().enumerate() {
            for key in file.keys()? {
                if let Some(name) = canonical(&key) {
                    places.insert(name, (at, key));
                }
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            files,
            places,
        })
    }

    /// Checks that no tensor is left over.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        // A tied model's file may repeat the table and the bias under their second names.
        self.places.remove(DECODER);
        self.places.remove(BIAS);
        if self.places.is_empty() {
            return Ok(());
        }
        let names = self.places.into_values().map(|(_, key)| key).collect();
        Err(Error::ExtraTensors {
            path: self.folder,
            names,
        })
    }

    fn place(&mut self, name: &str) -> Option<(usize, String)> {
        let second = match name {
            "cls.predictions.decoder.bias" => Some(BIAS),
            _ => None,
        };
        self.places
            .remove(name)
            .or_else(|| self.places.remove(second?))
    }
}

const BIAS: &str = "cls.predictions.bias";
const DECODER: &str = "cls.predictions.decoder.weight";

impl Source for Weights {
    fn values(&mut self, name: &str, shape: &[usize], _start: Start) -> Result<Vec<f32>, Error> {
        match self.place(name) {
            Some((file, key)) => self.files[file].values(&key, name, shape),
            None => Err(Error::MissingTensor {
                path: self.folder.clone(),
                name: name.to_string(),
                expected: shape.to_vec(),
            }),
        }
    }
}

fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let single = folder.join("model.safetensors");
    let index = folder.join("model.safetensors.index.json");
    if single.exists() {
        Ok(vec![single])
    } else if index.exists() {
        shards(folder, &index)
    } else if let Some(pickle) = PICKLES
        .map(|name| folder.join(name))
        .iter()
        .find(|path| path.exists())
    {
        Err(Error::malformed(pickle, CONVERT))
    } else {
        Err(Error::malformed(
            folder,
            "expected model.safetensors or model.safetensors.index.json in this folder",
        ))
    }
}

const PICKLES: [&str; 2] = ["pytorch_model.bin", "pytorch_model.bin.index.json"];

const CONVERT: &str = "a pickle, which is not read here (opening one runs code); convert it once with Python: \
     BertForMaskedLM.from_pretrained(FOLDER).save_pretrained(FOLDER)";

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
