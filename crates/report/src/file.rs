//! A file that is either whole or absent.

use std::io::Write;
use std::path::Path;

use crate::Error;

/// Writes `contents` to a temporary file beside `path`, syncs it and renames it over `path`.
///
/// A reader, or a run killed half way, sees the old file or the new one, never a part of either.
///
/// # Errors
/// [`Error::Write`] when the folder is missing or read-only, or the disk is full; `path` is then
/// as it was.
pub fn write_atomically(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let failed = |source| Error::Write {
        path: path.to_path_buf(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(contents).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    readable_by_all(file.as_file()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Temporary files are made private; a result is not.
#[cfg(unix)]
fn readable_by_all(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_file: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("results.json");
        write_atomically(&path, b"old").expect("first write");
        write_atomically(&path, b"new").expect("second write");
        assert_eq!(std::fs::read(&path).expect("readable"), b"new");
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("listable").count(),
            1
        );
    }

    #[test]
    fn a_missing_folder_is_named() {
        let path = Path::new("/nonexistent-folder/results.json");
        let error = write_atomically(path, b"x").expect_err("no such folder");
        assert!(
            error
                .to_string()
                .contains("/nonexistent-folder/results.json"),
            "{error}"
        );
    }
}
