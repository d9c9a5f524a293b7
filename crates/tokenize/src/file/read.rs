//! Reading one file.

use std::path::Path;

use dissensus_kernels::files;
use serde_json::Value;

use crate::Error;

pub(super) fn read(path: &Path) -> Result<String, Error> {
    let text = files::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })?;
    if files::is_git_lfs_pointer(text.as_bytes()) {
        let path = path.to_path_buf();
        return Err(Error::GitLfsPointer { path });
    }
    Ok(text)
}

pub(super) fn read_json(path: &Path) -> Result<Value, Error> {
    let what = path.display().to_string();
    serde_json::from_str(&read(path)?).map_err(|source| Error::Json { what, source })
}
