//! What can go wrong between a name and a file.

use std::io;
use std::path::{Path, PathBuf};

/// Why something of the hub is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Text that is no name.
    #[error("{found:?} is no name of the hub: expected {expected}")]
    Name {
        /// What was given.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A repository, revision or file that the hub does not have.
    #[error("{name}: the hub does not have it; check repository, revision and path")]
    Absent {
        /// What was asked for.
        name: String,
    },
    /// Something that the hub does not give to whoever asked.
    #[error(
        "{name}: the hub refuses it ({status}); if it is gated, accept its terms there and set HF_TOKEN"
    )]
    Refused {
        /// What was asked for.
        name: String,
        /// HTTP status, 401 or 403.
        status: u16,
    },
    /// A repository of which it is not clear what is wanted.
    #[error("{name}: {problem}; name one file behind the repository, of {}", files.join(", "))]
    Choice {
        /// What was asked for.
        name: String,
        /// Why nothing could be chosen.
        problem: &'static str,
        /// What there is, at most twenty.
        files: Vec<String>,
    },
    /// A status that means none of these.
    #[error("{url}: status {status}, expected 200")]
    Status {
        /// Where.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// A connection that failed, again and again.
    #[error(
        "{url}: {problem}, {attempts} times; what was received is kept, call again to continue"
    )]
    Connection {
        /// Where.
        url: String,
        /// What was said last.
        problem: String,
        /// How often it was tried without receiving anything more.
        attempts: usize,
    },
    /// An answer that is not what the hub's API gives.
    #[error("{url}: {problem}, expected the API of the hub")]
    Answer {
        /// Where.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Bytes that are not those that the hub states.
    #[error(
        "{url}: received bytes with checksum {found}, the hub states {expected}; they were deleted"
    )]
    Checksum {
        /// Where.
        url: String,
        /// As the hub states.
        expected: String,
        /// Of what was received.
        found: String,
    },
    /// A file that cannot be written, as on a full disk.
    #[error("{}: {source}; what was received is kept, call again to continue", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::File {
            path: path.to_path_buf(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn an_error_can_go_to_another_thread() {
        let error = Error::File {
            path: "models".into(),
            source: std::io::ErrorKind::StorageFull.into(),
        };
        let said = error.to_string();
        let sent = std::thread::spawn(move || error.to_string()).join();
        assert_eq!(sent.expect("no panic"), said);
    }
}
