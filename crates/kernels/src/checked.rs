//! Files that say themselves whether they are what was written: lists of checksums beside the files
//! of a folder, and JSON with its own.
//!
//! One bit of a weight or one digit of a score, turned on the disk, gives another number that looks
//! as good. So whatever is written to be read back later has a CRC-32, which finds every change of
//! up to 32 bits in a row and, of others, all but one in 4 billion.
//!
//! ```
//! use dissensus_kernels::checked;
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("digits"), "123456789")?;
//! checked::seal(folder.path(), &["digits".into()])?;
//! assert!(checked::check(folder.path()).is_ok());
//! std::fs::write(folder.path().join("digits"), "123456788")?;
//! let damage = checked::check(folder.path()).unwrap_err();
//! assert!(damage.to_string().contains("cbf43926 9")); // as zlib.crc32(b"123456789") says
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::files::{self, write_atomically};

/// Name of the list in a folder.
pub const MANIFEST: &str = "MANIFEST";

/// A file that is not the one that was written, or could not be read.
#[derive(Debug)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// How it differs.
    pub problem: Problem,
}

/// How a file differs from what was written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// It is not there.
    Missing,
    /// The system could not read it.
    Unreadable(io::Error),
    /// It has other bytes.
    Differs {
        /// Checksum, length and name as they are.
        found: String,
        /// As they were written.
        written: String,
    },
    /// The list of files is not what was written.
    List,
    /// The text does not have the checksum that it says, or says none.
    Text(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the file is missing"),
            Self::Unreadable(error) => write!(f, "cannot read: {error}"),
            Self::Differs { found, written } => write!(
                f,
                "checksum and length are `{found}`, written were `{written}`"
            ),
            Self::Text(problem) => f.write_str(problem),
            Self::List => f.write_str("the list of files fails its own checksum"),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for Damage {}

/// The CRC-32 of bytes, as eight hexadecimal digits.
///
/// ```
/// // zlib.crc32(b"123456789")
/// assert_eq!(dissensus_kernels::checked::checksum(b"123456789"), "cbf43926");
/// ```
#[must_use]
pub fn checksum(bytes: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(bytes))
}

/// A checksum of bytes that come one after the other, as those of files that do not fit in memory.
///
/// ```
/// use dissensus_kernels::checked::Checksum;
/// let mut sum = Checksum::default();
/// sum.update(b"1234");
/// assert_eq!(sum.read(&b"56789"[..])?, 5);
/// assert_eq!(sum.to_string(), "cbf43926"); // as of all of them at once
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds all that is left to read, and says how many bytes that was.
    ///
    /// # Errors
    /// Those of reading.
    pub fn read(&mut self, mut from: impl Read) -> io::Result<u64> {
        let (mut buffer, mut bytes) = (vec![0; 1 << 20], 0);
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(bytes),
                Ok(count) => {
                    self.0.update(&buffer[..count]);
                    bytes += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl fmt::Display for Checksum {
    /// Eight hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0.clone().finalize())
    }
}

/// The contents of a list for files of these names and bytes: `crc32 length name`, one line each,
/// and a line for itself.
#[must_use]
pub fn list<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let lines = files.into_iter().map(|(name, bytes)| line(name, bytes));
    with_own(lines.collect())
}

/// Lines, and one for themselves.
fn with_own(lines: String) -> String {
    let own = line(MANIFEST, lines.as_bytes());
    lines + &own
}

fn line(name: &str, bytes: &[u8]) -> String {
    format!("{} {} {name}\n", checksum(bytes), bytes.len())
}

/// The line of a file, which is not held in memory.
fn line_of(name: &str, path: &Path) -> io::Result<String> {
    let mut sum = Checksum::default();
    let length = sum.read(files::open(path)?)?;
    Ok(format!("{sum} {length} {name}\n"))
}

/// Writes the list of these files of a folder, whole or not at all; names may lead into folders
/// below, with `/`.
///
/// # Errors
/// Those of the system.
pub fn seal(folder: &Path, names: &[String]) -> io::Result<()> {
    let lines = names.iter().map(|name| line_of(name, &folder.join(name)));
    let lines = lines.collect::<io::Result<String>>()?;
    write_atomically(&folder.join(MANIFEST), with_own(lines).as_bytes())
}

/// Writes the list of all files in a folder, but for hidden ones and the list itself; folders below
/// are left out.
///
/// # Errors
/// Those of the system.
pub fn seal_all(folder: &Path) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && !name.starts_with('.') && name != MANIFEST {
            names.push(name);
        }
    }
    names.sort();
    seal(folder, &names)
}

/// Checks every file of a folder's list.
///
/// # Errors
/// The first that is missing or not the one that was written, the list itself first of all.
pub fn check(folder: &Path) -> Result<(), Damage> {
    let path = folder.join(MANIFEST);
    let bytes = files::read(&path).map_err(|error| unread(&path, error))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let own = text
        .trim_end_matches('\n')
        .rfind('\n')
        .map_or(0, |end| end + 1);
    let (list, last) = text.split_at(own);
    if last != line(MANIFEST, list.as_bytes()) {
        let problem = Problem::List;
        return Err(Damage { path, problem });
    }
    for written in list.lines() {
        let name = written.splitn(3, ' ').nth(2).unwrap_or_default();
        let path = folder.join(name);
        let found = line_of(name, &path).map_err(|error| unread(&path, error))?;
        let found = found.trim_end().to_owned();
        if found != written {
            let written = written.to_owned();
            let problem = Problem::Differs { found, written };
            return Err(Damage { path, problem });
        }
    }
    Ok(())
}

