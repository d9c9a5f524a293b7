//! The checksums that the hub states.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What a file is to be: its tag, and how its bytes become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sum {
    /// SHA-256 of the bytes: large files.
    Sha256(String),
    /// SHA-1 of `blob LENGTH\0` and the bytes, as git has it: small files.
    Blob(String),
}

impl Sum {
    /// The checksum in an entity tag; none if it is neither.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let digits = tag.trim_start_matches("W/").trim_matches('"');
        if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        match digits.len() {
            64 => Some(Self::Sha256(digits.into())),
            40 => Some(Self::Blob(digits.into())),
            _ => None,
        }
    }

    pub(crate) fn stated(&self) -> &str {
        match self {
            Self::Sha256(digits) | Self::Blob(digits) => digits,
        }
    }

    /// The same of a file.
    pub(crate) fn of_file(&self, path: &Path) -> io::Result<String> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        match self {
            Self::Sha256(_) => digest(Sha256::new(), file),
            Self::Blob(_) => {
                let head = format!("blob {length}\0");
                digest(Sha1::new_with_prefix(head.as_bytes()), file)
            }
        }
    }
}

fn digest(mut hasher: impl Digest, mut file: File) -> io::Result<String> {
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block)? {
            0 => break,
            count => hasher.update(&block[..count]),
        }
    }
    let mut text = String::new();
    for byte in hasher.finalize() {
        // Writing into text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_sha256sum_and_of_git() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "hello\n").expect("written");
        // printf 'hello\n' | git hash-object --stdin; printf 'hello\n' | sha256sum
        for digits in [
            "ce013625030ba8dba906f756967f9e9ca394464a",
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        ] {
            let sum = Sum::of_tag(&format!("\"{digits}\"")).expect("a sum");
            assert_eq!(sum.of_file(&path).expect("read"), digits);
            assert_eq!(sum.stated(), digits);
        }
        assert_eq!(Sum::of_tag("W/\"12-abc\""), None);
    }
}
