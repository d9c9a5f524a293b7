use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use self::counted::Counted;
use crate::{Compression, Error, Place};

pub(crate) mod compression;
mod counted;

/// Bytes held of the compressed and of the decompressed stream.
const BUFFER: usize = 128 * 1024;

/// A named stream of bytes, decompressed, that knows how far it has been read.
///
/// The compression is recognised by the first bytes of the content. A name that ends in `.gz` or `.zst` must agree
/// with them. Several gzip members or zstd frames in one file are read as one stream.
///
/// ```
/// use dissensus_corpus::Input;
///
/// let input = Input::new("reads.fa", &b">a\nACGT\n"[..])?;
/// assert_eq!(input.compression(), None);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct Input {
    file: Arc<Path>,
    compression: Option<Compression>,
    stream: Counted<Box<dyn BufRead + Send>>,
}

impl Input {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::NotCompressed`], and [`Error::EmptyFile`] when there is no byte after decompression.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let opened = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
            true => Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder, not a file",
            )),
            false => Ok(file),
        });
        let file = opened.map_err(|source| Error::Open {
            file: path.to_path_buf(),
            source,
        })?;
        Self::new(path, file)
    }

    /// Reads from anything, for example standard input; `name` stands for the file in error messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(
        name: impl Into<PathBuf>,
        mut stream: impl Read + Send + 'static,
    ) -> Result<Self, Error> {
        let file: PathBuf = name.into();
        let head = read_head(&mut stream).map_err(|source| Error::Read {
            place: Place::new(&file, 0, 0),
            source,
        })?;
        let compression = Compression::of_content(&head);
        if let Some(expected) = Compression::of_name(&file)
            && compression != Some(expected)
            && !head.is_empty()
        {
            let found = head;
            return Err(Error::NotCompressed {
                file,
                expected,
                found,
            });
        }
        let stream = BufReader::with_capacity(BUFFER, Cursor::new(head).chain(stream));
        let mut input = Self {
            file: file.into(),
            compression,
            stream: Counted::new(decompressed(stream, compression)),
        };
        input.refuse_empty()?;
        Ok(input)
    }

    /// How the file is compressed.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// The name of the file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Bytes read so far, after decompression.
    pub(crate) fn position(&self) -> u64 {
        self.stream.position()
    }

    /// The last byte read.
    pub(crate) fn last_byte(&self) -> Option<u8> {
        self.stream.last_byte()
    }

    /// The place `byte` in record `record`.
    pub(crate) fn place(&self, record: u64, byte: u64) -> Place {
        Place {
            file: Arc::clone(&self.file),
            record,
            byte,
        }
    }

    /// What a failed read means: the decoders report damage as ordinary I/O errors.
    pub(crate) fn failure(&self, record: u64, source: io::Error) -> Error {
        let place = self.place(record, self.position());
        match (self.compression, source.kind()) {
            (Some(compression), io::ErrorKind::UnexpectedEof) => {
                Error::Truncated { place, compression }
            }
            (
                Some(compression),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other,
            ) => Error::Corrupt {
                place,
                compression,
                source,
            },
            _ => Error::Read { place, source },
        }
    }

    fn refuse_empty(&mut self) -> Result<(), Error> {
        match self.stream.fill_buf().map(<[u8]>::is_empty) {
            Ok(false) => Ok(()),
            Ok(true) => Err(Error::EmptyFile {
                file: self.file.to_path_buf(),
            }),
            Err(source) => Err(self.failure(0, source)),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.stream.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.stream.consume(amount);
    }
}

fn read_head(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(4);
    stream.take(4).read_to_end(&mut head)?;
    Ok(head)
}

fn decompressed(
    stream: impl BufRead + Send + 'static,
    compression: Option<Compression>,
) -> Box<dyn BufRead + Send> {
    match compression {
        None => Box::new(stream),
        Some(Compression::Gzip) => Box::new(BufReader::with_capacity(
            BUFFER,
            MultiGzDecoder::new(stream),
        )),
        Some(Compression::Zstd) => match zstd::Decoder::with_buffer(stream) {
            Ok(decoder) => Box::new(BufReader::with_capacity(BUFFER, decoder)),
            Err(error) => Box::new(BufReader::new(Failed(Some(error)))),
        },
    }
}

/// A stream that could not be set up: says so at the first read, so that one path reports all failures.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0.take() {
            Some(error) => Err(error),
            None => Ok(0),
        }
    }
}
