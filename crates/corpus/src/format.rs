//! Formats by name.

use std::path::Path;

#[cfg(feature = "genbank")]
use crate::GenBankReader;
#[cfg(feature = "parquet")]
use crate::ParquetReader;
use crate::{
    ByteStream, CsvReader, Error, FastaReader, JsonLinesReader, Record, TextReader, TextUnit,
};

/// The format of a file, and what in it is a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Plain text in UTF-8.
    Text(TextUnit),
    /// One JSON object a line.
    JsonLines {
        /// The field that holds the text.
        field: String,
    },
    /// A table with a header line.
    Csv {
        /// The column that holds the text.
        column: String,
        /// What separates fields: `b','`, `b'\t'`.
        delimiter: u8,
    },
    /// Nucleotide sequences.
    Fasta,
    /// Records of GenBank.
    #[cfg(feature = "genbank")]
    GenBank,
    /// A Parquet file.
    #[cfg(feature = "parquet")]
    Parquet {
        /// The column that holds the text.
        column: String,
    },
}

impl Format {
    /// The format that a file name stands for, with or without `.gz` or `.zst` after it.
    ///
    /// `field` names the field or column of the text where the format has several.
    ///
    /// ```
    /// use dissensus_corpus::Format;
    ///
    /// assert_eq!(Format::of_name("genome.fa.gz", "text")?, Format::Fasta);
    /// assert!(Format::of_name("genome.2bit", "text").is_err());
    /// # Ok::<(), dissensus_corpus::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownFormat`].
    pub fn of_name(path: impl AsRef<Path>, field: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        let bare = match crate::Compression::of_name(path) {
            Some(_) => path.with_extension(""),
            None => path.to_path_buf(),
        };
        let extension = bare.extension().unwrap_or_default().to_string_lossy();
        Self::known(&extension, field).ok_or_else(|| Error::UnknownFormat {
            file: path.to_path_buf(),
        })
    }

    /// The format called `name`: a file extension without its dot, or `fasta`, `paragraphs`,
    /// `lines`. It serves where a file name says nothing, as for standard input.
    ///
    /// ```
    /// use dissensus_corpus::{Format, TextUnit};
    ///
    /// assert_eq!(Format::named("lines", "text")?, Format::Text(TextUnit::Line));
    /// # Ok::<(), dissensus_corpus::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn named(name: &str, field: &str) -> Result<Self, Error> {
        Self::known(name, field).ok_or_else(|| Error::Parameter {
            parameter: "the format",
            value: name.to_owned(),
            expected: "txt, paragraphs, lines, jsonl, csv, tsv, fasta, or genbank and parquet where those features are on",
        })
    }

    fn known(name: &str, field: &str) -> Option<Self> {
        let table = |delimiter| Self::Csv {
            column: field.to_owned(),
            delimiter,
        };
        Some(match name.to_ascii_lowercase().as_str() {
            "txt" | "text" | "md" => Self::Text(TextUnit::File),
            "paragraphs" => Self::Text(TextUnit::Paragraph),
            "lines" => Self::Text(TextUnit::Line),
            "jsonl" | "ndjson" => Self::JsonLines {
                field: field.to_owned(),
            },
            "csv" => table(b','),
            "tsv" => table(b'\t'),
            "fa" | "fasta" | "fna" | "ffn" | "fas" => Self::Fasta,
            #[cfg(feature = "genbank")]
            "gb" | "gbk" | "gbff" | "genbank" => Self::GenBank,
            #[cfg(feature = "parquet")]
            "parquet" | "pq" => Self::Parquet {
                column: field.to_owned(),
            },
            _ => return None,
        })
    }
}

/// The records of a file, read one by one.
pub type Records = Box<dyn Iterator<Item = Result<Record, Error>> + Send>;

/// Opens a file and reads its records one by one, in the memory of the largest.
///
/// ```
/// use dissensus_corpus::{Format, records};
///
/// let error = records("no/such/file.txt", &Format::of_name("file.txt", "")?).err().unwrap();
/// assert!(error.to_string().starts_with("no/such/file.txt: cannot be opened"));
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// Those of opening: [`Error::Open`], [`Error::EmptyFile`], [`Error::NotCompressed`],
/// [`Error::MissingHeader`], [`Error::MissingColumn`]. The iterator reports the rest, and ends
/// after an error.
pub fn records(path: impl AsRef<Path>, format: &Format) -> Result<Records, Error> {
    #[cfg(feature = "parquet")]
    if let Format::Parquet { column } = format {
        return Ok(Box::new(ParquetReader::open(path, column)?));
    }
    records_of(ByteStream::open(path)?, format)
}

/// Reads the records of an open stream one by one.
///
/// # Errors
/// As [`records`]; `Error::NotAStream` for Parquet.
pub fn records_of(stream: ByteStream, format: &Format) -> Result<Records, Error> {
    Ok(match format {
        Format::Text(unit) => Box::new(TextReader::new(stream, *unit)?),
        Format::JsonLines { field } => Box::new(JsonLinesReader::new(stream, field.as_str())),
        Format::Csv { column, delimiter } => {
            Box::new(CsvReader::new(stream, &[column], *delimiter)?)
        }
        Format::Fasta => Box::new(FastaReader::new(stream)?),
        #[cfg(feature = "genbank")]
        Format::GenBank => Box::new(GenBankReader::new(stream)),
        #[cfg(feature = "parquet")]
        Format::Parquet { .. } => {
            let file = stream.file().to_path_buf();
            return Err(Error::NotAStream { file });
        }
    })
}