fn unread(path: &Path, error: io::Error) -> Damage {
    Damage {
        path: path.to_path_buf(),
        problem: match error.kind() {
            ErrorKind::NotFound => Problem::Missing,
            _ => Problem::Unreadable(error),
        },
    }
}

/// How the line of a checksum begins and ends; it is the first of an object.
const BEFORE: &str = "  \"crc32\": \"";
const AFTER: &str = "\",\n";

/// Text with its checksum: an object of JSON, written with a line for each field, gets a field
/// `crc32` before the others.
///
/// ```
/// use dissensus_kernels::checked::{seal_json, unseal_json};
/// let sealed = seal_json("{\n  \"score\": 0.5\n}\n");
/// assert_eq!(sealed, "{\n  \"crc32\": \"50002e27\",\n  \"score\": 0.5\n}\n");
/// assert_eq!(unseal_json(&sealed)?, "{\n  \"score\": 0.5\n}\n");
/// assert!(unseal_json(&sealed.replace("0.5", "0.6")).is_err());
/// # Ok::<(), String>(())
/// ```
///
/// # Panics
/// If the text does not begin with `{` and the end of a line.
#[must_use]
pub fn seal_json(text: &str) -> String {
    let rest = text.strip_prefix("{\n");
    let rest = rest.unwrap_or_else(|| panic!("expected an object with a line for each field"));
    let checksum = checksum(text.as_bytes());
    format!("{{\n{BEFORE}{checksum}{AFTER}{rest}")
}

/// The text that [`seal_json`] was given.
///
/// # Errors
/// What is wrong: there is no checksum, or it is that of another text.
pub fn unseal_json(text: &str) -> Result<String, String> {
    let sealed = text.strip_prefix("{\n").and_then(|text| {
        let (written, rest) = text.strip_prefix(BEFORE)?.split_once(AFTER)?;
        Some((written, format!("{{\n{rest}")))
    });
    let Some((written, rest)) = sealed else {
        return Err("no checksum where one was written, in a field crc32 before all others".into());
    };
    match checksum(rest.as_bytes()) {
        found if found == written => Ok(rest),
        found => Err(format!("the checksum is {found}, written was {written}")),
    }
}

/// Writes an object of JSON, with a line for each field, and its checksum into a file that is whole
/// or as it was.
///
/// # Errors
/// Those of [`write_atomically`].
///
/// # Panics
/// As [`seal_json`].
pub fn write_json(path: &Path, text: &str) -> io::Result<()> {
    write_atomically(path, seal_json(text).as_bytes())
}

/// The text that [`write_json`] wrote.
///
/// ```
/// use dissensus_kernels::checked::{read_json, write_json};
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("score.json");
/// write_json(&path, "{\n  \"score\": 0.5\n}\n")?;
/// assert_eq!(read_json(&path)?, "{\n  \"score\": 0.5\n}\n");
/// std::fs::write(&path, "{\n  \"score\": 0.6\n}\n")?;
/// assert!(read_json(&path).unwrap_err().to_string().contains("no checksum"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A file that is not there, cannot be read, or has other text than was written.
pub fn read_json(path: &Path) -> Result<String, Damage> {
    let text = files::read_to_string(path).map_err(|error| unread(path, error))?;
    unseal_json(&text).map_err(|problem| Damage {
        path: path.to_path_buf(),
        problem: Problem::Text(problem),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("below")).unwrap();
        for name in ["b", "a", ".hidden", "below/c"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        folder
    }

    #[test]
    fn every_flip_and_every_missing_file_is_found() {
        let folder = sealed();
        let at = |name: &str| folder.path().join(name);
        seal(folder.path(), &["a".into(), "below/c".into()]).unwrap();
        check(folder.path()).unwrap();
        for name in ["a", "below/c", MANIFEST] {
            let whole = fs::read(at(name)).unwrap();
            for byte in 0..whole.len() {
                let mut broken = whole.clone();
                broken[byte] ^= 4;
                fs::write(at(name), broken).unwrap();
                let damage = check(folder.path()).unwrap_err();
                assert_eq!(damage.path, at(name), "{damage}");
            }
            fs::remove_file(at(name)).unwrap();
            let problem = check(folder.path()).unwrap_err().problem;
            assert!(matches!(problem, Problem::Missing), "{problem}");
            fs::write(at(name), whole).unwrap();
        }
        check(folder.path()).unwrap();
    }

    #[test]
    fn all_files_of_a_folder_are_listed_by_name_but_for_hidden_ones() {
        let folder = sealed();
        seal_all(folder.path()).unwrap();
        let list = fs::read_to_string(folder.path().join(MANIFEST)).unwrap();
        let names: Vec<&str> = list.lines().map(|line| &line[11..]).collect();
        assert_eq!(names[..2], ["a", "b"]);
        assert_eq!(names.len(), 3);
        // Once more over its own list.
        seal_all(folder.path()).unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join(MANIFEST)).unwrap(),
            list
        );
    }

    #[test]
    fn text_that_was_changed_anywhere_is_not_unsealed() {
        let sealed = seal_json("{\n  \"a\": 1.25,\n  \"b\": \"crc32\"\n}\n");
        for at in 0..sealed.len() {
            let mut broken = sealed.clone().into_bytes();
            broken[at] ^= 1;
            let broken = String::from_utf8(broken).unwrap();
            assert!(unseal_json(&broken).is_err(), "{broken}");
        }
        for cut in 0..sealed.len() {
            assert!(unseal_json(&sealed[..cut]).is_err());
        }
    }
}
