//! Files that are either whole or not there.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use dissensus_kernels::files::{self, parent, sync_folder};

use crate::Error;

/// Writes a file through a temporary one beside it: whoever reads sees the old file or the new one,
/// also after a crash.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a");
/// dissensus_lm::write_atomically(&path, b"whole")?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Io`]; the file is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    files::write_atomically(path, bytes).map_err(|error| Error::io(path, "write", error))
}

/// Writes a file and waits until it is on the disk.
pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    files::write_synced(path, bytes).map_err(|error| Error::io(path, "write", error))
}

/// Fills a folder through a temporary one beside it, which replaces an old folder of that name.
pub(crate) fn fill_atomically(
    path: &Path,
    temporary: &Path,
    fill: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let io = |error| Error::io(path, "write the folder", error);
    remove_folder(temporary)?;
    fs::create_dir(temporary).map_err(io)?;
    if let Err(error) = fill(temporary) {
        remove_folder(temporary)?;
        return Err(error);
    }
    sync_folder(temporary).map_err(io)?;
    remove_folder(path)?;
    fs::rename(temporary, path)
        .and_then(|()| sync_folder(parent(path)))
        .map_err(io)
}

/// Reads a whole file, which is not what Git LFS leaves in place of a large one.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = files::read(path).map_err(|error| Error::io(path, "read", error))?;
    refuse_pointer(path, &bytes)?;
    Ok(bytes)
}

/// Refuses a file, of which only the beginning is read, that Git LFS left in place of a large one.
pub(crate) fn require_content(path: &Path) -> Result<(), Error> {
    let io = |error| Error::io(path, "read", error);
    let mut head = Vec::new();
    let file = files::open(path).map_err(io)?;
    file.take(64).read_to_end(&mut head).map_err(io)?;
    refuse_pointer(path, &head)
}

fn refuse_pointer(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if files::is_git_lfs_pointer(bytes) {
        let pointer = "this is a Git LFS pointer, not the file; fetch it with `git lfs pull`";
        return Err(Error::malformed(path, pointer));
    }
    Ok(())
}

/// Makes a folder with its parents.
pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| Error::io(path, "create the folder", error))
}

/// Deletes a file if it is there, and waits until it is gone from the disk.
pub(crate) fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path).and_then(|()| sync_folder(parent(path))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io(path, "delete", error))
        }
        _ => Ok(()),
    }
}

/// Deletes a folder if it is there.
pub(crate) fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io(path, "delete", error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_named() {
        let error = write_atomically(Path::new("/nowhere/at/all"), b"").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/nowhere/at/all: cannot write"),
            "{error}"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_filled_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, temporary) = (folder.path().join("a"), folder.path().join(".a"));
        let fill = |text: &'static [u8]| move |at: &Path| write_synced(&at.join("file"), text);
        fill_atomically(&path, &temporary, fill(b"one")).unwrap();
        let failed = |at: &Path| fill(b"two")(at).and(Err(Error::empty("the disk")));
        assert!(fill_atomically(&path, &temporary, failed).is_err());
        assert_eq!(read(&path.join("file")).unwrap(), b"one");
        assert!(!temporary.exists());
        fill_atomically(&path, &temporary, fill(b"two")).unwrap();
        assert_eq!(read(&path.join("file")).unwrap(), b"two");
    }
}
