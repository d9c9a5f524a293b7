//! Which files a checkpoint consists of, with their checksums.

use std::io::ErrorKind;
use std::path::Path;

use crate::Error;
use crate::files::{read, write_synced};

/// Name of the list in a checkpoint's folder.
pub(crate) const MANIFEST: &str = "MANIFEST";

/// Writes `files` into `folder` and the list behind them: `crc32 length name`, one line each, and a line for itself.
pub(crate) fn write(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), Error> {
    for (name, bytes) in files {
        write_synced(&folder.join(name), bytes)?;
    }
    write_synced(&folder.join(MANIFEST), list(files).as_bytes())
}

/// Whether a folder holds exactly these files, undamaged.
pub(crate) fn holds(folder: &Path, files: &[(&str, Vec<u8>)]) -> bool {
    let same = read(&folder.join(MANIFEST)).is_ok_and(|found| found == list(files).as_bytes());
    same && check(folder).is_ok()
}

fn list(files: &[(&str, Vec<u8>)]) -> String {
    let list: String = files
        .iter()
        .map(|(name, bytes)| line(name, bytes))
        .collect();
    let own = line(MANIFEST, list.as_bytes());
    list + &own
}

/// Checks every file of the list.
pub(crate) fn check(folder: &Path) -> Result<(), Error> {
    let path = folder.join(MANIFEST);
    let text = String::from_utf8_lossy(&present(&path)?).into_owned();
    let own = text
        .trim_end_matches('\n')
        .rfind('\n')
        .map_or(0, |end| end + 1);
    let (list, last) = text.split_at(own);
    if last != line(MANIFEST, list.as_bytes()) {
        let problem = "the list of files fails its own checksum".into();
        return Err(damaged(&path, problem));
    }
    for expected in list.lines() {
        let name = expected.splitn(3, ' ').nth(2).unwrap_or_default();
        let path = folder.join(name);
        let found = line(name, &present(&path)?);
        if found.trim_end() != expected {
            let problem = format!(
                "checksum and length are `{}`, written were `{expected}`",
                found.trim_end()
            );
            return Err(damaged(&path, problem));
        }
    }
    Ok(())
}

/// Reads a file that belongs to a checkpoint, so that its absence is damage.
fn present(path: &Path) -> Result<Vec<u8>, Error> {
    read(path).map_err(|error| match error {
        Error::Io { source, .. } if source.kind() == ErrorKind::NotFound => {
            damaged(path, "the file is missing".into())
        }
        other => other,
    })
}

fn damaged(path: &Path, problem: String) -> Error {
    Error::Damaged {
        path: path.to_path_buf(),
        problem,
        advice: "the checkpoint before it is used".into(),
    }
}

fn line(name: &str, bytes: &[u8]) -> String {
    format!("{:08x} {} {name}\n", crc32fast::hash(bytes), bytes.len())
}
