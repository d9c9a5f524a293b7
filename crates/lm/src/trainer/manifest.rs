//! Which files a checkpoint consists of, with their checksums.

use std::path::Path;

use dissensus_kernels::checked::{self, MANIFEST, Problem};

use crate::Error;
use crate::files::{read, write_synced};

/// Files on their way into a checkpoint: names and bytes.
pub(crate) type Files<'a> = Vec<(&'a str, Vec<u8>)>;

/// Writes `files` into `folder` and the list behind them.
pub(crate) fn write(folder: &Path, files: &Files<'_>) -> Result<(), Error> {
    for (name, bytes) in files {
        write_synced(&folder.join(name), bytes)?;
    }
    write_synced(&folder.join(MANIFEST), list(files).as_bytes())
}

/// Whether a folder holds exactly these files, undamaged.
pub(crate) fn holds(folder: &Path, files: &Files<'_>) -> bool {
    let same = read(&folder.join(MANIFEST)).is_ok_and(|found| found == list(files).as_bytes());
    same && check(folder).is_ok()
}

fn list(files: &Files<'_>) -> String {
    checked::list(files.iter().map(|(name, bytes)| (*name, bytes.as_slice())))
}

/// Checks every file of the list; what is missing is damage as well.
pub(crate) fn check(folder: &Path) -> Result<(), Error> {
    checked::check(folder).map_err(|damage| match damage.problem {
        Problem::Unreadable(source) => Error::io(&damage.path, "read", source),
        problem => Error::Damaged {
            path: damage.path,
            problem: problem.to_string(),
            advice: "the checkpoint before it is used".into(),
        },
    })
}
