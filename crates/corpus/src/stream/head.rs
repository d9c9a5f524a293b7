//! What the first bytes of a file say.

use std::path::Path;

use dissensus_kernels::files::is_git_lfs_pointer;

use crate::Error;

/// The byte order mark of UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Refuses what is no data at all: the pointer that Git leaves in place of a large file, and text
/// in UTF-16.
pub(crate) fn refuse_foreign(file: &Path, head: &[u8]) -> Result<(), Error> {
    let file = || file.to_path_buf();
    if is_git_lfs_pointer(head) {
        return Err(Error::GitLfsPointer { file: file() });
    }
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(Error::Utf16 { file: file() }),
        _ => Ok(()),
    }
}
