//! A file or standard input as decompressed bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::counted::Counted;
use self::gzip::GzipMembers;
use self::head::BYTE_ORDER_MARK;
pub(crate) use self::head::refuse_foreign;
use self::line_ends::LineEnds;
use crate::{Compression, Error, Place};

pub(crate) mod compression;
mod counted;
mod failure;
mod gzip;
mod head;
mod line_ends;

/// Bytes held of the compressed and of the decompressed stream.
const BUFFER: usize = 128 * 1024;
/// Bytes of a file that tell what it is: the longest mark looked for is the first line of a Git LFS
/// pointer.
const HEAD: usize = 64;

/// A named stream of bytes, decompressed, that knows how far it has been read.
///
/// The compression is recognised by the first bytes of the content. A name that ends in `.gz` or
/// `.zst` must agree with them. Several gzip members or zstd frames in one file are read as one
/// stream. A byte order mark of UTF-8 is skipped, and line ends that are a bare CR are read as LF.
///
/// ```
/// use dissensus_corpus::ByteStream;
///
/// let stream = ByteStream::new("reads.fa", &b">a\nACGT\n"[..])?;
/// assert_eq!(stream.compression(), None);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct ByteStream {
    file: Arc<Path>,
    compression: Option<Compression>,
    stream: Counted<BufReader<LineEnds>>,
}

impl ByteStream {
    /// Bytes that one record may have unless [`with_record_limit`](Self::with_record_limit) says
    /// otherwise: 512 MiB.
    pub const RECORD_LIMIT: u64 = 1 << 29;

    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Open`] and those of [`new`](Self::new).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let opened = File::open(path).and_then(|file| {
            if file.metadata()?.is_dir() {
                let folder = "it is a folder, not a file";
                return Err(io::Error::new(io::ErrorKind::IsADirectory, folder));
            }
            Ok(file)
        });
        let file = opened.map_err(|source| Error::Open {
            file: path.to_path_buf(),
            source,
        })?;
        Self::new(path, file)
    }

    /// Reads from anything, for example standard input; `name` stands for the file in error
    /// messages.
    ///
    /// # Errors
    /// [`Error::GitLfsPointer`], [`Error::NotCompressed`], [`Error::Utf16`], and
    /// [`Error::EmptyFile`] when there is no byte after decompression.
    pub fn new(
        name: impl Into<PathBuf>,
        mut stream: impl Read + Send + 'static,
    ) -> Result<Self, Error> {
        let file: PathBuf = name.into();
        let mut head = Vec::with_capacity(HEAD);
        let read = stream.by_ref().take(HEAD as u64).read_to_end(&mut head);
        read.map_err(|source| Error::Read {
            place: Place::new(&file, 0, 0),
            source,
        })?;
        refuse_foreign(&file, &head)?;
        let compression = Compression::of_content(&head);
        refuse_unlike_name(&file, &head, compression)?;
        let stream = Cursor::new(head).chain(stream);
        let mut opened = Self {
            file: file.into(),
            compression,
            stream: Counted::new(
                BufReader::with_capacity(BUFFER, LineEnds::new(unpacked(stream, compression))),
                Self::RECORD_LIMIT,
            ),
        };
        opened.begin()?;
        Ok(opened)
    }

    /// Sets how many bytes one record (a line, a paragraph, a row, a sequence read whole) may have.
    /// What unpacks to more is an [`Error::RecordTooLarge`] instead of a program out of memory.
    #[must_use]
    pub fn with_record_limit(mut self, bytes: u64) -> Self {
        self.stream.limit(bytes);
        self
    }

    /// How the file is compressed.
    #[must_use]
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// The name of the file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Bytes read so far, after decompression.
    pub(crate) fn position(&self) -> u64 {
        self.stream.position()
    }

    /// The byte before the position.
    pub(crate) fn last_byte(&self) -> Option<u8> {
        self.stream.last_byte()
    }

    /// Begins a record: the limit counts from here.
    pub(crate) fn begin_record(&mut self) {
        self.stream.begin_record();
    }

    /// The place `byte` in record `record`.
    pub(crate) fn place(&self, record: u64, byte: u64) -> Place {
        Place {
            file: Arc::clone(&self.file),
            record,
            byte,
        }
    }

    /// Looks at the first bytes after decompression, and steps over a byte order mark.
    fn begin(&mut self) -> Result<(), Error> {
        let found = match self.stream.fill_buf() {
            Ok([]) => Err(Error::EmptyFile {
                file: self.file.to_path_buf(),
            }),
            Ok(bytes) => {
                refuse_foreign(&self.file, bytes).map(|()| bytes.starts_with(BYTE_ORDER_MARK))
            }
            Err(source) => Err(self.failure(0, source)),
        };
        if found? {
            self.stream.consume(BYTE_ORDER_MARK.len());
        }
        Ok(())
    }
}

impl Read for ByteStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl BufRead for ByteStream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.stream.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.stream.consume(amount);
    }
}

fn refuse_unlike_name(
    file: &Path,
    head: &[u8],
    compression: Option<Compression>,
) -> Result<(), Error> {
    match Compression::of_name(file) {
        Some(expected) if compression != Some(expected) && !head.is_empty() => {
            Err(Error::NotCompressed {
                file: file.to_path_buf(),
                expected,
                found: head[..head.len().min(4)].to_vec(),
            })
        }
        _ => Ok(()),
    }
}

fn unpacked(
    stream: impl Read + Send + 'static,
    compression: Option<Compression>,
) -> Box<dyn Read + Send> {
    let buffered = |stream| BufReader::with_capacity(BUFFER, stream);
    match compression {
        None => Box::new(stream),
        Some(Compression::Gzip) => Box::new(GzipMembers::new(buffered(stream))),
        Some(Compression::Zstd) => match zstd::Decoder::with_buffer(buffered(stream)) {
            Ok(decoder) => Box::new(decoder),
            Err(error) => Box::new(Failed(Some(error))),
        },
    }
}

/// A stream that could not be set up: says so at the first read, so that one path reports all
/// failures.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0.take() {
            Some(error) => Err(error),
            None => Ok(0),
        }
    }
}
