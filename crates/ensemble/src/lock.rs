//! Who works in a run folder: one process, or several with a member each.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::Error;

/// Holds a run folder for as long as it lives.
///
/// The lock is the operating system's on the file `lock`: it goes with the process, however that
/// ends, so a killed run leaves nothing to clean up.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder for a process that trains all members.
    ///
    /// # Errors
    /// [`Error::InUse`] if another process has it, [`Error::File`] if the file cannot be made.
    pub(crate) fn take(folder: &Path) -> Result<Self, Error> {
        Self::tried(folder, "lock", File::try_lock)
    }

    /// Joins the processes that train some of the members each: beside one another, never beside
    /// one that trains all.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub(crate) fn join(folder: &Path) -> Result<Self, Error> {
        Self::tried(folder, "lock", File::try_lock_shared)
    }

    /// Takes one member among processes that joined.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub(crate) fn member(folder: &Path, member: usize) -> Result<Self, Error> {
        Self::tried(folder, &format!("lock-{member}"), File::try_lock)
    }

    /// Waits for whoever begins the run, which takes a moment.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(crate) fn beginning(folder: &Path) -> Result<Self, Error> {
        let (file, path) = opened(folder, "lock-begin")?;
        file.lock().map_err(|source| Error::file(&path, source))?;
        Ok(Self { _file: file })
    }

    fn tried(
        folder: &Path,
        name: &str,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, Error> {
        let (file, path) = opened(folder, name)?;
        match lock(&file) {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse {
                folder: folder.to_path_buf(),
            }),
            Err(TryLockError::Error(source)) => Err(Error::file(&path, source)),
        }
    }
}

fn opened(folder: &Path, name: &str) -> Result<(File, PathBuf), Error> {
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let file = options.open(&path);
    let file = file.map_err(|source| Error::file(&path, source))?;
    Ok((file, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_until_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        assert!(matches!(
            Lock::take(folder.path()),
            Err(Error::InUse { .. })
        ));
        drop(first);
        assert!(Lock::take(folder.path()).is_ok());
    }

    #[test]
    fn processes_share_a_folder_by_members_and_never_with_one_that_has_all() {
        let folder = tempfile::tempdir().unwrap();
        let joined = [(); 2].map(|()| Lock::join(folder.path()).unwrap());
        assert!(Lock::take(folder.path()).is_err());
        let own = Lock::member(folder.path(), 1).unwrap();
        assert!(Lock::member(folder.path(), 1).is_err());
        assert!(Lock::member(folder.path(), 0).is_ok());
        drop((joined, own));
        let all = Lock::take(folder.path()).unwrap();
        assert!(Lock::join(folder.path()).is_err());
        drop(all);
        assert!(Lock::join(folder.path()).is_ok());
    }
}
