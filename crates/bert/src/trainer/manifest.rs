//! Which files a checkpoint consists of, with their checksums.

use std::path::Path;

use crate::Error;
use crate::files::{read, write_synced};

/// Name of the list in a checkpoint's folder.
pub(crate) const MANIFEST: &str = "MANIFEST";

/// Writes `files` into `folder` and the list behind them: `crc32 length name`, one line each, and a line for itself.
pub(crate) fn write(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), Error> {
    let mut list = String::new();
    for (name, bytes) in files {
        write_synced(&folder.join(name), bytes)?;
        list.push_str(&line(name, bytes));
    }
    let own = line(MANIFEST, list.as_bytes());
    write_synced(&folder.join(MANIFEST), (list + &own).as_bytes())
}

/// Checks every file of the list.
pub(crate) fn check(folder: &Path) -> Result<(), Error> {
    let path = folder.join(MANIFEST);
    let damaged = |path: &Path, problem: String| Error::Damaged {
        path: path.to_path_buf(),
        problem,
        advice: "delete this checkpoint's folder to resume from the one before".into(),
    };
    let text = String::from_utf8_lossy(&read(&path)?).into_owned();
    let own = text
        .trim_end_matches('\n')
        .rfind('\n')
        .map_or(0, |end| end + 1);
    let (list, last) = text.split_at(own);
    if last != line(MANIFEST, list.as_bytes()) {
        return Err(damaged(
            &path,
            "the list of files fails its own checksum".into(),
        ));
    }
    for expected in list.lines() {
        let name = expected.splitn(3, ' ').nth(2).unwrap_or_default();
        let path = folder.join(name);
        let found = line(name, &read(&path)?);
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

fn line(name: &str, bytes: &[u8]) -> String {
    format!("{:08x} {} {name}\n", crc32fast::hash(bytes), bytes.len())
}
