//! A file that can be read more than once.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "parquet")]
use dissensus_corpus::records;
use dissensus_corpus::{ByteStream, Chunks, FastaReader, Format, Records, records_of};

use crate::{Error, InputParams};

/// Bases read at a time.
const CHUNK: usize = 256 * 1024;

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// One file of an input.
#[derive(Debug)]
pub(crate) struct InputFile {
    pub(crate) path: PathBuf,
    pub(crate) name: Arc<str>,
    format: Format,
    record_limit: u64,
    /// What standard input or a pipe held: it comes only once, and is read twice.
    spool: Option<tempfile::NamedTempFile>,
}

/// A file as it is read.
pub(crate) enum Reading {
    /// Sequences in chunks.
    Fasta(Box<Chunks>),
    /// Whole records.
    Records(Records),
}

impl InputFile {
    /// The files of an input, without reading them; standard input is read.
    pub(crate) fn all(paths: &[PathBuf], params: &InputParams) -> Result<Vec<Self>, Error> {
        Self::validate(paths, params)?;
        paths.iter().map(|path| Self::new(path, params)).collect()
    }

    /// Checks that the files are there and that their formats are known.
    pub(crate) fn validate(paths: &[PathBuf], params: &InputParams) -> Result<(), Error> {
        if paths.is_empty() {
            return Err(Error::NoFiles);
        }
        if paths.len() > 1 && paths.iter().any(|path| is_standard_input(path)) {
            return Err(Error::StandardInput);
        }
        for path in paths {
            format(path, params)?;
            if !is_standard_input(path) && !comes_once(path) {
                let opened = File::open(path).map_err(|source| dissensus_corpus::Error::Open {
                    file: path.clone(),
                    source,
                });
                opened?;
            }
        }
        Ok(())
    }

    fn new(path: &Path, params: &InputParams) -> Result<Self, Error> {
        let format = format(path, params)?;
        let spool = if is_standard_input(path) {
            Some(spooled(
                Path::new("standard input"),
                &mut io::stdin().lock(),
            )?)
        } else if comes_once(path) {
            let mut pipe = File::open(path).map_err(|source| spool_error(path, source))?;
            Some(spooled(path, &mut pipe)?)
        } else {
            None
        };
        let is_input = is_standard_input(path);
        let path = if is_input {
            Path::new("standard input")
        } else {
            path
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            path: path.to_path_buf(),
            name: name.into(),
            format,
            record_limit: params.record_limit,
            spool,
        })
    }

    /// Begins to read.
    pub(crate) fn read(&self) -> Result<Reading, Error> {
        #[cfg(feature = "parquet")]
        if let Format::Parquet { .. } = self.format {
            let path = self
                .spool
                .as_ref()
                .map_or(self.path.as_path(), |file| file.path());
            return Ok(Reading::Records(records(path, &self.format)?));
        }
        let stream = match &self.spool {
            None => ByteStream::open(&self.path)?,
            Some(spool) => ByteStream::new(&self.path, reopened(spool)?)?,
        };
        let stream = stream.with_record_limit(self.record_limit);
        Ok(match self.format {
            Format::Fasta => Reading::Fasta(Box::new(FastaReader::new(stream)?.chunks(CHUNK)?)),
            _ => Reading::Records(records_of(stream, &self.format)?),
        })
    }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == OsStr::new(STANDARD_INPUT)
}

fn format(path: &Path, params: &InputParams) -> Result<Format, Error> {
    Ok(match &params.format {
        Some(name) => Format::named(name, &params.field)?,
        None if is_standard_input(path) => {
            let file = PathBuf::from("standard input");
            return Err(Error::UnnamedFormat { file });
        }
        None => Format::of_name(path, &params.field)?,
    })
}

/// Whether a path leads to a pipe, as that of a shell's process substitution.
#[cfg(unix)]
fn comes_once(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

/// Pipes have no path here.
#[cfg(not(unix))]
fn comes_once(_: &Path) -> bool {
    false
}

fn spooled(path: &Path, source: &mut dyn io::Read) -> Result<tempfile::NamedTempFile, Error> {
    let mut copy = || {
        let mut spool = tempfile::NamedTempFile::new()?;
        io::copy(source, spool.as_file_mut())?;
        Ok(spool)
    };
    copy().map_err(|source| spool_error(path, source))
}

fn spool_error(path: &Path, source: io::Error) -> Error {
    let file = path.to_path_buf();
    Error::Spool { file, source }
}

fn reopened(spool: &tempfile::NamedTempFile) -> Result<File, Error> {
    spool.reopen().map_err(|source| Error::Spool {
        file: "standard input".into(),
        source,
    })
}
