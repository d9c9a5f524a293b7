//! A file that can be read more than once.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "parquet")]
use dissensus_corpus::records;
use dissensus_corpus::{
    ByteStream, Chunk, Chunks, FastaIndex, FastaReader, Format, IntervalReader, IntervalSet,
    Records, records_of,
};

use crate::{Error, InputParams, InputPath};

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
    /// The intervals of it that are read.
    selection: Option<Selection>,
    /// What standard input or a pipe held: it comes only once, and is read twice.
    spool: Option<tempfile::NamedTempFile>,
}

/// Some of the bases of a file.
#[derive(Debug)]
struct Selection {
    intervals: IntervalSet,
    /// Whether the file is one of several, and may lack sequences of the intervals.
    is_shared: bool,
    index: Option<FastaIndex>,
}

/// A file as it is read.
pub(crate) enum Reading {
    /// Intervals of sequences, in chunks.
    Intervals(Box<IntervalReader>),
    /// Sequences in chunks.
    Fasta(Box<Chunks>),
    /// Whole records.
    Records(Records),
}

impl InputFile {
    /// The files of an input, without reading them; standard input is read.
    pub(crate) fn all(paths: &[PathBuf], params: &InputParams) -> Result<Vec<Self>, Error> {
        Self::validate(paths, params)?;
        let regions = intervals(params)?;
        let file = |path: &PathBuf| Self::new(path, params, regions.as_ref());
        paths.iter().map(file).collect()
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
            let found = InputPath::of(path)?;
            let format = format(&found.file, params)?;
            if found.interval.is_some() || params.regions.is_some() {
                selectable(&found, &format, params)?;
            }
            let path = found.file;
            if !is_standard_input(&path) && !comes_once(&path) {
                let opened = File::open(&path).map_err(|source| dissensus_corpus::Error::Open {
                    file: path.clone(),
                    source,
                });
                opened?;
            }
        }
        Ok(())
    }

    fn new(
        path: &Path,
        params: &InputParams,
        regions: Option<&IntervalSet>,
    ) -> Result<Self, Error> {
        let InputPath { file, interval } = InputPath::of(path)?;
        let path = file.as_path();
        let format = format(path, params)?;
        let spool = spool(path)?;
        let path = if is_standard_input(path) {
            Path::new("standard input")
        } else {
            path
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_shared = interval.is_none();
        let intervals = match interval {
            Some(interval) => Some([interval].into_iter().collect()),
            None => regions.cloned(),
        };
        let index = match (&intervals, &spool, &format) {
            (Some(_), None, Format::Fasta) => FastaIndex::of(path)?,
            _ => None,
        };
        Ok(Self {
            path: path.to_path_buf(),
            name: name.into(),
            format,
            record_limit: params.record_limit,
            selection: intervals.map(|intervals| Selection {
                intervals,
                is_shared,
                index,
            }),
            spool,
        })
    }

    /// Begins to read.
    pub(crate) fn read(&self) -> Result<Reading, Error> {
        match &self.selection {
            None => self.read_whole(),
            Some(selection) => {
                let reader = self.read_selected(selection)?;
                let reader = reader.with_lacking(selection.is_shared);
                Ok(Reading::Intervals(Box::new(reader)))
            }
        }
    }

    fn read_selected(&self, selection: &Selection) -> Result<IntervalReader, Error> {
        let intervals = selection.intervals.clone();
        if let Some(index) = &selection.index {
            return Ok(IntervalReader::indexed(index, intervals, CHUNK)?);
        }
        Ok(match self.read_whole()? {
            Reading::Intervals(reader) => *reader,
            Reading::Fasta(chunks) => IntervalReader::scan(&self.path, chunks, intervals),
            Reading::Records(records) => {
                let chunks = records.map(|record| record.map(Chunk::of_record));
                IntervalReader::scan(&self.path, chunks, intervals)
            }
        })
    }

    fn read_whole(&self) -> Result<Reading, Error> {
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

    /// Whether its format is one of sequences alone.
    pub(crate) fn holds_sequences(&self) -> bool {
        match self.format {
            Format::Fasta => true,
            #[cfg(feature = "genbank")]
            Format::GenBank => true,
            _ => false,
        }
    }

    /// Whether the file has none of the intervals that it shares with others.
    pub(crate) fn may_be_passed_over(&self) -> bool {
        self.selection
            .as_ref()
            .is_some_and(|selection| selection.is_shared)
    }
}

/// The intervals that the parameters name.
pub(crate) fn intervals(params: &InputParams) -> Result<Option<IntervalSet>, Error> {
    let Some(path) = &params.regions else {
        return Ok(None);
    };
    #[cfg(feature = "bed")]
    {
        let found = dissensus_corpus::bed_file(path)?;
        if found.is_empty() {
            return Err(Error::NoRegions { file: path.clone() });
        }
        Ok(Some(found))
    }
    #[cfg(not(feature = "bed"))]
    {
        Err(Error::Parameter {
            parameter: "the file of regions",
            found: path.display().to_string(),
            expected: "none, or the feature bed",
        })
    }
}

/// Refuses intervals of what has no names of sequences, and two ways of naming them at once.
fn selectable(path: &InputPath, format: &Format, params: &InputParams) -> Result<(), Error> {
    let refuse = |parameter, expected| {
        let found = path.interval.as_ref().map_or_else(
            || path.file.display().to_string(),
            |interval| format!("{}:{interval}", path.file.display()),
        );
        Err(Error::Parameter {
            parameter,
            found,
            expected,
        })
    };
    match format {
        _ if path.interval.is_some() && params.regions.is_some() => refuse(
            "a file beside a file of regions",
            "a file without an interval behind its name",
        ),
        Format::Fasta => Ok(()),
        #[cfg(feature = "genbank")]
        Format::GenBank => Ok(()),
        _ => refuse("a file of which intervals are read", "FASTA or GenBank"),
    }
}

/// What comes only once, kept.
fn spool(path: &Path) -> Result<Option<tempfile::NamedTempFile>, Error> {
    Ok(if is_standard_input(path) {
        let name = Path::new("standard input");
        Some(spooled(name, &mut io::stdin().lock())?)
    } else if comes_once(path) {
        let mut pipe = File::open(path).map_err(|source| spool_error(path, source))?;
        Some(spooled(path, &mut pipe)?)
    } else {
        None
    })
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
