//! Values in files of JSON.

use std::fs;
use std::path::Path;

use dissensus_report::write_atomically;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_path_buf(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|source| Error::Json {
        path: path.to_path_buf(),
        source,
    })
}

/// Indented, with a line's end; the file is whole or as it was.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(|source| Error::Json {
        path: path.to_path_buf(),
        source,
    })?;
    Ok(write_atomically(path, (text + "\n").as_bytes())?)
}
