//! Values in files of JSON, each with its checksum.

use std::path::Path;

use dissensus_kernels::checked;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// What [`write_json`] wrote.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = checked::read_json(path).map_err(|damage| Error::Damaged {
        path: damage.path,
        problem: damage.problem.to_string(),
        advice: "delete it, and it is made again",
    })?;
    serde_json::from_str(&text).map_err(|source| Error::Json {
        path: path.to_path_buf(),
        source,
    })
}

/// An object, indented, with a line's end; the file is whole or as it was.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(|source| Error::Json {
        path: path.to_path_buf(),
        source,
    })?;
    checked::write_json(path, &(text + "\n")).map_err(|source| Error::File {
        path: path.to_path_buf(),
        source,
    })
}

/// Refuses a folder whose files are not those that were written.
pub(crate) fn check_folder(folder: &Path, advice: &'static str) -> Result<(), Error> {
    checked::check(folder).map_err(|damage| Error::Damaged {
        path: damage.path,
        problem: damage.problem.to_string(),
        advice,
    })
}

/// Notes the checksums of a folder's files.
pub(crate) fn seal_folder(folder: &Path) -> Result<(), Error> {
    checked::seal_all(folder).map_err(|source| Error::File {
        path: folder.to_path_buf(),
        source,
    })
}
