//! What can be wrong with a file, a record or a parameter.

use std::io;
use std::path::PathBuf;

use dissensus_kernels::names::few;

use crate::{Compression, GenomicInterval, Place};

/// What can be wrong with a file, a record or a parameter.
///
/// Every variant says where it happened and what was expected. A reader yields nothing after an
/// error. Records without content are no error: see [`Record::is_blank`](crate::Record::is_blank).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened.
    #[error("{}: cannot be opened: {source}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Reading failed below the format (disk, pipe, network file system).
    #[error("{place}: cannot be read: {source}")]
    Read {
        /// How far reading got.
        place: Place,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is named `.gz` or `.zst` but does not begin as one.
    #[error("{}: expected {expected} data, as the name says, but the first bytes are {found:02x?}", file.display())]
    NotCompressed {
        /// The file.
        file: PathBuf,
        /// What its name promises.
        expected: Compression,
        /// Its first bytes, at most four.
        found: Vec<u8>,
    },
    /// The compressed data stops before its end mark.
    #[error("{place}: the {compression} data stops before its end: the file is truncated")]
    Truncated {
        /// How far decompression got.
        place: Place,
        /// The compression.
        compression: Compression,
    },
    /// The compressed data is followed by something else.
    #[error(
        "{place}: bytes after the end of the {compression} data, which are neither a further member nor padding"
    )]
    TrailingBytes {
        /// Where the data end.
        place: Place,
        /// The compression.
        compression: Compression,
    },
    /// zstd data that needs more memory than a decoder gives unasked.
    #[error(
        "{place}: the zstd data needs a window of more than 128 MiB (it was compressed with --long or --ultra); compress it again with --long=27 or less"
    )]
    WindowTooLarge {
        /// How far decompression got.
        place: Place,
    },
    /// The compressed data is damaged.
    #[error("{place}: the {compression} data is damaged: {source}")]
    Corrupt {
        /// How far decompression got.
        place: Place,
        /// The compression.
        compression: Compression,
        /// What the decoder said.
        source: io::Error,
    },
    /// There is no data in the file.
    #[error("{}: the file holds no data", file.display())]
    EmptyFile {
        /// The file.
        file: PathBuf,
    },
    /// No format is known for this file name.
    #[error("{}: the format is not known from the name; expected .txt .text .md .jsonl .ndjson .csv .tsv .fa .fasta .fna .ffn .fas, alone or with .gz or .zst, or .parquet where the feature `parquet` is on", file.display())]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// The pointer that Git leaves in place of a large file.
    #[error("{}: this is a Git LFS pointer, not the data; fetch it with `git lfs pull`", file.display())]
    GitLfsPointer {
        /// The file.
        file: PathBuf,
    },
    /// Text in UTF-16.
    #[error("{}: begins as UTF-16; expected UTF-8 (convert it, for example with `iconv -f UTF-16 -t UTF-8`)", file.display())]
    Utf16 {
        /// The file.
        file: PathBuf,
    },
    /// A NUL, which text does not have.
    #[error(
        "{place}: found a NUL byte: this looks like UTF-16 or binary data; expected text in UTF-8"
    )]
    Binary {
        /// The first NUL.
        place: Place,
    },
    /// A record with more bytes than allowed.
    #[error(
        "{place}: the record has more than {limit} bytes; raise the limit of a record if that is right"
    )]
    RecordTooLarge {
        /// How far reading got.
        place: Place,
        /// Bytes that a record may have.
        limit: u64,
    },
    /// Text that is not UTF-8.
    #[error("{place}: expected UTF-8, found byte {found:#04x}")]
    InvalidUtf8 {
        /// The first byte that does not fit.
        place: Place,
        /// That byte.
        found: u8,
    },
    /// A table whose last field opens a quote that never closes.
    #[error(
        "{place}: the quote that opens here is never closed; expected '\"' before the end of the file"
    )]
    UnclosedQuote {
        /// The row and the byte of the opening quote.
        place: Place,
    },
    /// FASTA data that does not begin with `>`.
    #[error("{place}: expected a FASTA header line beginning with '>', found '{}'", found.escape_ascii())]
    MissingHeader {
        /// Where the header should be.
        place: Place,
        /// The byte found there.
        found: u8,
    },
    /// A FASTA header line without a name.
    #[error("{place}: the FASTA header has no name after '>'")]
    MissingName {
        /// Where the header begins.
        place: Place,
    },
    /// A byte in a sequence that is not an IUPAC nucleotide code.
    #[error("{place}: expected a nucleotide (ACGTU or RYSWKMBDHVN, either case), found '{}'", found.escape_ascii())]
    NotANucleotide {
        /// Where it stands.
        place: Place,
        /// The byte.
        found: u8,
    },
    /// A line that is not JSON.
    #[error("{place}: expected one JSON object: {source}")]
    InvalidJson {
        /// Where the line begins.
        place: Place,
        /// What the parser said; its column counts within the line.
        source: serde_json::Error,
    },
    /// A JSON object without the field.
    #[error(
        "{place}: there is no field {field:?}; the object has {}",
        few(available)
    )]
    MissingField {
        /// Where the line begins.
        place: Place,
        /// The field asked for.
        field: String,
        /// The fields that are there.
        available: Vec<String>,
    },
    /// A field or column that does not hold text.
    #[error("{place}: expected text in {field:?}, found {found}")]
    NotText {
        /// Where the record begins.
        place: Place,
        /// The field asked for.
        field: String,
        /// The type found.
        found: String,
    },
    /// A table without the column.
    #[error("{}: there is no column {column:?}; the header has {}", file.display(), few(available))]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// The column asked for.
        column: String,
        /// The columns that are there.
        available: Vec<String>,
    },
    /// A row with more or fewer fields than the header.
    #[error("{place}: expected {expected} fields, as in the header, found {found}")]
    UnequalRow {
        /// Where the row begins.
        place: Place,
        /// Fields of the header.
        expected: u64,
        /// Fields of the row.
        found: u64,
    },
    /// Parquet data that is not in a file.
    #[cfg(feature = "parquet")]
    #[error("{}: Parquet cannot be read from a stream, its index stands at the end; expected a path", file.display())]
    NotAStream {
        /// The name of the input.
        file: PathBuf,
    },
    /// A Parquet file that cannot be read.
    #[cfg(feature = "parquet")]
    #[error("{place}: cannot be read as Parquet: {source}")]
    Parquet {
        /// Byte is always 0: pages have no place in a stream.
        place: Place,
        /// What the reader said.
        source: parquet::errors::ParquetError,
    },
    /// Text that names no bases.
    #[error("{found} names no bases; expected {expected}")]
    Interval {
        /// The text.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A sequence that a file does not have.
    #[error("{}: there is no sequence {sequence:?}; expected the first word behind a >", file.display())]
    UnknownSequence {
        /// The file.
        file: PathBuf,
        /// The name asked for.
        sequence: String,
    },
    /// An interval that reaches beyond its sequence.
    #[error("{}: {interval} reaches beyond the sequence, which has {length} bases", file.display())]
    BeyondEnd {
        /// The file.
        file: PathBuf,
        /// What was asked for.
        interval: GenomicInterval,
        /// Bases of the sequence.
        length: u64,
    },
    /// An index of FASTA that cannot be used.
    #[error("{}: is no index of its FASTA file: {source}; delete it or make it anew with samtools faidx", file.display())]
    Index {
        /// The index.
        file: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// A line of BED that names no bases.
    #[cfg(feature = "bed")]
    #[error(
        "{place}: {problem}; expected a sequence, its first base from 0 and one behind its last, with tabs between them"
    )]
    BedLine {
        /// Where the line begins; its number is that of the record.
        place: Place,
        /// What is wrong with it.
        problem: String,
    },
    /// Bytes that are no GenBank.
    #[cfg(feature = "genbank")]
    #[error("{place}: cannot be read as GenBank: {problem}")]
    GenBank {
        /// Number of the record; the byte is how far was read.
        place: Place,
        /// What the reader said.
        problem: String,
    },
    /// A parameter outside its range.
    #[error("{parameter} is {value}; expected {expected}")]
    Parameter {
        /// Which parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Too little data for the sets asked for.
    #[error(
        "{have} symbols are too few: {training} for training, {evaluation} for evaluation, {analysis} for analysis and {gap} between them need {need}"
    )]
    TooShort {
        /// Symbols (bases or characters) there are.
        have: u64,
        /// Symbols needed in all.
        need: u64,
        /// Minimum size of the training set.
        training: u64,
        /// Size of the evaluation set.
        evaluation: u64,
        /// Size of the analysis set.
        analysis: u64,
        /// Size of all gaps together.
        gap: u64,
    },
    /// Too little data in the records that are held out for evaluation and analysis.
    #[error(
        "the records that are held out ({records}) have {have} symbols: expected at least {need}, one for each set and {gap} between them"
    )]
    HeldOutTooShort {
        /// Records that are held out.
        records: usize,
        /// Symbols (bases or characters) in them.
        have: u64,
        /// Symbols needed in all.
        need: u64,
        /// Symbols between the sets.
        gap: u64,
    },
}
