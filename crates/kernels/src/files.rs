//! Files that are either whole or not there, and none that is read as one and never ends.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Writes a file through a temporary one beside it, waits until it is on the disk and renames it:
/// whoever reads sees the old file or the new one, also after a crash.
///
/// ```
/// let path = std::env::temp_dir().join("dissensus-kernels-files-example");
/// dissensus_kernels::files::write_atomically(&path, b"whole")?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// When the folder is missing or read-only, or the disk is full; the file is then as it was.
pub fn write_atomically(path: &Path, contents: &[u8]) -> io::Result<()> {
    // The lock goes with the file, which stays open until the new name stands.
    let (temporary, mut file) = temporary(path)?;
    let written = fill(&mut file, contents)
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| sync_folder(parent(path)));
    written.inspect_err(|_| {
        let _ = fs::remove_file(&temporary); // it may have its name already
    })
}

/// Opens a file to read it, as [`File::open`] does, but nothing else: a named pipe would be waited
/// for, a device read without end.
///
/// ```
/// let error = dissensus_kernels::files::open(&std::env::temp_dir()).unwrap_err();
/// assert_eq!(error.to_string(), "it is a folder, not a file");
/// ```
///
/// # Errors
/// Those of [`File::open`]; [`io::ErrorKind::IsADirectory`] or [`io::ErrorKind::InvalidInput`] for
/// what is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        let folder = "it is a folder, not a file";
        return Err(io::Error::new(io::ErrorKind::IsADirectory, folder));
    }
    if !kind.is_file() {
        let other = "it is a pipe, a socket or a device, not a file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, other));
    }
    File::open(path)
}

/// Whether a file that begins so is the pointer that Git LFS leaves in place of a large one.
///
/// ```
/// use dissensus_kernels::files::is_git_lfs_pointer;
/// assert!(is_git_lfs_pointer(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"));
/// assert!(!is_git_lfs_pointer(b">chr1\nACGT\n"));
/// ```
#[must_use]
pub fn is_git_lfs_pointer(head: &[u8]) -> bool {
    head.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// The bytes of a file.
///
/// # Errors
/// Those of [`open`] and of reading.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// Those of [`read`]; [`io::ErrorKind::InvalidData`] for what is not UTF-8.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Files of other writers at work that are stepped around.
const MOST_WRITERS: usize = 1000;

/// An empty file beside `path` that no other writer has: one that a killed writer left is taken
/// over.
fn temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut number = 0;
    loop {
        let end = if number == 0 {
            String::new()
        } else {
            format!(".{number}")
        };
        let temporary = path.with_file_name(format!(".{name}{end}.tmp"));
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&temporary)?;
        match file.try_lock() {
            // Whoever had it may have given it its name meanwhile.
            Ok(()) if !is_at(&file, &temporary)? => {}
            Err(TryLockError::WouldBlock) if number < MOST_WRITERS => number += 1,
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            // Where files cannot be locked, writers of one file must take turns by themselves.
            Ok(()) | Err(TryLockError::Error(_)) => {
                file.set_len(0)?;
                return Ok((temporary, file));
            }
        }
    }
}

/// Whether an open file is what a path leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether an open file is what a path leads to: an open file keeps its name here.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Writes a file and waits until it is on the disk.
///
/// # Errors
/// Those of the system; part of the file may be there then.
pub fn write_synced(path: &Path, contents: &[u8]) -> io::Result<()> {
    fill(&mut File::create(path)?, contents)
}

fn fill(file: &mut File, contents: &[u8]) -> io::Result<()> {
    file.write_all(contents)?;
    file.sync_all()
}

/// Makes new names in a folder last.
///
/// # Errors
/// Those of the system.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The folder that a file is in.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_writer_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".a.tmp"), b"longer than what comes").unwrap();
        write_atomically(&folder.path().join("a"), b"whole").unwrap();
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn writers_of_one_file_do_not_write_into_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let contents: Vec<Vec<u8>> = (0..8_u8).map(|i| vec![i; 100_000]).collect();
        std::thread::scope(|scope| {
            for contents in &contents {
                scope.spawn(|| write_atomically(&path, contents).unwrap());
            }
        });
        assert!(contents.contains(&fs::read(&path).unwrap()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // What a killed writer left is stepped around.
        fs::write(folder.path().join(".a.tmp"), b"half").unwrap();
        write_atomically(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn a_file_that_cannot_be_replaced_stays_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        // A folder of that name, with something in it, cannot be renamed over.
        let path = folder.path().join("a");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("kept"), b"one").unwrap();
        assert!(write_atomically(&path, b"two").is_err());
        assert_eq!(fs::read(path.join("kept")).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write_atomically(Path::new("/nowhere/at/all"), b"").is_err());
    }

    #[test]
    #[cfg(unix)]
    fn a_named_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("config.json");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for error in [
            open(&pipe).unwrap_err(),
            read(&pipe).unwrap_err(),
            read_to_string(&pipe).unwrap_err(),
            open(Path::new("/dev/zero")).unwrap_err(),
        ] {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
        let error = read(folder.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        let error = open(&folder.path().join("none")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
