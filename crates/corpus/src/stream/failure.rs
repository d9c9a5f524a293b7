//! What a failed read means: decoders report damage as ordinary I/O errors.

use std::{fmt, io};

use super::ByteStream;
use crate::Error;

/// A failure that this crate found itself, inside an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnFailure {
    /// Something other than zeros or a further member behind a gzip member.
    TrailingBytes,
    /// A record beyond the limit.
    TooLarge {
        /// Bytes that a record may have.
        limit: u64,
    },
}

impl fmt::Display for OwnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TrailingBytes => f.write_str("bytes after the end of the compressed data"),
            Self::TooLarge { limit } => write!(f, "a record of more than {limit} bytes"),
        }
    }
}

impl std::error::Error for OwnFailure {}

impl From<OwnFailure> for io::Error {
    fn from(found: OwnFailure) -> Self {
        Self::new(io::ErrorKind::InvalidData, found)
    }
}

impl ByteStream {
    /// The error behind a failed read.
    pub(crate) fn failure(&self, record: u64, source: io::Error) -> Error {
        let place = self.place(record, self.position());
        let found = source.get_ref().and_then(|inner| inner.downcast_ref());
        if let Some(OwnFailure::TooLarge { limit }) = found {
            let limit = *limit;
            return Error::RecordTooLarge { place, limit };
        }
        let Some(compression) = self.compression() else {
            return Error::Read { place, source };
        };
        // Names of the zstd library's error codes; it has no other way to tell them apart.
        let said = source.to_string();
        match source.kind() {
            _ if found == Some(&OwnFailure::TrailingBytes)
                || said.contains("Unknown frame descriptor") =>
            {
                Error::TrailingBytes { place, compression }
            }
            _ if said.contains("requires too much memory") => Error::WindowTooLarge { place },
            io::ErrorKind::UnexpectedEof => Error::Truncated { place, compression },
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                Error::Corrupt {
                    place,
                    compression,
                    source,
                }
            }
            _ => Error::Read { place, source },
        }
    }
}
