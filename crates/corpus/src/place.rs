//! Where something was found.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where in a file something was found, for error messages.
///
/// `byte` counts from 0 in the *decompressed* stream: it is what `zcat FILE | tail -c +BYTE+1`
/// shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file as it was named by the caller.
    pub file: Arc<Path>,
    /// Number of the record, from 1; 0 before the first record.
    pub record: u64,
    /// Offset in the decompressed data, from 0.
    pub byte: u64,
}

impl Place {
    /// A place in `file`.
    pub fn new(file: impl Into<PathBuf>, record: u64, byte: u64) -> Self {
        Self {
            file: file.into().into(),
            record,
            byte,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(f, "{file}: record {}, byte {}", self.record, self.byte)
    }
}
