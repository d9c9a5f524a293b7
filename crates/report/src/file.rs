//! A file that is either whole or absent.

use std::path::Path;

use dissensus_kernels::files;

use crate::Error;

/// Writes `contents` to a temporary file beside `path`, syncs it and renames it over `path`.
///
/// A reader, or a run killed half way, sees the old file or the new one, never a part of either.
///
/// # Errors
/// [`Error::Write`] when the folder is missing or read-only, or the disk is full; `path` is then
/// as it was.
pub fn write_atomically(path: &Path, contents: &[u8]) -> Result<(), Error> {
    files::write_atomically(path, contents).map_err(|source| Error::Write {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
