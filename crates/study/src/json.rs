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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_and_every_cut_of_a_file_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("step-00000012.json");
        let value = serde_json::json!({"step": 12, "shares": [0.25, 0.75], "label": "head"});
        write_json(&path, &value).unwrap();
        assert_eq!(read_json::<serde_json::Value>(&path).unwrap(), value);
        let whole = std::fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let error = read_json::<serde_json::Value>(&path).unwrap_err();
            assert!(error.to_string().contains("step-00000012.json"), "{error}");
        };
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                refused(&changed);
            }
            refused(&whole[..at]);
        }
        std::fs::remove_file(&path).unwrap();
        assert!(read_json::<serde_json::Value>(&path).is_err());
    }
}
