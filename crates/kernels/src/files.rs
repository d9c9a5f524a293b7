//! Files that are either whole or not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file through a temporary one beside it, waits until it is on the disk and renames it: whoever reads sees the old
/// file or the new one, also after a crash.
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
    let (temporary, file) = temporary(path)?;
    let written = fill(file, contents)
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| sync_folder(parent(path)));
    written.inspect_err(|_| {
        let _ = fs::remove_file(&temporary); // it may have its name already
    })
}

/// Files of other writers, at work or killed, that are stepped around.
const MOST_WRITERS: usize = 1000;

/// A new file beside `path` that no other writer has.
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
        match File::create_new(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(_) if temporary.is_file() && number < MOST_WRITERS => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Writes a file and waits until it is on the disk.
///
/// # Errors
/// Those of the system; part of the file may be there then.
pub fn write_synced(path: &Path, contents: &[u8]) -> io::Result<()> {
    fill(File::create(path)?, contents)
}

fn fill(mut file: File, contents: &[u8]) -> io::Result<()> {
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
}
