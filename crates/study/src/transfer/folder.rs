//! Models that are in folders already.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dissensus_kernels::checked::Checksum;

use crate::{Error, open_model};

/// A model in a folder, of a published family or trained here, whose random twins it is held
/// against.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderModel {
    /// What it is called in tables.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// Width of its hidden states.
    pub width: usize,
    /// A checksum of its files.
    pub checksum: String,
}

impl FolderModel {
    /// The model of a folder, called as the folder is.
    ///
    /// # Errors
    /// If there is no model that is known, or no tokenizer.
    pub fn open(folder: impl Into<PathBuf>, device: &Device) -> Result<Self, Error> {
        let folder = folder.into();
        let (model, _) = open_model(&folder, device)?;
        let name = fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
        let name = name.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            width: model.encoder().sizes().width,
            checksum: checksum(&folder)?,
            folder,
        })
    }

    /// The model of a folder given as `FOLDER`, or as `NAME=FOLDER` if it is to be called something
    /// else.
    ///
    /// # Errors
    /// As [`FolderModel::open`], with the folder.
    pub fn parse(given: &str, device: &Device) -> Result<Self, Error> {
        let (name, folder) = given.split_once('=').unwrap_or(("", given));
        let model = Self::open(folder, device)?;
        Ok(match name {
            "" => model,
            name => model.with_name(name),
        })
    }

    /// Calls it something else, as where two folders have one name.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }
}

/// Name, width and checksum, without the path: the same model is the same study on another machine.
impl fmt::Display for FolderModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            width,
            checksum,
            ..
        } = self;
        write!(f, "{name} {width} {checksum}")
    }
}

/// A checksum of the names and bytes of what is in a folder.
fn checksum(folder: &Path) -> Result<String, Error> {
    let file = |source| Error::File {
        path: folder.to_path_buf(),
        source,
    };
    let entries = fs::read_dir(folder).map_err(file)?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<std::io::Result<_>>().map_err(file)?;
    paths.retain(|path| path.is_file());
    paths.sort();
    let mut sum = Checksum::default();
    for path in paths {
        sum.update(path.file_name().unwrap_or_default().as_encoded_bytes());
        sum.read(fs::File::open(&path).map_err(file)?)
            .map_err(file)?;
    }
    Ok(sum.to_string())
}
